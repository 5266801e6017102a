import type { Transaction } from "untorn";
import { UntornError } from "untorn";
import { editFrontmatter, parseFrontmatter } from "untorn/frontmatter";
import { inputRefused, standsInTheWay } from "../ground/index.ts";
import { endAgent } from "./agents.ts";
import { checkpointIn, putCheckpoint } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { requiredFor } from "./depends-on.ts";
import { historyFile, parseHistory } from "./history.ts";
import { inRun } from "./executor.ts";
import { textIn, timestamp } from "./place.ts";
import type { Run } from "./place.ts";
import { findPlan, listPlans, tornSummary } from "./plan-files.ts";
import type { PlanFile } from "./plan-files.ts";
import { isSamePlan, planOf } from "./plan-ids.ts";
import { newState, stateDamage, stateFile, writePosition } from "./state-document.ts";
import type { Position } from "./state-document.ts";
import { tasksOf } from "./tasks.ts";
import { cutProblem } from "./torn.ts";

/**
 * Begins a plan: checkpoint and STATE.md in one transaction. Plans run in order: all before it must be complete, or, where its
 * frontmatter has `depends_on`, those named there and all of earlier phases. A plan that was begun already is gone on with.
 *
 * @throws UntornError UNTORN_CONFLICT if another must come first or is under way; UNTORN_EXISTS if it is complete; UNTORN_CORRUPT if
 * its own summary or one that it waits for is torn; UNTORN_NOT_FOUND if `depends_on` names what is no plan.
 */
export async function startPlan(run: Run, id: string): Promise<Checkpoint> {
  return await inRun(run, `start plan ${id}`, async (tx) => {
    const plans = listPlans(run);
    const plan = findPlan(run, plans, id);
    if (plan.complete) {
      throw standsInTheWay(
        `${run.folder}/${plan.summary}`,
        `plan ${plan.id} is complete`,
        "Remove it to run the plan again.",
      );
    }
    if (plan.torn !== undefined) throw tornSummary(run, plan);
    const old = await checkpointIn(tx, run);
    if (old?.status === "in_progress") {
      if (isSamePlan(old.plan, plan.id)) return old;
      const other = plans.find((each) => isSamePlan(each.id, old.plan));
      if (other?.torn !== undefined) throw tornSummary(run, other);
      if (other !== undefined && !other.complete)
        throw notNow(run, `plan ${other.id} is under way`, `Complete it first.`);
    }
    const before = await requiredFor(tx, run, plans, plan);
    const torn = before.find((each) => each.torn !== undefined);
    if (torn !== undefined) throw tornSummary(run, torn);
    const missing = before.filter((each) => !each.complete).map((each) => each.id);
    if (missing.length > 0) {
      throw notNow(run, `plan ${plan.id} comes after ${missing.slice(0, 5).join(", ")}`, "Plans run in order.");
    }
    const now = timestamp(run);
    const checkpoint: Checkpoint = {
      // What others note in it is theirs.
      ...old,
      version: old?.version ?? "1.0",
      plan: plan.id,
      phase: plan.phase,
      status: "in_progress",
      tasks_completed: [],
      updated: now,
      started: now,
    };
    await putCheckpoint(tx, run, checkpoint);
    await putState(tx, run, {
      plans,
      plan,
      status: "In progress",
      activity: `${now.slice(0, 10)} — Started ${plan.id}`,
    });
    return checkpoint;
  });
}

export interface PlanCompletion {
  /** The summary's text. Its frontmatter gets `phase`, `plan`, `status` and `completed_at` where it lacks them. */
  readonly summary?: string | undefined;
  /** The agents that it was done by; default: those of the plan that are spawned. */
  readonly agents?: readonly string[] | undefined;
}

/**
 * Ends a plan: summary, history, checkpoint and STATE.md in one transaction, so that after a crash either all of them say that it
 * is complete, or none does.
 *
 * @throws UntornError UNTORN_CONFLICT if it is not under way; UNTORN_EXISTS if it is complete; UNTORN_CORRUPT if there is a torn
 * summary, or a STATE.md that cannot be changed; UNTORN_INVALID_ARGUMENT for a summary that would count as torn. After any of them
 * nothing is changed.
 */
