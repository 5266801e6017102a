import { weightOf } from "./pipeline-state.ts";
import type { PipelineState, PipelineTask } from "./pipeline-state.ts";

/**
 * The task to do next: one that is pending and whose dependencies are all completed, of the highest priority; among equals the
 * first of the queue, then the one that was added first. One pass over the tasks.
 */
export function nextTask(state: PipelineState): { id: string; task: PipelineTask } | undefined {
  const { tasks, queue } = state;
  let best: string | undefined;
  let bestWeight = -Infinity;
  let tied = false;
  for (const id in tasks) {
    const task = tasks[id] as PipelineTask;
    if (task.status !== "pending") continue;
    const weight = weightOf(task.priority);
    // Whether one of the same weight is ready matters only if the queue has to decide.
    if (weight === bestWeight) tied = true;
    if (weight <= bestWeight || !isReady(task, tasks)) continue;
    best = id;
    bestWeight = weight;
    tied = false;
  }
  if (best === undefined) return undefined;
  if (tied) best = queue.find((id) => isCandidate(tasks[id], bestWeight, tasks)) ?? best;
  return { id: best, task: tasks[best] as PipelineTask };
}

function isCandidate(task: PipelineTask | undefined, weight: number, tasks: PipelineState["tasks"]): boolean {
  return task?.status === "pending" && weightOf(task.priority) === weight && isReady(task, tasks);
}

/** A dependency that there is not is one that is not completed; what every object inherits has no status. */
function isReady(task: PipelineTask, tasks: PipelineState["tasks"]): boolean {
  for (const id of task.dependencies) if (tasks[id]?.status !== "completed") return false;
  return true;
}
