import { absolute, inDirectory } from "../atomic/index.ts";
import { systemCodeOf, toUntornError, UntornError } from "../platform/index.ts";
import type { LockHolder, Port } from "../platform/index.ts";
import { call, unless } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { removeFolderIfEmpty } from "./announce.ts";
import { judge, recordsIn } from "./judge.ts";
import { lockedName, placeOf } from "./place.ts";
import { readHolder } from "./record.ts";

/** One locked file and who holds it. */
export interface ListedLock {
  /** The locked file, symbolic links followed; if its name is very long, cut, as in the lock folder's name. */
  readonly path: string;
  /** The lock folder. */
  readonly folder: string;
  /** One or, shared, more; a dead one was killed while it held the lock and hinders nobody. Empty: a leftover folder. */
  readonly holders: readonly LockHolder[];
}

/** What `listLocks` found. */
export interface LockList {
  readonly locks: readonly ListedLock[];
  /** Folders that could not be read, or were left out because the bounds were reached; empty: the list is whole. */
  readonly unread: readonly string[];
}

/** Bounds of one listing: entries looked at, and folders deep. */
const mostEntries = 1_000_000;
const deepest = 64;

/** Everybody who holds a lock in a folder or below it, or of one file. Below the folder no link is followed. Nothing is changed. */
export function* lockList(port: Port, given: string): Protocol<LockList> {
  const top = absolute(given);
  let folder: string;
  try {
    if ((yield* call("stat", top))?.kind !== "directory") return { locks: yield* lockOfFile(port, top), unread: [] };
    folder = yield* call("realpath", top);
  } catch (error) {
    throw toUntornError(error, { path: given, phase: "lock", outcome: "unchanged" });
  }
  return yield* locksBelow(port, folder);
}

/** A file that is locked need not exist. */
function* lockOfFile(port: Port, path: string): Protocol<ListedLock[]> {
  const { target, folder } = yield* placeOf(path);
  if ((yield* call("lstat", folder)) !== undefined) {
    return [{ path: target, folder, holders: yield* holdersIn(port, folder, false) }];
  }
  if ((yield* call("lstat", path)) !== undefined) return [];
  throw new UntornError({ code: "UNTORN_NOT_FOUND", path, phase: "read", outcome: "unchanged" });
}

function* locksBelow(port: Port, top: string): Protocol<LockList> {
  const locks: ListedLock[] = [];
  const unread: string[] = [];
  const todo = [{ path: top, depth: 0 }];
  let seen = 0;
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    let names: string[];
    try {
      names = yield* call("readdir", next.path);
    } catch (error) {
      if (next.depth === 0) throw toUntornError(error, { path: next.path, phase: "lock", outcome: "unchanged" });
      if (systemCodeOf(error) !== "ENOENT") unread.push(next.path);
      continue;
    }
    seen += names.length;
    if (seen > mostEntries || next.depth > deepest) {
      unread.push(next.path);
      continue;
    }
    for (const name of names) {
      const path = inDirectory(next.path, name);
      const target = lockedName(name);
      if ((yield* kindOf(path)) !== "directory") continue;
      if (target === undefined) todo.push({ path, depth: next.depth + 1 });
      else
        locks.push({
          path: inDirectory(next.path, target),
          folder: path,
          holders: yield* holdersIn(port, path, false),
        });
    }
  }
  const byPath = (one: ListedLock, other: ListedLock): number => (one.path < other.path ? -1 : 1);
  return { locks: locks.sort(byPath), unread };
}

/** Who holds the lock that a lock folder is for; empty: nobody does, and the folder is a leftover. Nothing is changed. */
export function holdersOf(port: Port, folder: string): Protocol<LockHolder[]> {
  return holdersIn(port, folder, false);
}

function* kindOf(path: string): Protocol<string | undefined> {
  try {
    return (yield* call("lstat", path))?.kind;
  } catch {
    return undefined;
  }
}

function* holdersIn(port: Port, folder: string, remove: boolean): Protocol<LockHolder[]> {
  const holders: LockHolder[] = [];
  for (const record of yield* recordsIn(folder)) {
    const state = yield* judge(port, folder, record, false);
    if (state === "gone") continue;
    holders.push(yield* readHolder(folder, record, state));
    if (remove) yield* unless("ENOENT", call("unlink", inDirectory(folder, record.name)));
  }
  return holders;
}

/**
 * Takes the lock of a file from whoever holds it, alive or not, and returns whom it was taken from. It is the one way to
 * do that to a holder that may live, and for people to decide: the robbed holder goes on until it next asks `assertHeld`,
 * which every commit of this library does right before it replaces a file.
 */
export function* breakLockOf(port: Port, path: string): Protocol<LockHolder[]> {
  try {
    const { folder } = yield* placeOf(path);
    const robbed = yield* holdersIn(port, folder, true);
    yield* removeFolderIfEmpty(folder);
    return robbed;
  } catch (error) {
    throw toUntornError(error, { path, phase: "lock", outcome: "unchanged" });
  }
}
