import { checkOptions, optionNames } from "../atomic/index.ts";
import { checkPath, invalidArgument } from "../platform/index.ts";
import type { LockHolder, Port } from "../platform/index.ts";
import { runAsync, runSync } from "../protocol/index.ts";
import { acquire } from "./acquire.ts";
import { HeldFileLock } from "./handle.ts";
import type { FileLock } from "./handle.ts";
import { breakLockOf, lockList } from "./list.ts";
import type { LockList } from "./list.ts";
import type { AcquireOptions, LockOptions } from "./options.ts";

export { acquire, assertHeld, conflictingHolders, release } from "./acquire.ts";
export type { Held } from "./acquire.ts";
export type { FileLock } from "./handle.ts";
export { holdersOf } from "./list.ts";
export type { ListedLock, LockList } from "./list.ts";
export { holderSentence } from "./locked-error.ts";
export type { AcquireOptions, LockOptions } from "./options.ts";
export { ownsLock, ownsTransaction } from "./own.ts";
export { lockedName, lockFolderName } from "./place.ts";
export type { LockReport } from "./reports.ts";
export { committingAbove, journalsIn, transactionOf } from "./standing-journal.ts";
export { assertOwnWorkFolder, isOthersWorkFolder, workFolder } from "./work-folder.ts";

export interface Locks {
  /**
   * Takes the lock of a file, which need not exist; every alias of it through symbolic links has the same lock. While it is
   * held there is a folder `.NAME.untorn.lock` beside the file, and nothing when it is not. It is advisory: only those who
   * take it keep to it.
   *
   * A lock is never taken from a process that may be alive, however long it has been stopped. A holder that is killed
   * frees it: at once where the kernel keeps the lock (`fs-native-extensions`, open-file-description locks, fcntl(2)), else as soon
   * as its pid is proven gone; a holder on another host, boot or pid namespace, of which nothing is proven, keeps it.
   *
   * @throws UntornError UNTORN_LOCKED with `holders` when it cannot be had in `timeoutMs`; UNTORN_ABORTED; UNTORN_NOT_FOUND if the
   * file's folder does not exist; UNTORN_PERMISSION if it may not be written. After any of them nothing of this call is on disk.
   *
   *     await using held = await lock("registry.json", { purpose: "register WI-001" });
   */
  readonly lock: (path: string, options?: LockOptions) => Promise<FileLock>;
  /**
   * Calls `work` while the lock is held, and releases it however that ends. If `work` fails, its error is thrown. Where the system
   * refuses the release, the lock is free once this process has ended, and nothing is thrown: the work is done.
   */
  readonly withLock: <T>(path: string, options: LockOptions, work: (held: FileLock) => T | Promise<T>) => Promise<T>;
  /**
   * As `lock`, blocking the thread while it waits. It never waits for a call of its own process, which could not go on
   * meanwhile: then it throws UNTORN_LOCKED at once. Release it with `[Symbol.dispose]()` or `release()`.
   */
  readonly lockSync: (path: string, options?: LockOptions) => FileLock;
  /** Who holds which lock in a folder and below, or of one file. Bounded to a million entries and 64 folders deep; changes nothing. */
  readonly listLocks: (path: string) => Promise<LockList>;
  /**
   * Takes the lock from its holders, alive or not, and returns them. The robbed holder's next `assertHeld` throws, and its
   * `signal` aborts; until then it does not know.
   */
  readonly breakLock: (path: string) => Promise<readonly LockHolder[]>;
}

/** The locks of one port; `settle` completes what a crashed transaction left in a root (see `AcquireOptions`). */
export function lockOn(port: Port, settle?: AcquireOptions["settle"]): Locks {
  const lock = async (path: string, options: LockOptions = {}): Promise<FileLock> => {
    checkOptions(path, options, optionNames.lock);
    return new HeldFileLock(port, await runAsync(port, acquire(port, path, { ...options, blocking: false, settle })));
  };
  return {
    lock,
    withLock: async (path, options, work) => {
      if (typeof work !== "function") throw invalidArgument(path, "what is done under the lock is a function");
      const held = await lock(path, options);
      try {
        return await work(held);
      } finally {
        // How the work has ended is what the caller needs to know: an error of the release would hide it.
        await held.release().catch(() => undefined);
      }
    },
    lockSync: (path, options = {}) => {
      checkOptions(path, options, optionNames.lock);
      return new HeldFileLock(port, runSync(port, acquire(port, path, { ...options, blocking: true, settle })));
    },
    listLocks: async (path) => {
      checkPath(path);
      return runAsync(port, lockList(port, path));
    },
    breakLock: async (path) => {
      checkPath(path);
      return runAsync(port, breakLockOf(port, path));
    },
  };
}
