import { nextTask } from "./next-task.ts";
import { taskStatuses } from "./pipeline-state.ts";
import type { PipelineState, TaskStatus } from "./pipeline-state.ts";

/** A pipeline at a glance. */
export interface PipelineSummary {
  readonly runId: string;
  readonly updated: string;
  readonly tasks: Readonly<Record<TaskStatus, number>>;
  readonly files: { readonly pending: number; readonly passed: number; readonly failed: number };
  readonly phases: Readonly<Record<string, number>>;
  readonly next: string | undefined;
  /** Pending tasks that can never be ready: they wait for a task that there is not. */
  readonly stuck: readonly string[];
}

export function summarize(state: PipelineState): PipelineSummary {
  const tasks = Object.fromEntries(taskStatuses.map((status) => [status, 0])) as Record<TaskStatus, number>;
  const stuck: string[] = [];
  for (const [id, task] of Object.entries(state.tasks)) {
    tasks[task.status] += 1;
    if (task.status === "pending" && !task.dependencies.every((each) => Object.hasOwn(state.tasks, each)))
      stuck.push(id);
  }
  const files = { pending: 0, passed: 0, failed: 0 };
  for (const { qa } of Object.values(state.files)) if (Object.hasOwn(files, qa)) files[qa] += 1;
  const phases = Object.fromEntries(Object.entries(state.phases).map(([name, { runs }]) => [name, runs]));
  const { run_id: runId, updated } = state;
  return { runId, updated, tasks, files, phases, next: nextTask(state)?.id, stuck };
}
