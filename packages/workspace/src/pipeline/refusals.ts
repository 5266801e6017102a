import { UntornError } from "untorn";
import { inputRefused, missingState } from "../ground/index.ts";
import type { PipelinePhase, PipelineState, PipelineTask } from "./pipeline-state.ts";

export function findTask(state: PipelineState, id: string, path: string): PipelineTask {
  const task = Object.hasOwn(state.tasks, id) ? state.tasks[id] : undefined;
  if (task === undefined) throw missingState(path, `there is no task ${id}`, "`untorn pipeline show` lists them.");
  return task;
}

/** A phase of a name. What every object inherits is none. */
export function phaseOf(phases: PipelineState["phases"], name: string): PipelinePhase | undefined {
  return Object.hasOwn(phases, name) ? phases[name] : undefined;
}

/** Refuses what cannot be a member's name: `__proto__` would change every object of the program. */
export function checkName(what: "task" | "phase", name: string): void {
  if (!/^[^\p{Cc}\p{Z}][^\p{Cc}]{0,199}$/u.test(name) || name === "__proto__")
    throw inputRefused(what, `'${name}' is no ${what === "task" ? "id" : "name"}`);
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
