import type { FileContent, Transaction } from "untorn";
import { isUntornError } from "untorn";
import { textOf } from "../ground/index.ts";
import { interruptAgents } from "./agents.ts";
import { checkpointFile, checkpointIn, parseCheckpoint } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { historyFile, newHistory, parseHistory } from "./history.ts";
import type { AgentEntry } from "./history.ts";
import { executorOf, inRun } from "./executor.ts";
import type { Executor } from "./executor.ts";
import { inFolder, inStore, timestamp } from "./place.ts";
import type { Run } from "./place.ts";
import { listPlans, tornSummary } from "./plan-files.ts";
import type { PlanFile } from "./plan-files.ts";
import { isSamePlan } from "./plan-ids.ts";
import { planTasks, putState } from "./plans.ts";
import { newState, stateDamage, stateFile } from "./state-document.ts";
import { formatJson } from "untorn/json";
import { tasksOf } from "./tasks.ts";

/** Where a run is. */
export interface RunStatus {
  readonly folder: string;
  readonly executor: Executor | null;
  /** The agents that are spawned. */
  readonly running: readonly AgentEntry[];
  readonly plans: readonly { readonly id: string; readonly file: string; readonly state: PlanState }[];
  readonly checkpoint: Checkpoint | null;
  /** What to do next, in words. */
  readonly next: string;
  /** State files that cannot be read, and why. The other facts leave them out. */
  readonly corrupt: readonly string[];
}

/** Where a plan stands: complete when its summary is there, and `corrupt` where that is torn. */
export type PlanState = "complete" | "in_progress" | "waiting" | "corrupt";

/** What `resumeRun` found and did. */
export interface Resumed {
  /** The agents that were spawned when the run ended, now marked as interrupted. */
  readonly interrupted: readonly AgentEntry[];
  /** The ids of the plans that are complete. */
  readonly finished: readonly string[];
  /** The plan under way and its finished tasks. */
  readonly checkpoint: Checkpoint | null;
  readonly next: string;
}

/**
 * Makes what a run needs in its folder, which must exist; what is there stays. Returns the files that were made.
 */
export async function initRun(run: Run, options: { readonly title?: string | undefined } = {}): Promise<string[]> {
  return await inFolder(run, "init", async (tx) => {
    const made: string[] = [];
    const put = async (path: string, text: string): Promise<void> => {
      if (await tx.exists(path)) return;
      await tx.write(path, text);
      made.push(path);
    };
    await put(stateFile, newState(options.title ?? "State"));
    await put(historyFile, formatJson(newHistory()));
    // Locks, leases and journals are this machine's own business.
    await put(".gitignore", "/.untorn/\n");
    const phases = run.ground.list(`${run.folder}/phases`).length > 0;
    if (!phases) for (const folder of ["plans", "summaries"]) await tx.mkdir(folder);
    return made;
  });
}

/** Where a run is, beside whoever runs it. Changes nothing, unless a crashed transaction has to be completed. */
export async function runStatus(run: Run): Promise<RunStatus> {
  const corrupt: string[] = [];
  const files = await readFiles(run, [historyFile, checkpointFile, stateFile]);
  const parse = <T>(file: FileContent | undefined, parser: (bytes: Uint8Array, path: string) => T): T | undefined => {
    if (file === undefined) return undefined;
    try {
      return parser(file.data, file.path);
    } catch (error) {
      if (!isUntornError(error)) throw error;
      corrupt.push(error.message);
      return undefined;
    }
  };
  const history = parse(files[0], parseHistory);
  const checkpoint = parse(files[1], parseCheckpoint);
  parse(files[2], (bytes, path) => {
    const damage = stateDamage(textOf(bytes, path), path);
    if (damage !== undefined) throw damage;
  });
  const plans = listPlans(run);
  for (const each of plans) if (each.torn !== undefined) corrupt.push(tornSummary(run, each).message);
  const current = underWay(plans, checkpoint);
  const [plan] = current === undefined ? [] : await readFiles(run, [current.plan]);
  const tasks = parse(plan, (bytes, path) => tasksOf(textOf(bytes, path))) ?? [];
  return {
    folder: run.folder,
    executor: await executorOf(run),
    running: (history?.entries ?? []).filter((entry) => entry.status === "spawned"),
    plans: plans.map((each) => ({ id: each.id, file: each.plan, state: stateOf(each, current) })),
    checkpoint: checkpoint ?? null,
    next: nextStep(
      plans,
      current,
      checkpoint,
      tasks.map(({ id }) => id),
    ),
    corrupt,
  };
}

