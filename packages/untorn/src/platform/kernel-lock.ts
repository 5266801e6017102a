import type { Handle } from "./file-system.ts";
import { nativeExtensions } from "./native.ts";
import { mayBeShared } from "./shared-filesystem.ts";

/**
 * One byte far behind the content is locked, because LockFileEx on Windows keeps everybody else from reading the bytes
 * it locks, and the holder's record is there to be read. (flock on macOS locks the whole file and hinders no reader.)
 */
const lockedByte = 2 ** 30;

/** Takes the kernel's lock on an open file, or says who cannot: see `FileSystem.tryLock`. */
export function tryKernelLock(handle: Handle, shared: boolean): boolean {
  const native = nativeExtensions();
  if (native === null) throw refusal("ENOSYS", "no kernel-released locks here");
  if (process.platform === "linux" && mayBeShared(handle)) {
    throw refusal("ENOTSUP", "locks on this filesystem may not reach other machines");
  }
  return native.tryLock(handle, lockedByte, 1, { shared });
}

/** Gives the kernel's lock up while the file stays open: see `FileSystem.unlock`. */
export function kernelUnlock(handle: Handle): void {
  nativeExtensions()?.unlock(handle, lockedByte, 1);
}

function refusal(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
