import { copyFrom, digestFile, etagOf, inDirectory, makeFile, shortDigest, split, writeAll } from "../atomic/index.ts";
import { assertOwnWorkFolder, workFolder } from "../lock/index.ts";
import { systemCodeOf, UntornError } from "../platform/index.ts";
import type { Handle } from "../platform/index.ts";
import { call, isLinked, unless } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

/**
 * The quarantine: `DIR/.untorn/quarantine`, for what nobody may rely on and nobody may lose (G9). It is in the folder that the
 * file was in, so that no content has to be copied. A name there is `DIGEST-NAME`, by the content: setting the same thing
 * aside again, after a crash in the middle, changes nothing.
 */
export function quarantineIn(work: string): string {
  return inDirectory(work, "quarantine");
}

/** The work folder of the folder that a file is in. */
export function workFolderOf(path: string): string {
  return inDirectory(split(path).directory, workFolder);
}

/** What a file was moved to. */
export interface SetAside {
  readonly path: string;
  readonly kept: string;
}

/** Moves files of one folder into its quarantine; a file that is gone already is passed over. */
export function* setAside(work: string, paths: readonly string[]): Protocol<SetAside[]> {
  const done = yield* keepAside(work, paths);
  for (const { path } of done) yield* unless("ENOENT", call("unlink", path));
  return done;
}

/**
 * Gives files of one folder a second name in its quarantine, durably, and leaves them where they are. The name comes first
 * and is synced before the old one goes: POSIX ties no two directories together, so after a rename between them a power cut
 * could leave the file in neither.
 */
export function* keepAside(work: string, paths: readonly string[]): Protocol<SetAside[]> {
  const folder = yield* makeQuarantine(work);
  const done: SetAside[] = [];
  for (const path of paths) {
    try {
      const kept = yield* digestOrGone(path);
      if (kept === undefined) continue;
      const to = inDirectory(folder, label(kept, split(path).base));
      yield* linkOrCopy(path, to, kept);
      done.push({ path, kept: to });
    } catch (error) {
      // Another program may remove it at any moment, and then there is nothing to keep.
      if ((yield* call("lstat", path)) !== undefined) throw error;
    }
  }
  if (done.length > 0) yield* call("syncDirectory", folder);
  return done;
}

/** Keeps bytes that were cut out of a file. */
export function* keepBytes(work: string, bytes: Uint8Array, name: string): Protocol<string> {
  const folder = yield* makeQuarantine(work);
  const kept = inDirectory(folder, label(etagOf(bytes), name));
  yield* makeNew(kept, (handle) => writeAll(handle, bytes, () => {}, kept));
  yield* call("syncDirectory", folder);
  return kept;
}

function* digestOrGone(path: string): Protocol<string | undefined> {
  if ((yield* call("lstat", path))?.kind !== "file") return undefined;
  return (yield* digestFile(path)).etag;
}

function label(etag: string, name: string): string {
  const cut = Buffer.from(name).subarray(0, 200).toString();
  return `${shortDigest(etag)}-${cut.replace(/\uFFFD+$/u, "")}`;
}

/**
 * Makes the folder where it is missing; it and its way there are durable before anything is put in it. So an empty one may have
 * been made by a process that was killed before it had synced it, and one that holds something is durable.
 */
function* makeQuarantine(work: string): Protocol<string> {
  const folder = quarantineIn(work);
  yield* assertOwnWorkFolder(split(work).directory);
  const there = yield* call("lstat", folder);
  if (there !== undefined && there.kind !== "directory") throw notOurs(folder);
  if (there !== undefined && (yield* call("readdir", folder)).length > 0) return folder;
  for (const [each, mode] of [
    [work, 0o777],
    [folder, 0o700],
  ] as const) {
    yield* unless("EEXIST", call("mkdir", each, mode));
  }
  yield* call("syncDirectory", work);
  yield* call("syncDirectory", split(work).directory);
  return folder;
}

/** What is kept there is nobody's to read or to take away but the work folder's owner's. */
function notOurs(path: string): UntornError {
  return new UntornError({
    code: "UNTORN_PERMISSION",
    path,
    phase: "recover",
    outcome: "unchanged",
    problem: "there is something else where the quarantine should be",
    next: "Look who put it there, and remove it.",
  });
}

function* linkOrCopy(path: string, to: string, etag: string): Protocol<void> {
  try {
    if (yield* isLinked(path, to)) return;
  } catch (error) {
    if (systemCodeOf(error) !== "EEXIST") throw error;
    // Set aside before: only by its content can be told that a copy was not cut off by a crash.
    if ((yield* digestOrGone(to)) === etag) return;
  }
  yield* makeNew(to, (handle) => copyFrom(path, handle, to));
}

function* makeNew(path: string, fill: (handle: Handle) => Protocol<unknown>): Protocol<void> {
  yield* unless("ENOENT", call("unlink", path));
  yield* makeFile(path, fill);
}
