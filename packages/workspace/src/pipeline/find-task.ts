import { missingState } from "../ground/index.ts";
import type { PipelineState, PipelineTask } from "./pipeline-state.ts";

export function findTask(state: PipelineState, id: string, path: string): PipelineTask {
  const task = Object.hasOwn(state.tasks, id) ? state.tasks[id] : undefined;
  if (task === undefined) throw missingState(path, `there is no task ${id}`, "`untorn pipeline show` lists them.");
  return task;
}