/**
 * Takes a run up again after whoever ran it is gone: marks the agents that were spawned as interrupted, takes
 * `current-agent-id.txt` away, sets the position of STATE.md to what the files prove, and says what to do next.
 *
 * @throws UntornError UNTORN_LOCKED if the run has an executor, unless the call is made with its fence.
 */
export async function resumeRun(run: Run): Promise<Resumed> {
  return await inRun(run, "resume", async (tx) => {
    const interrupted = await interruptAgents(tx, run);
    const checkpoint = await checkpointIn(tx, run);
    const plans = listPlans(run);
    const current = underWay(plans, checkpoint);
    const tasks = current === undefined ? [] : await planTasks(tx, current);
    if (interrupted.length > 0) await notePosition(tx, run, plans, current, interrupted);
    return {
      interrupted,
      finished: plans.filter(({ complete }) => complete).map(({ id }) => id),
      checkpoint: checkpoint ?? null,
      next: nextStep(
        plans,
        current,
        checkpoint,
        tasks.map(({ id }) => id),
      ),
    };
  });
}

async function notePosition(
  tx: Transaction,
  run: Run,
  plans: readonly PlanFile[],
  current: PlanFile | undefined,
  interrupted: readonly AgentEntry[],
): Promise<void> {
  const date = timestamp(run).slice(0, 10);
  await putState(tx, run, {
    plans,
    plan: current,
    status: current === undefined ? undefined : "In progress",
    activity: `${date} — Resumed; interrupted: ${interrupted.map((entry) => entry.agent_id).join(", ")}`,
  });
}

async function readFiles(run: Run, paths: readonly string[]) {
  return await inStore(run, (store) => store.readTogether(paths));
}

/** The plan that the checkpoint says is under way, unless its summary says that it is complete. */
export function underWay(plans: readonly PlanFile[], checkpoint: Checkpoint | undefined): PlanFile | undefined {
  if (checkpoint?.status !== "in_progress") return undefined;
  return plans.find((plan) => !plan.complete && isSamePlan(plan.id, checkpoint.plan));
}

function stateOf(plan: PlanFile, current: PlanFile | undefined): PlanState {
  if (plan.complete) return "complete";
  if (plan.torn !== undefined) return "corrupt";
  return plan === current ? "in_progress" : "waiting";
}

function nextStep(
  plans: readonly PlanFile[],
  current: PlanFile | undefined,
  checkpoint: Checkpoint | undefined,
  tasks: readonly string[],
): string {
  const torn = plans.find((plan) => plan.torn !== undefined);
  if (torn !== undefined) return `Mend ${torn.summary}, or remove it to run plan ${torn.id} again: ${torn.torn}.`;
  if (current !== undefined) {
    const done = checkpoint?.tasks_completed ?? [];
    const task = tasks.find((each) => !done.includes(each));
    const finished = done.length === 0 ? "none of its tasks is finished" : `finished: task ${done.join(", ")}`;
    if (task === undefined) return `Complete plan ${current.id}: ${finished}.`;
    return `Go on with plan ${current.id} at task ${task}; ${finished}.`;
  }
  const waiting = plans.find(({ complete }) => !complete);
  if (waiting !== undefined) return `Start plan ${waiting.id}.`;
  return plans.length === 0 ? "Write the first plan." : "Every plan is complete.";
}
