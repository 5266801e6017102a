import { absolute, split, within } from "../atomic/index.ts";
import { toUntornError, UntornError } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { isGone, lookInto, unread } from "./folder.ts";
import type { Folder, Skipped } from "./folder.ts";

/** Deeper folders are reported and not looked into: a loop of mounts has no end. */
const deepest = 128;

/**
 * Visits a folder and all below it, one at a time, so that memory holds one folder's names and the folders still to come. A visit
 * returns the folder as it is afterwards: the folders in it are visited next.
 * Symbolic links are not followed; what cannot be read is told to `skip`. Of a file, its folder is visited with nothing
 * but that file and what was left beside it.
 */
export function* walk(
  given: string,
  breathe: () => Promise<void> | undefined,
  visit: (folder: Folder) => Protocol<Folder>,
  skip: (skipped: Skipped) => void,
): Protocol<void> {
  const top = absolute(given);
  const kind = (yield* asked(given, call("stat", top)))?.kind;
  if (kind !== "directory") {
    const { directory, base } = split(top);
    // The folders above it are looked through by their names: no `link/..` may be among them.
    const folder = yield* asked(given, lookInto(yield* asked(given, call("realpath", directory)), breathe));
    const found = folder && only(folder, base, kind === "file");
    // A name that is not there may be a file that is missing: then something of it is left in its folder.
    if (found === undefined || (kind === undefined && found.subjects.length === 0)) {
      throw new UntornError({ code: "UNTORN_NOT_FOUND", path: given, phase: "recover", outcome: "unchanged" });
    }
    yield* visit(found);
    return;
  }
  const todo = [{ path: yield* asked(given, call("realpath", top)), depth: 0 }];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (next.depth > deepest) {
      skip({ path: next.path, reason: `it is more than ${deepest} folders deep`, matters: true });
      continue;
    }
    let folder: Folder | undefined;
    try {
      folder = yield* lookInto(next.path, breathe);
    } catch (error) {
      if (next.depth === 0) throw toUntornError(error, { path: given, phase: "recover", outcome: "unchanged" });
      if (!isGone(error)) skip(unread(next.path, error));
      continue;
    }
    if (folder === undefined) continue;
    for (const each of folder.skipped) skip(each);
    const now = yield* visit(folder);
    for (const path of now.folders.toReversed()) todo.push({ path, depth: next.depth + 1 });
  }
}

/** What the system refuses at the very place that was asked for ends it all: nothing has been done. */
function asked<T>(given: string, protocol: Protocol<T>): Protocol<T> {
  return within("recover", given, "unchanged", protocol);
}

function only(folder: Folder, base: string, isThere: boolean): Folder {
  const subjects = folder.subjects.filter(({ name }) => name === base);
  // A file with an ordinary name that nothing was left beside is no subject, but it is there.
  const files = subjects.reduce((sum, { found }) => sum + found.length + 1, isThere && subjects.length === 0 ? 1 : 0);
  const none = { nameless: [], skipped: [], locks: [], journals: [], folders: [], probes: [], editorFiles: 0 };
  return { ...folder, ...none, subjects, files };
}
