import { statfsSync } from "node:fs";
import type { Handle } from "./file-system.ts";
import { nativeExtensions } from "./native.ts";

/**
 * One byte far behind the content is locked, because LockFileEx on Windows keeps everybody else from reading the bytes
 * it locks, and the holder's record is there to be read. (flock on macOS locks the whole file and hinders no reader.)
 */
const lockedByte = 2 ** 30;

/**
 * Filesystems that other machines may have mounted too, and that may keep locks to this machine (NFS with `nolock`, CIFS
 * with `nobrl`, most of FUSE and 9p): there "not locked" proves nothing. Values of f_type, statfs(2) and linux/magic.h.
 */
const locksMayStayHere = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x01021997, // 9p
  0x65735546, // FUSE, virtiofs
  0x00c36400, // Ceph
  0x0bd00bd0, // Lustre
  0x5346414f, // AFS
  0x6b414653, // kAFS
  0x73757245, // Coda
  0x7461636f, // OCFS2
  0x01161970, // GFS2
  0x47504653, // GPFS
  0xbacbacbc, // vmhgfs
  0x786f4256, // vboxsf
]);

/** Takes the kernel's lock on an open file, or says who cannot: see `FileSystem.tryLock`. */
export function tryKernelLock(handle: Handle, shared: boolean): boolean {
  const native = nativeExtensions();
  if (native === null) throw refusal("ENOSYS", "no kernel-released locks here");
  if (process.platform === "linux" && !reachesEverybody(handle)) {
    throw refusal("ENOTSUP", "locks on this filesystem may not reach other machines");
  }
  return native.tryLock(handle, lockedByte, 1, { shared });
}

/** Gives the kernel's lock up while the file stays open: see `FileSystem.unlock`. */
export function kernelUnlock(handle: Handle): void {
  nativeExtensions()?.unlock(handle, lockedByte, 1);
}

function reachesEverybody(handle: Handle): boolean {
  try {
    // f_type is signed on 32-bit platforms.
    return !locksMayStayHere.has(statfsSync(`/proc/self/fd/${handle}`).type >>> 0);
  } catch {
    return false;
  }
}

function refusal(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
