import { statfsSync } from "node:fs";
import type { Handle } from "./file-system.ts";

/**
 * Filesystems behind which there may be a server. They may keep locks to this machine (NFS with `nolock`, CIFS with `nobrl`,
 * most of FUSE and 9p), so that "not locked" proves nothing, and may find out that the disk is full only when a file is
 * synced or closed. Values of f_type, statfs(2) and linux/magic.h.
 */
const shared = new Set([
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

/** Whether an open file may be on a filesystem that other machines have mounted, too; also where that cannot be told (Linux). */
export function mayBeShared(handle: Handle): boolean {
  try {
    // f_type is signed on 32-bit platforms.
    return shared.has(statfsSync(`/proc/self/fd/${handle}`).type >>> 0);
  } catch {
    return true;
  }
}
