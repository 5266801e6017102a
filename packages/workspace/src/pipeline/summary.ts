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
  /** Pending tasks that can never be ready: they wait for a task that there is not, for each other, or for one of these. */
  readonly stuck: readonly string[];
}

export function summarize(state: PipelineState): PipelineSummary {
  const tasks = Object.fromEntries(taskStatuses.map((status) => [status, 0])) as Record<TaskStatus, number>;
  for (const task of Object.values(state.tasks)) tasks[task.status] += 1;
  const files = { pending: 0, passed: 0, failed: 0 };
  for (const { qa } of Object.values(state.files)) if (Object.hasOwn(files, qa)) files[qa] += 1;
  const phases = Object.fromEntries(Object.entries(state.phases).map(([name, { runs }]) => [name, runs]));
  const { run_id: runId, updated } = state;
  return { runId, updated, tasks, files, phases, next: nextTask(state)?.id, stuck: stuckIn(state) };
}

/** What is left when those are taken away, again and again, that wait for nothing but what is there and can be done. */
function stuckIn({ tasks }: PipelineState): string[] {
  const waiting = new Map<string, number>();
  const dependents = new Map<string, string[]>();
  const free: string[] = [];
  for (const [id, { status, dependencies }] of Object.entries(tasks)) {
    const before = new Set(status === "pending" ? dependencies : []);
    if (before.size === 0) free.push(id);
    else waiting.set(id, before.size);
    for (const each of before) dependents.set(each, [...(dependents.get(each) ?? []), id]);
  }
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    for (const dependent of dependents.get(id) ?? []) {
      const left = (waiting.get(dependent) ?? 0) - 1;
      waiting.set(dependent, left);
      if (left > 0) continue;
      waiting.delete(dependent);
      free.push(dependent);
    }
  }
  return [...waiting.keys()];
}
