import { inDirectory } from "../atomic/index.ts";
import { isForeign, UntornError } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

/** The folder in which untorn keeps what belongs to the files beside it: a transaction's journal, generations, the quarantine. */
export const workFolder = ".untorn";

/** What is wrong with a work folder; `undefined`: nothing, or there is none. */
type Wrong = "stranger's" | "not a folder" | undefined;

function* wrongWith(directory: string): Protocol<Wrong> {
  const work = yield* call("lstat", inDirectory(directory, workFolder));
  if (work === undefined) return undefined;
  const above = yield* call("lstat", directory);
  if (above !== undefined && isForeign(above, work)) return "stranger's";
  return work.kind === "directory" ? undefined : "not a folder";
}

/** Whether what `assertOwnWorkFolder` refuses is there: nothing of untorn's is in it then. */
export function* isOthersWorkFolder(directory: string): Protocol<boolean> {
  return (yield* wrongWith(directory)) !== undefined;
}

/**
 * Refuses a work folder that is a symbolic link, or in a shared directory (/tmp) somebody else's: who owns it decides what is
 * in it, and could put contents of their own in place, or read what only the files' owners may.
 *
 * @throws UntornError UNTORN_PERMISSION
 */
export function* assertOwnWorkFolder(directory: string): Protocol<void> {
  const wrong = yield* wrongWith(directory);
  if (wrong === undefined) return;
  throw new UntornError({
    code: "UNTORN_PERMISSION",
    path: inDirectory(directory, workFolder),
    phase: "stage",
    outcome: "unchanged",
    problem:
      wrong === "stranger's"
        ? "the folder that untorn keeps its own files in was made by another user, who has no say in this directory"
        : "there is something else where untorn keeps its own files",
    next: "Look who put it there and what is in it, and remove it.",
  });
}
