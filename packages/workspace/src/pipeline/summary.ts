import { nextTask } from "./next-task.ts";
import { taskStatuses } from "./pipeline-state.ts";
import type { PipelineState, TaskStatus } from "./pipeline-state.ts";

/** By id, the tasks that another one waits for, and where each stands; `missing`: there is none of that id. */
export type WaitsFor = Readonly<Record<string, TaskStatus | "missing">>;

/** A pipeline at a glance. */
export interface PipelineSummary {
  readonly runId: string;
  readonly updated: string;
  readonly tasks: Readonly<Record<TaskStatus, number>>;
  readonly files: { readonly pending: number; readonly passed: number; readonly failed: number };
  readonly phases: Readonly<Record<string, number>>;
  readonly next: string | undefined;
  /**
   * Pending tasks that no work makes ready: they wait for a task that there is not, that has failed, was skipped or is blocked, for each
   * other, or for one of these.
   */
  readonly stuck: readonly string[];
  /** What each of `stuck` waits for of that kind. */
  readonly waitsFor: Readonly<Record<string, WaitsFor>>;
}

export function summarize(state: PipelineState): PipelineSummary {
  const tasks = Object.fromEntries(taskStatuses.map((status) => [status, 0])) as Record<TaskStatus, number>;
  for (const task of Object.values(state.tasks)) tasks[task.status] += 1;
  const files = { pending: 0, passed: 0, failed: 0 };
  for (const { qa } of Object.values(state.files)) if (Object.hasOwn(files, qa)) files[qa] += 1;
  const phases = Object.fromEntries(Object.entries(state.phases).map(([name, { runs }]) => [name, runs]));
  const { run_id: runId, updated } = state;
  const waitsFor = waitingIn(state);
  const stuck = Object.keys(waitsFor);
  return { runId, updated, tasks, files, phases, next: nextTask(state)?.id, stuck, waitsFor };
}

/** Statuses that work goes on from, or has come to an end in that others wait for. */
const goesOn: ReadonlySet<TaskStatus> = new Set(["pending", "running", "completed"]);

/** What is left when those are taken away, again and again, that wait for nothing but what is done, or can be. */
function waitingIn({ tasks }: PipelineState): Record<string, WaitsFor> {
  const waiting = new Map<string, Set<string>>();
  const dependents = new Map<string, string[]>();
  const free: string[] = [];
  for (const [id, { status, dependencies }] of Object.entries(tasks)) {
    if (!goesOn.has(status)) continue;
    const before = new Set(status === "pending" ? dependencies : []);
    if (before.size === 0) free.push(id);
    else waiting.set(id, before);
    for (const each of before) {
      const known = dependents.get(each);
      if (known === undefined) dependents.set(each, [id]);
      else known.push(id);
    }
  }
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    for (const dependent of dependents.get(id) ?? []) {
      const left = waiting.get(dependent);
      left?.delete(id);
      if (left === undefined || left.size > 0) continue;
      waiting.delete(dependent);
      free.push(dependent);
    }
  }
  const statusOf = (id: string): TaskStatus | "missing" =>
    (Object.hasOwn(tasks, id) ? tasks[id]?.status : undefined) ?? "missing";
  return Object.fromEntries(
    [...waiting].map(([id, left]) => [id, Object.fromEntries([...left].map((each) => [each, statusOf(each)]))]),
  );
}
