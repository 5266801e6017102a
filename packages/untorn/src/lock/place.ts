import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import { absolute, inDirectory, resolveTarget, split } from "../atomic/index.ts";
import { invalidArgument, systemCodeOf } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

const suffix = ".untorn.lock";

/** The longest name that ext4, xfs, btrfs, APFS and NTFS all take: 255 bytes (NTFS: 255 UTF-16 units). */
const longestName = 255;

/** Where the lock of one file lives. */
export interface Place {
  /** The file as the caller named it, absolute. */
  readonly path: string;
  /** The file itself: symbolic links followed, so that every alias has the same lock. It need not exist. */
  readonly target: string;
  /** The lock's folder, beside the target; it exists only while somebody holds the lock. */
  readonly folder: string;
  /** Permission bits for the folder and for the records in it: nobody gets more than the target gives them. */
  readonly folderMode: number;
  readonly recordMode: number;
}

/**
 * Finds the lock's place, by the resolver that reads and writes go through: `link/..` is the parent of what the link points to. Two
 * hard links to one file have two locks: replacing a file by renaming parts them anyway.
 */
export function* placeOf(given: string): Protocol<Place> {
  const path = withoutEnd(absolute(given));
  const { path: found, before } = yield* resolveTarget(path, "follow");
  const target = (before === undefined ? undefined : yield* realpathIfAny(found)) ?? (yield* wouldBe(found));
  return { path, target, folder: folderOf(target), ...modes(before?.mode) };
}

/** Without separators at its end: `link/` is the folder behind a link, which a link to nothing yet does not have. */
function withoutEnd(path: string): string {
  const { directory, base } = split(path);
  return base !== "" || directory === path ? path : withoutEnd(directory);
}

/** The canonical path; `undefined` if the file has been removed in the meantime. */
function* realpathIfAny(path: string): Protocol<string | undefined> {
  try {
    return yield* call("realpath", path);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The canonical path of a file that is not there. */
function* wouldBe(path: string): Protocol<string> {
  return inDirectory(yield* call("realpath", dirname(path)), basename(path));
}

export function folderOf(target: string): string {
  const name = basename(target);
  if (name === "") throw invalidArgument(target, "the root folder cannot be locked");
  return inDirectory(dirname(target), lockFolderName(name));
}

/** `.NAME.untorn.lock`; a name too long for that is cut, and a digest of the whole name stands for the rest. */
export function lockFolderName(name: string): string {
  const plain = `.${name}${suffix}`;
  if (Buffer.byteLength(plain) <= longestName) return plain;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 32);
  const room = longestName - suffix.length - digest.length - 2;
  let start = Buffer.from(name).subarray(0, room).toString("utf8");
  // A character that was cut in two came back as U+FFFD, which is longer than what was cut.
  while (Buffer.byteLength(start) > room || start.endsWith("\ufffd")) start = start.slice(0, -1);
  return `.${start}~${digest}${suffix}`;
}

/** The name of the locked file, from its lock folder's name (cut if it is long); `undefined` if that is none. */
export function lockedName(folderName: string): string | undefined {
  const holds = folderName.startsWith(".") && folderName.endsWith(suffix) && folderName.length > suffix.length + 1;
  return holds ? folderName.slice(1, -suffix.length) : undefined;
}

/** Who may read the target may read the records; who may write it may also take the lock. The umask takes its part. */
function modes(target: number | undefined): { folderMode: number; recordMode: number } {
  if (target === undefined) return { folderMode: 0o777, recordMode: 0o666 };
  const others = target & 0o066;
  return { folderMode: 0o700 | others | ((others & 0o044) >> 2), recordMode: 0o600 | others };
}
