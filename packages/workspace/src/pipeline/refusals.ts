import { UntornError } from "untorn";
import { missingState } from "../ground/index.ts";
import type { PipelineState, PipelineTask } from "./pipeline-state.ts";

export function findTask(state: PipelineState, id: string, path: string): PipelineTask {
  const task = Object.hasOwn(state.tasks, id) ? state.tasks[id] : undefined;
  if (task === undefined) throw missingState(path, `there is no task ${id}`, "`untorn pipeline show` lists them.");
  return task;
}

export function noPipeline(folder: string): Error {
  return missingState(folder, "there is no pipeline here yet", "`untorn pipeline task add` makes one.");
}

export function savedByOthers(path: string): UntornError {
  return new UntornError({
    code: "UNTORN_CONFLICT",
    path,
    phase: "read",
    outcome: "unchanged",
    problem: "it was saved by somebody else since it was loaded",
    next: "Load it again and decide on what is there now; `update` does both under the lock.",
  });
}
