import { inDirectory, quietly, split } from "../atomic/index.ts";
import type { Durability } from "../atomic/index.ts";
import type { Port } from "../platform/index.ts";
import { call, namesIn, unless } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { acquire, isOthersWorkFolder, release } from "../lock/index.ts";
import { generationsOf, numberOf } from "./list.ts";

/**
 * That a file with generations is gone on purpose is told by an empty file beside them, `removed-NUMBER`, with the number of the
 * newest generation. It is made once the file is gone: a crash in between leaves a removal that was never reported as done, and
 * `recover` takes it back. A generation with a higher number says that the file has been there again since, so a note that
 * nobody took away means nothing then.
 */
const pattern = /^removed-(\d{8,12})$/;

/** How long to wait for whoever is just replacing the file, milliseconds. */
const patienceMs = 2000;

/**
 * Notes that a file was removed or renamed by untorn; does nothing for one without generations, or that is there again. Returns
 * why it could not be noted.
 */
export function* noteRemoval(port: Port, path: string, durability: Durability): Protocol<string | undefined> {
  try {
    if ((yield* call("lstat", generationsOf(path))) === undefined) return undefined;
    // Whoever has made it decides where its names lead; and no recovery asks it.
    if (yield* isOthersWorkFolder(split(path).directory)) return undefined;
    // Whoever keeps a generation holds this lock until the file is in place.
    const how = { purpose: "note a removal", timeoutMs: patienceMs, blocking: true, overJournals: true };
    const held = yield* acquire(port, generationsOf(path), how);
    try {
      yield* note(path, durability);
    } finally {
      yield* quietly(release(port, held));
    }
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `that it was removed on purpose could not be noted beside its generations, so \`untorn recover\` would bring it back: ${reason}`;
  }
}

function* note(path: string, durability: Durability): Protocol<void> {
  if ((yield* call("lstat", path)) !== undefined) return;
  const folder = generationsOf(path);
  const names = yield* namesIn(folder);
  const newest = newestIn(names);
  if (newest === undefined) return;
  const name = `removed-${newest}`;
  if (!names.includes(name)) yield* call("close", yield* call("open", inDirectory(folder, name), "append", 0o600));
  if (durability === "full") yield* call("syncDirectory", folder);
  for (const old of names)
    if (pattern.test(old) && old !== name) yield* quietly(call("unlink", inDirectory(folder, old)));
}

/** When the file was removed by untorn, milliseconds since 1970; `undefined`: it was not, or it has been there again since. */
export function* removedAt(path: string): Protocol<number | undefined> {
  const folder = generationsOf(path);
  const names = yield* namesIn(folder);
  const newest = newestIn(names);
  const name = names.find((each) => each === `removed-${newest}`);
  return name === undefined ? undefined : (yield* call("lstat", inDirectory(folder, name)))?.mtimeMs;
}

/** The file is there again; the caller holds the lock of its generations. */
export function* forgetRemoval(path: string): Protocol<void> {
  const folder = generationsOf(path);
  for (const name of yield* namesIn(folder)) {
    if (pattern.test(name)) yield* unless("ENOENT", call("unlink", inDirectory(folder, name)));
  }
}

/** The number of the newest generation, as it is written in its name. */
function newestIn(names: readonly string[]): string | undefined {
  let newest: string | undefined;
  for (const name of names) {
    const number = numberOf(name);
    if (number !== undefined && (newest === undefined || Number(number) > Number(newest))) newest = number;
  }
  return newest;
}