export async function completePlan(run: Run, id: string, completion: PlanCompletion = {}): Promise<PlanFile> {
  return await inRun(run, `complete plan ${id}`, async (tx) => {
    const plans = listPlans(run);
    const plan = findPlan(run, plans, id);
    if (plan.complete) throw standsInTheWay(`${run.folder}/${plan.summary}`, `plan ${plan.id} is complete already`, "");
    if (plan.torn !== undefined) throw tornSummary(run, plan);
    const checkpoint = await checkpointIn(tx, run);
    if (checkpoint?.status !== "in_progress" || !isSamePlan(checkpoint.plan, plan.id)) {
      throw notNow(run, `plan ${plan.id} is not under way`, `Run \`untorn run plan start ${plan.id}\` first.`);
    }
    const now = timestamp(run);
    await tx.write(plan.summary, summaryText(completion.summary, plan, checkpoint, now));
    for (const agent of completion.agents ?? (await spawnedFor(tx, run, plan)))
      await endAgent(tx, run, agent, "completed");
    await putCheckpoint(tx, run, { ...checkpoint, status: "completed", updated: now });
    const done = plans.map((each) => (each === plan ? { ...each, complete: true } : each));
    const all = done.every((each) => each.complete);
    await putState(tx, run, {
      plans: done,
      plan: done[plans.indexOf(plan)],
      status: all ? "All plans complete" : "Ready for the next plan",
      activity: `${now.slice(0, 10)} — Completed ${plan.id}`,
    });
    return { ...plan, complete: true };
  });
}

async function spawnedFor(tx: Transaction, run: Run, plan: PlanFile): Promise<string[]> {
  const { entries } = parseHistory(await textIn(tx, historyFile), `${run.folder}/${historyFile}`);
  return entries
    .filter((entry) => entry.status === "spawned" && isSamePlan(planOf(entry) ?? "", plan.id))
    .map((entry) => entry.agent_id);
}

function summaryText(text: string | undefined, plan: PlanFile, checkpoint: Checkpoint, now: string): string {
  const tasks = checkpoint.tasks_completed.map((task) => `- Task ${task}\n`).join("");
  const body =
    text ?? `# Plan ${plan.id} Summary\n\n## Tasks Completed\n\n${tasks === "" ? "None were noted.\n" : tasks}`;
  const cut = cutProblem(body);
  // It would be in the plan's way as soon as it is there.
  if (cut !== undefined) throw inputRefused(plan.summary, `a summary cannot be this text: ${cut}`);
  const { data } = parseFrontmatter(body, { path: plan.summary });
  const known = { phase: plan.phase, plan: plan.id, status: "completed", completed_at: now };
  const missing = Object.entries(known).filter(([key, value]) => value !== null && !Object.hasOwn(data, key));
  return editFrontmatter(body, { ...data, ...Object.fromEntries(missing) }, { path: plan.summary });
}

/**
 * STATE.md with a new position; made anew where it is missing, and nowhere else.
 * @throws UntornError UNTORN_CORRUPT for one that is torn.
 */
export async function putState(tx: Transaction, run: Run, position: Position): Promise<void> {
  await tx.edit(stateFile, (text) => {
    const damage = text === undefined ? undefined : stateDamage(text, `${run.folder}/${stateFile}`);
    if (damage !== undefined) throw damage;
    return writePosition(text ?? newState("State"), position);
  });
}

/** The tasks of a plan, as its file names them. */
export async function planTasks(tx: Transaction, plan: PlanFile) {
  return tasksOf((await textIn(tx, plan.plan)) ?? "");
}

function notNow(run: Run, problem: string, next: string): UntornError {
  return new UntornError({
    code: "UNTORN_CONFLICT",
    path: run.folder,
    phase: "read",
    outcome: "unchanged",
    problem,
    next,
  });
}
