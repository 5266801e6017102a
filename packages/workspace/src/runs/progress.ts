import type { Transaction } from "untorn";
import { UntornError } from "untorn";
import { inputRefused } from "../ground/index.ts";
import { endAgent } from "./agents.ts";
import { checkpointFile, checkpointIn, parseCheckpoint, putCheckpoint } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { inRun } from "./executor.ts";
import { inStore, refuseOwnMembers, timestamp } from "./place.ts";
import type { Run } from "./place.ts";
import { isSamePlan } from "./plan-ids.ts";

/** A task that is finished. */
export interface TaskDone {
  readonly plan: string;
  readonly task: string;
  /** Further members of the checkpoint; its own (`plan`, `status`, ...) are refused. */
  readonly more?: Readonly<Record<string, unknown>> | undefined;
}

/** What only the calls of this package say in a checkpoint. */
const ownMembers = ["version", "plan", "phase", "status", "tasks_completed", "updated", "started"];

/**
 * Notes that a task of the plan under way is finished. Once more for one that is noted already, it changes nothing but `more`.
 * @throws UntornError UNTORN_CONFLICT if another plan is under way, or none; UNTORN_INVALID_ARGUMENT if `more` names the
 * checkpoint's own members. After either nothing is changed.
 */
export async function saveCheckpoint(run: Run, done: TaskDone): Promise<Checkpoint> {
  return await inRun(run, `checkpoint of ${done.plan}, task ${done.task}`, (tx) => noteTask(tx, run, done));
}

/**
 * Ends a task and its agent in one transaction, with the work itself if it is in the run's folder: `work` writes it. What an agent
 * does in this way is done exactly once, whenever anybody is killed.
 */
export async function finishTask(
  run: Run,
  { agent, ...done }: TaskDone & { readonly agent: string },
  work: (tx: Transaction) => Promise<void> = () => Promise.resolve(),
): Promise<Checkpoint> {
  return await inRun(run, `finish ${done.plan}, task ${done.task}`, async (tx) => {
    await endAgent(tx, run, agent, "completed");
    await work(tx);
    return await noteTask(tx, run, done);
  });
}

async function noteTask(tx: Transaction, run: Run, { plan, task, more = {} }: TaskDone): Promise<Checkpoint> {
  if (task.trim() === "") throw inputRefused(run.folder, "a task needs a name or a number");
  refuseOwnMembers(run, more, ownMembers);
  const checkpoint = await checkpointIn(tx, run);
  if (checkpoint?.status !== "in_progress" || !isSamePlan(checkpoint.plan, plan)) {
    const now =
      checkpoint === undefined ? "no plan is" : `plan ${checkpoint.plan} is ${checkpoint.status}, so ${plan} is not`;
    throw new UntornError({
      code: "UNTORN_CONFLICT",
      path: `${run.folder}/${checkpointFile}`,
      phase: "read",
      outcome: "unchanged",
      problem: `${now} under way`,
      next: `Run \`untorn run plan start ${plan}\` first.`,
    });
  }
  const tasks = checkpoint.tasks_completed;
  const after: Checkpoint = {
    ...checkpoint,
    ...more,
    tasks_completed: tasks.includes(task) ? tasks : [...tasks, task],
    updated: timestamp(run),
  };
  await putCheckpoint(tx, run, after);
  return after;
}

/** The checkpoint, or `undefined` before the first. */
export async function readCheckpoint(run: Run): Promise<Checkpoint | undefined> {
  const [file] = await inStore(run, (store) => store.readTogether([checkpointFile]));
  return file === undefined ? undefined : parseCheckpoint(file.data, file.path);
}
