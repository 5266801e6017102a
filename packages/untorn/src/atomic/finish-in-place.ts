import { isForeign, systemCodeOf, UntornError } from "../platform/index.ts";
import type { FileSystem, Handle, Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { overwrite } from "./overwrite.ts";
import { inDirectory } from "./paths.ts";
import { digestFile } from "./read-file.ts";
import { quietly, readPiece, within } from "./steps.ts";
import { isTempFor, parseTempName, shortDigest } from "./temp-name.ts";
import type { TempName } from "./temp-name.ts";

/** Backups that this process has let go of and could not remove, or that hold what could not be put back. */
const leftBehind = new WeakMap<FileSystem, Set<string>>();

/** Says that nobody works on a backup of ours any more: where there are no kernel locks, nobody could tell. */
export function leaveBehind(port: Port, backup: string): void {
  leftBehind.set(port.fs, (leftBehind.get(port.fs) ?? new Set()).add(backup));
}

interface Interrupted {
  readonly path: string;
  readonly directory: string;
  readonly base: string;
}

/** What became of the backups that interrupted in-place writes left beside a file. */
export interface FinishedInPlace {
  /** Backups that are removed: the file is whole. */
  readonly finished: readonly string[];
  /** Backups that were left alone: the file has been changed by another program since. */
  readonly left: readonly string[];
}

/**
 * Brings in-place writes that were interrupted to their end: the file is whole afterwards, with the old or the new
 * content. Throws UNTORN_BUSY where the writer may still be at work. A file that is neither content nor a mixture of the
 * two was written by another program after the interruption: it stays as it is, and so does the backup (G9). `own` is the
 * caller's own backup, which is passed over.
 */
export function* finishInPlace(port: Port, target: Interrupted, own?: string): Protocol<FinishedInPlace> {
  const finished: string[] = [];
  const left: string[] = [];
  const names = yield* within("recover", target.path, "unchanged", call("readdir", target.directory));
  for (const name of names) {
    const temp = parseTempName(name);
    if (temp?.kind !== "bak" || !isTempFor(temp, target.base)) continue;
    const backup = inDirectory(target.directory, name);
    if (backup === own) continue;
    if (yield* within("recover", target.path, "unchanged", isStrangers(target, backup))) {
      left.push(backup);
      continue;
    }
    const lock = yield* within("recover", target.path, "unchanged", proveAbandoned(port, target, backup, temp));
    if (lock === "gone") continue;
    try {
      const isWhole = yield* within("recover", target.path, "unknown", finishOne(target, backup, temp, names));
      (isWhole ? finished : left).push(backup);
    } finally {
      if (lock !== undefined) yield* quietly(call("close", lock));
    }
  }
  if (finished.length > 0) {
    yield* within("recover", target.path, "unchanged", call("syncDirectory", target.directory));
  }
  return { finished, left };
}

/** Who may put a file here must not decide what is put back: nobody's backup counts who has no say in a shared directory. */
function* isStrangers(target: Interrupted, path: string): Protocol<boolean> {
  const [directory, file, entry] = [
    yield* call("lstat", target.directory),
    yield* call("lstat", target.path),
    yield* call("lstat", path),
  ];
  if (entry === undefined || directory === undefined || entry.uid === file?.uid) return false;
  return entry.kind !== "file" || isForeign(directory, entry);
}

/**
 * The writer is gone if its process is, or, where that does not tell (another container; another thread of this process, or
 * another copy of this library in it), if the kernel has given up its lock on the backup. `gone`: so is the backup.
 */
function* proveAbandoned(
  port: Port,
  target: Interrupted,
  backup: string,
  temp: TempName,
): Protocol<Handle | undefined | "gone"> {
  const { owner } = temp;
  const { pid, startTime, scope } = port.identity;
  const isOurs = owner.pid === pid && owner.startTime === startTime && owner.scope === scope;
  // Calls of one thread for a file are kept in order, so what it has let go of is nobody's.
  if (isOurs && leftBehind.get(port.fs)?.has(backup) === true) return undefined;
  const liveness = isOurs ? "unknown" : port.liveness(owner);
  if (liveness === "dead") return undefined;
  if (liveness === "unknown" && port.traits.kernelLocks) {
    const handle = yield* lockIfFree(backup);
    if (handle !== undefined) return handle;
  }
  throw new UntornError({
    code: "UNTORN_BUSY",
    path: target.path,
    phase: "recover",
    outcome: "unchanged",
    problem: isOurs
      ? "another thread of this process, or another copy of untorn in it, may be rewriting it in place"
      : liveness === "alive"
        ? `process ${owner.pid} is rewriting it in place`
        : "a process that cannot be looked at from here may be rewriting it in place",
    next: `Wait for it. If it is gone for certain, compare the file with ${backup}, keep the good one and remove the other.`,
  });
}

/** The locked backup; `undefined` where somebody has the lock, or none can be had, as on NFS without its lock service. */
function* lockIfFree(backup: string): Protocol<Handle | undefined | "gone"> {
  let handle: Handle;
  try {
    handle = yield* call("open", backup, "overwrite", 0);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return "gone";
    throw error;
  }
  let keep = false;
  try {
    if (!(yield* call("tryLock", handle, false))) return undefined;
    // Its writer may have ended properly between the opening and the lock.
    if ((yield* call("lstat", backup)) === undefined) return "gone";
    keep = true;
    return handle;
  } catch {
    return undefined;
  } finally {
    if (!keep) yield* quietly(call("close", handle));
  }
}

function* finishOne(target: Interrupted, backup: string, temp: TempName, names: readonly string[]): Protocol<boolean> {
  const kept = yield* digestFile(backup);
  // A backup that is not complete was never relied upon: the target had not been touched.
  if (shortDigest(kept.etag) === temp.digest) {
    const now = shortDigest((yield* digestFile(target.path)).etag);
    if (now !== temp.next && now !== temp.digest) {
      const fresh = yield* findNew(target, temp, names);
      if (fresh === undefined || !(yield* isMixture(target.path, backup, fresh))) return false;
      yield* overwrite(target.path, backup, { mode: undefined, owner: undefined });
    }
  }
  yield* call("unlink", backup);
  return true;
}

/** The pending file of the interrupted write: the same writer's, with the content that the backup's name announces. */
function* findNew(target: Interrupted, backup: TempName, names: readonly string[]): Protocol<string | undefined> {
  for (const name of names) {
    const temp = parseTempName(name);
    if (temp?.kind !== "tmp" || !isTempFor(temp, target.base) || temp.owner.pid !== backup.owner.pid) continue;
    const path = inDirectory(target.directory, name);
    if (yield* isStrangers(target, path)) continue;
    if (shortDigest((yield* digestFile(path)).etag) === backup.next) return path;
  }
  return undefined;
}

/** What a medium writes at once, at the least. */
const sectorBytes = 512;
const windowBytes = 1024 * sectorBytes;

/**
 * Whether every sector of a file is that of the old or that of the new content, or zeros beyond the old end (a block that
 * was allotted but not written yet). Nothing else comes out of an overwrite that stopped half-way.
 */
function* isMixture(path: string, oldPath: string, newPath: string): Protocol<boolean> {
  const handles: Handle[] = [];
  try {
    for (const each of [path, oldPath, newPath]) handles.push(yield* call("open", each, "read", 0));
    const [file, old, fresh] = handles as [Handle, Handle, Handle];
    for (let position = 0; ; position += windowBytes) {
      const mixed = yield* readPiece(file, position, windowBytes);
      if (mixed.byteLength === 0) return true;
      const sources = [
        yield* readPiece(old, position, windowBytes),
        yield* readPiece(fresh, position, windowBytes),
      ] as const;
      if (!isMixedWindow(mixed, ...sources)) return false;
    }
  } finally {
    for (const handle of handles) yield* quietly(call("close", handle));
  }
}

/** A sector in which the old or the new content ends is looked at in parts: the shorter one leaves the other's rest. */
function isMixedWindow(mixed: Uint8Array, old: Uint8Array, fresh: Uint8Array): boolean {
  for (let start = 0; start < mixed.byteLength;) {
    const sectorEnd = Math.min(mixed.byteLength, start - (start % sectorBytes) + sectorBytes);
    const end = Math.min(sectorEnd, ...[old.byteLength, fresh.byteLength].filter((cut) => cut > start));
    const part = mixed.subarray(start, end);
    const isZero = start >= old.byteLength && part.every((byte) => byte === 0);
    if (!isZero && !beginsAt(old, start, part) && !beginsAt(fresh, start, part)) return false;
    start = end;
  }
  return true;
}

function beginsAt(content: Uint8Array, start: number, part: Uint8Array): boolean {
  const other = content.subarray(start, start + part.byteLength);
  return other.byteLength === part.byteLength && part.every((byte, index) => byte === other[index]);
}
