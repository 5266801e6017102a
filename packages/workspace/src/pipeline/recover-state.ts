import { isUntornError, UntornError } from "untorn";
import { textOf } from "../ground/index.ts";
import { parseState } from "./pipeline-state.ts";
import type { PipelineState } from "./pipeline-state.ts";
import type { StateGround } from "./state-ground.ts";

/** A state that was put back. */
export interface RecoveredState {
  /** What was wrong with the file. */
  readonly problem: string;
  /** The generation that was put in its place, and when it was written. */
  readonly generation: number;
  readonly written: string;
  readonly tasks: number;
}

/** Puts the newest generation that is a state in the place of a file that is corrupt or gone. */
export async function recoverState(
  ground: StateGround,
  path: string,
  damage: UntornError | undefined,
): Promise<{ report: RecoveredState; state: PipelineState; content: Uint8Array }> {
  const { generations } = await ground.history(path);
  for (const { number, mtimeMs, problem } of generations) {
    if (number === undefined || problem !== undefined) continue;
    const found = await stateIn(ground, path, number);
    if (found === undefined) continue;
    const { state, content } = found;
    // A corrupt file that is replaced so goes to the quarantine, and no generation is dropped for it. The caller has the lock.
    await ground.write(path, content, { generations: generations.length + 1 });
    const report = {
      problem: damage?.message ?? "the file is gone",
      generation: number,
      written: new Date(mtimeMs).toISOString(),
      tasks: Object.keys(state.tasks).length,
    };
    return { report, state, content };
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

async function stateIn(ground: StateGround, path: string, number: number) {
  try {
    const { data } = await ground.readGeneration(path, number);
    return { content: data, state: parseState(textOf(data, path), path) };
  } catch (error) {
    if (isUntornError(error) && error.code === "UNTORN_CORRUPT") return undefined;
    throw error;
  }
}
