import { join } from "node:path";
import { isForeign, UntornError } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

/** The folder in which untorn keeps what belongs to the files beside it: a transaction's journal, generations, the quarantine. */
export const workFolder = ".untorn";

/**
 * Refuses a work folder that is a symbolic link, or in a shared directory (/tmp) somebody else's: who owns it decides what is
 * in it, and could put contents of their own in place, or read what only the files' owners may.
 *
 * @throws UntornError UNTORN_PERMISSION
 */
export function* assertOwnWorkFolder(directory: string): Protocol<void> {
  const path = join(directory, workFolder);
  const work = yield* call("lstat", path);
  if (work === undefined) return;
  const above = yield* call("lstat", directory);
  const foreign = above !== undefined && isForeign(above, work);
  if (work.kind === "directory" && !foreign) return;
  throw new UntornError({
    code: "UNTORN_PERMISSION",
    path,
    phase: "stage",
    outcome: "unchanged",
    problem: foreign
      ? "the folder that untorn keeps its own files in was made by another user, who has no say in this directory"
      : "there is something else where untorn keeps its own files",
    next: "Look who put it there and what is in it, and remove it.",
  });
}
