import { inDirectory, makeDirectories, quietly, split, within } from "../atomic/index.ts";
import { acquire, assertOwnWorkFolder, release } from "../lock/index.ts";
import type { Held } from "../lock/index.ts";
import type { Port } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { workFolderOf } from "../quarantine/index.ts";
import { keepGeneration } from "./keep.ts";
import type { KeepRequest } from "./keep.ts";
import { generationsIn } from "./list.ts";
import { forgetRemoval } from "./removal.ts";

/** One file, from when its old content was kept until the new one is in place. */
export interface Keeping {
  readonly path: string;
  readonly held: Held;
  /** Whether there was a file; one that there was not may have been removed on purpose. */
  existed: boolean;
}

/**
 * Takes the lock of a file's generations and keeps its content, right before the commit. The lock is held until `endKeeping`, so that
 * of two processes that replace a file at once each keeps what the other wrote. It is a lock of its own: a caller may hold that of
 * the file.
 */
export function* beginKeeping(port: Port, request: KeepRequest, blocking: boolean): Protocol<Keeping> {
  const { path, base } = request;
  const folder = generationsIn(workFolderOf(path));
  yield* within("stage", path, "unchanged", assertOwnWorkFolder(split(path).directory));
  yield* within("stage", path, "unchanged", makeDirectories(port, folder));
  const held = yield* acquire(port, inDirectory(folder, base), {
    purpose: "keep a generation",
    blocking,
    overJournals: true,
  });
  try {
    return { path, held, existed: yield* within("stage", path, "unchanged", keepGeneration(port, request)) };
  } catch (error) {
    yield* quietly(release(port, held));
    throw error;
  }
}

/** Gives the lock up, whatever the commit came to. */
export function* endKeeping(port: Port, { path, held, existed }: Keeping, committed: boolean): Protocol<void> {
  if (committed && !existed) yield* quietly(forgetRemoval(path));
  yield* quietly(release(port, held));
}
