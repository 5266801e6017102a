import { inDirectory, quietly, within, writeAll } from "../atomic/index.ts";
import type { Handle } from "../platform/index.ts";
import { call, together, unless } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Root } from "./places.ts";

/**
 * The file of a journal that is over, kept, empty, for the next one: a rename costs less than to make a file and to remove it. A
 * power cut may still leave the new name with what an older journal said whose end was not synced (`durability: 'off'`), or with
 * some of both: the one names another transaction, the other has no digest that matches.
 */
const spare = "spare-journal";

/** Raises a journal: with its first line only, under its name, at which everybody looks. */
export function* raiseJournalFile(root: Root, path: string, header: Uint8Array): Protocol<Handle> {
  const kept = inDirectory(root.work, spare);
  const reused = yield* openSpare(kept);
  const handle = reused ?? (yield* call("open", path, "create", 0o600));
  try {
    yield* within(
      "stage",
      root.path,
      "unchanged",
      writeAll(handle, header, () => {}, root.path),
    );
    if (reused !== undefined) yield* call("rename", kept, path);
    return handle;
  } catch (error) {
    yield* quietly(call("close", handle));
    yield* quietly(call("unlink", reused === undefined ? path : kept));
    throw error;
  }
}

/**
 * Ends a journal: takes away what it says, durably, while its name still keeps everybody from the files; then the name. Were the name
 * the first to go, a power cut could bring back both, and undo what somebody has changed and synced since. `clean` is what may be
 * done once the journal is empty. Where it cannot be emptied (no descriptor, a failing disk) it is enough that its name goes,
 * durably: that is a rename, and needs neither.
 */
export function* endJournalFile(
  root: Root,
  path: string,
  sync: boolean,
  clean: () => readonly Protocol<void>[] = () => [],
): Protocol<void> {
  let isEmpty = false;
  let isEmptyForGood = false;
  try {
    const handle = yield* emptied(path);
    isEmpty = true;
    yield* together([closeSynced(handle, sync), ...clean()]);
    isEmptyForGood = true;
  } catch {
    // Its name tells.
  }
  yield* dropJournalFile(root, path);
  if (!isEmptyForGood && sync) yield* call("syncDirectory", root.work);
  if (!isEmpty) yield* together(clean());
}

function* emptied(path: string): Protocol<Handle> {
  const handle = yield* call("open", path, "overwrite", 0);
  try {
    yield* call("truncate", handle, 0);
    return handle;
  } catch (error) {
    yield* quietly(call("close", handle));
    throw error;
  }
}

export function* closeSynced(handle: Handle, sync: boolean): Protocol<void> {
  try {
    if (sync) yield* call("fsync", handle);
  } finally {
    yield* call("close", handle);
  }
}

/** Takes the name of a journal that does not count away, and keeps the file where it can be: a folder of that name would be in the way for ever. */
export function* dropJournalFile(root: Root, path: string): Protocol<void> {
  try {
    yield* call("rename", path, inDirectory(root.work, spare));
  } catch {
    yield* unless("ENOENT", call("unlink", path));
  }
}

/** The spare, emptied; `undefined` if there is none, or if it is anything but a plain file with that one name. */
function* openSpare(path: string): Protocol<Handle | undefined> {
  let handle: Handle | undefined;
  try {
    handle = yield* call("open", path, "overwrite", 0);
    const { kind, nlink } = yield* call("fstat", handle);
    if (kind === "file" && nlink === 1) {
      yield* call("truncate", handle, 0);
      return handle;
    }
  } catch {
    // A new one is made.
  }
  if (handle !== undefined) yield* quietly(call("close", handle));
  return undefined;
}
