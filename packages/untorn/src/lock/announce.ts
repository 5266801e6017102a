import { inDirectory, quietly } from "../atomic/index.ts";
import { systemCodeOf, UntornError } from "../platform/index.ts";
import type { FileSystem, Handle, Port } from "../platform/index.ts";
import { call, pause, unless } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Place } from "./place.ts";
import { makeRecordName } from "./record.ts";
import type { RecordName } from "./record.ts";

/** A record of our own: in the folder, where everybody sees it. */
export interface Announced {
  readonly record: RecordName;
  /** Open as long as the record stands: the kernel's lock hangs on it. */
  readonly handle: Handle;
}

/** How a filesystem or platform says that it has no kernel-released locks. */
const noKernelLocks = new Set(["ENOSYS", "ENOTSUP", "EOPNOTSUPP", "ENOLCK", "EINVAL"]);

/** A releasing process may remove the empty folder between our making it and using it; it does so once per release. */
const folderTries = 100;

const unlinkTries = { passing: 50, other: 2 };

/** Tokens of our own records that could not be taken away: without kernel locks they look alive to everybody but us. */
const leftBehind = new WeakMap<FileSystem, Set<string>>();

/** Whether a record is one that this process has let go of, but could not remove. */
export function isLeftBehind(port: Port, { token }: RecordName): boolean {
  return leftBehind.get(port.fs)?.has(token) ?? false;
}

function leaveBehind(port: Port, { token }: RecordName): void {
  const tokens = leftBehind.get(port.fs) ?? new Set();
  leftBehind.set(port.fs, tokens.add(token));
}

/** Makes our record; `undefined` if somebody took it for a dead one before the kernel's lock was on it: try again. */
export function* announce(port: Port, place: Place, shared: boolean): Protocol<Announced | undefined> {
  if (port.traits.kernelLocks) {
    const announced = yield* announceLocked(port, place, shared);
    if (announced !== "no kernel locks") return announced;
  }
  const record = makeRecordName(port, shared, false);
  return { record, handle: yield* createRecord(place, record) };
}

function* announceLocked(
  port: Port,
  place: Place,
  shared: boolean,
): Protocol<Announced | undefined | "no kernel locks"> {
  const record = makeRecordName(port, shared, true);
  const handle = yield* createRecord(place, record);
  let locked = false;
  try {
    locked = yield* call("tryLock", handle, false);
  } catch (error) {
    yield* withdraw(port, place, { record, handle });
    if (noKernelLocks.has(systemCodeOf(error) ?? "")) return "no kernel locks";
    throw error;
  }
  if (locked) return { record, handle };
  yield* withdraw(port, place, { record, handle });
  return undefined;
}

function* createRecord(place: Place, record: RecordName): Protocol<Handle> {
  const path = inDirectory(place.folder, record.name);
  for (let tries = 1; ; tries++) {
    const there = yield* call("lstat", place.folder);
    if (there !== undefined && there.kind !== "directory") throw inTheWay(place);
    if (tries > 1 || there === undefined) yield* makeFolder(place);
    try {
      return yield* call("open", path, "create", place.recordMode);
    } catch (error) {
      // ESTALE: to FUSE and NFS the folder was another one a moment ago.
      if (!["ENOENT", "ESTALE"].includes(systemCodeOf(error) ?? "") || tries === folderTries) throw error;
    }
  }
}

/** A symbolic link would take our record into a folder that somebody else has chosen. */
function inTheWay({ folder }: Place): UntornError {
  return new UntornError({
    code: "UNTORN_PERMISSION",
    path: folder,
    phase: "lock",
    outcome: "unchanged",
    problem: "there is something else where the lock's folder should be",
    next: "Look who put it there, and remove it.",
  });
}

export function makeFolder({ folder, folderMode }: Place): Protocol<void> {
  return unless("EEXIST", call("mkdir", folder, folderMode));
}

/**
 * Takes our record away; the folder is the caller's to remove. `false` if the record was gone already: the lock had been
 * lost. After a failure the record may stay; this process knows it for dead and removes it when it next wants the lock, and
 * everybody else does as soon as this process has ended.
 */
export function* withdraw(port: Port, place: Place, { record, handle }: Announced): Protocol<boolean> {
  let there: boolean;
  try {
    there = yield* unlinkOwn(port, inDirectory(place.folder, record.name));
  } catch (error) {
    leaveBehind(port, record);
    throw error;
  } finally {
    // After the unlink: while the kernel's lock is on it, nobody takes the record for a dead one.
    yield* call("close", handle);
  }
  return there;
}

function* unlinkOwn(port: Port, path: string): Protocol<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      yield* call("unlink", path);
      return true;
    } catch (error) {
      if (systemCodeOf(error) === "ENOENT") return false;
      // Windows: somebody who reads the record (a virus scanner, a lister) may have it open for a moment. Elsewhere a failure
      // may be one that passes (btrfs and NFS without room), and a record that stays is in everybody's way.
      const { passing, other } = unlinkTries;
      if (tries === (port.traits.replaceMayBeRefused ? passing : other)) throw error;
      yield* pause(port.traits.replaceMayBeRefused ? 10 : 1);
    }
  }
}

/** Somebody else may be in it, or have removed it already. An empty folder that stays is used again and hinders nobody. */
export function removeFolderIfEmpty(folder: string): Protocol<void> {
  return quietly(call("rmdir", folder));
}
