import type { FileSystem, Outcome, Port, SyncOutcome } from "../platform/index.ts";
import { call, unless } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { split } from "./paths.ts";
import { within } from "./steps.ts";

/**
 * Directories that this process has made and whose own entry is not synced yet, by device and inode. A second call that
 * finds such a directory there relies on it as much as the call that made it, and may end first (G2).
 */
const unsynced = new WeakMap<FileSystem, Set<string>>();

/**
 * Makes a directory and those above it that are missing; returns them, outermost first. If the call fails later they
 * stay, empty, as with `mkdir -p`: another process may have begun to use them.
 */
export function* makeDirectories(port: Port, directory: string): Protocol<string[]> {
  const missing: string[] = [];
  let current = directory;
  while ((yield* call("stat", current)) === undefined) {
    missing.unshift(current);
    const { directory: above } = split(current);
    if (above === current || above === "") break;
    current = above;
  }
  for (const each of missing) {
    // Somebody else may have made it in the meantime. This call relies on it, so it is synced all the same.
    yield* unless("EEXIST", call("mkdir", each, 0o777));
    const status = yield* call("stat", each);
    if (status === undefined) continue;
    const known = unsynced.get(port.fs) ?? new Set();
    unsynced.set(port.fs, known.add(`${status.dev}:${status.ino}`));
  }
  return missing;
}

interface Unsynced {
  readonly identity: string;
  /** The directory that holds its entry. */
  readonly above: string;
}

/** Of a directory and those above it, the ones that this process has made and whose entry is not synced yet. */
export function* unsyncedFrom(port: Port, directory: string): Protocol<Unsynced[]> {
  const found: Unsynced[] = [];
  const known = unsynced.get(port.fs);
  if (known === undefined || known.size === 0) return found;
  let current = directory;
  for (;;) {
    const status = yield* call("stat", current);
    const { directory: above } = split(current);
    if (above === current || above === "") return found;
    const identity = status === undefined ? "" : `${status.dev}:${status.ino}`;
    if (known.has(identity)) found.push({ identity, above });
    current = above;
  }
}

/**
 * Syncs the directory of a changed entry, then the entry of each directory above it that was made and not synced yet: an
 * entry is durable only once the directory that holds it is (G2).
 */
export function* syncEntries(
  port: Port,
  directory: string,
  path: string,
  outcome: Outcome = "replaced",
): Protocol<SyncOutcome> {
  let result = yield* within("sync-directory", path, outcome, call("syncDirectory", directory));
  for (const { identity, above } of yield* within("sync-directory", path, outcome, unsyncedFrom(port, directory))) {
    const synced = yield* within("sync-directory", path, outcome, call("syncDirectory", above));
    if (synced !== "synced") result = synced;
    unsynced.get(port.fs)?.delete(identity);
  }
  return result;
}
