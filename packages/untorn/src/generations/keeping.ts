import { makeDirectories, quietly, split, within } from "../atomic/index.ts";
import { acquire, assertOwnWorkFolder, release } from "../lock/index.ts";
import type { Held } from "../lock/index.ts";
import { isUntornError } from "../platform/index.ts";
import type { Outcome, Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { keepGeneration } from "./keep.ts";
import type { Kept, KeepRequest } from "./keep.ts";
import { generationsOf } from "./list.ts";
import { forgetRemoval } from "./removal.ts";

/** One file, from when its old content was kept until the new one is in place. */
export interface Keeping {
  readonly path: string;
  readonly held: Held;
  readonly kept: Kept;
}

/**
 * Takes the lock of a file's generations and keeps its content, right before the commit. The lock is held until `endKeeping`, so that
 * of two processes that replace a file at once each keeps what the other wrote. It is a lock of its own: a caller may hold that of
 * the file.
 */
export function* beginKeeping(port: Port, request: KeepRequest, blocking: boolean | undefined): Protocol<Keeping> {
  const { path } = request;
  const folder = generationsOf(path);
  yield* within("stage", path, "unchanged", assertOwnWorkFolder(split(path).directory));
  yield* within("stage", path, "unchanged", makeDirectories(port, split(folder).directory));
  const held = yield* acquire(port, folder, {
    purpose: "keep a generation",
    blocking,
    overJournals: true,
  });
  try {
    return { path, held, kept: yield* within("stage", path, "unchanged", keepGeneration(port, request)) };
  } catch (error) {
    yield* quietly(release(port, held));
    throw error;
  }
}

/**
 * Puts the generations right, by what the commit came to, and gives the lock up. The old content's generation goes if the file
 * still has it: a second name of the file it is then, and those before it are what they were. Where nobody knows, all stay.
 */
export function* endKeeping(port: Port, { path, held, kept }: Keeping, outcome: Outcome): Protocol<void> {
  if (outcome === "replaced") {
    // One that there was not may have been removed on purpose.
    if (!kept.existed) yield* quietly(forgetRemoval(path));
    for (const dropped of kept.surplus) yield* quietly(call("unlink", dropped));
  }
  if (outcome === "unchanged" && kept.made !== undefined) yield* quietly(call("unlink", kept.made));
  yield* quietly(release(port, held));
}

/** What an error says about the commit. */
export function outcomeOf(error: unknown): Outcome {
  return isUntornError(error) ? error.outcome : "unknown";
}
