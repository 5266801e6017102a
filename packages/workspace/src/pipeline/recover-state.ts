import { dirname, join } from "node:path";
import { history, isUntornError, printable, readGeneration, UntornError } from "untorn";
import { jsonOfState, stateOf } from "./pipeline-state.ts";
import type { PipelineState } from "./pipeline-state.ts";

/** A state that was put back. */
export interface RecoveredState {
  /** What was wrong with the file, to be said of it. */
  readonly problem: string;
  /** The generation that was put in its place, and when it was written. */
  readonly generation: number;
  readonly written: string;
  readonly tasks: number;
  /** The folder in which the corrupt bytes are kept; `undefined`: there were none. */
  readonly kept?: string;
}

/** The newest generation that is a state, for the place of a file that is corrupt or gone; and how many there are. */
export async function recoverState(
  path: string,
  damage: UntornError | undefined,
  bytes: Uint8Array | undefined,
): Promise<{ report: RecoveredState; state: PipelineState; content: Uint8Array; generations: number }> {
  const { generations } = await history(path);
  for (const { number, mtimeMs, problem } of generations) {
    if (number === undefined || problem !== undefined) continue;
    const found = await stateIn(path, number);
    if (found === undefined) continue;
    const { state, content } = found;
    const report = {
      problem: printable(damage?.problem ?? "it is gone"),
      generation: number,
      written: new Date(mtimeMs).toISOString(),
      tasks: Object.keys(state.tasks).length,
      ...(bytes === undefined || bytes.byteLength === 0 ? {} : { kept: join(dirname(path), ".untorn", "quarantine") }),
    };
    return { report, state, content, generations: generations.length };
  }
  if (damage !== undefined) throw damage;
  throw new UntornError({
    code: "UNTORN_CORRUPT",
    path,
    phase: "read",
    outcome: "unchanged",
    problem: "it is gone, and none of its generations is whole",
    next: "Put a backup in its place; to begin anew, remove the generations as well.",
  });
}

async function stateIn(path: string, number: number) {
  try {
    const { data } = await readGeneration(path, number);
    return { content: data, state: stateOf(jsonOfState(data, path), path) };
  } catch (error) {
    if (isUntornError(error) && error.code === "UNTORN_CORRUPT") return undefined;
    throw error;
  }
}
