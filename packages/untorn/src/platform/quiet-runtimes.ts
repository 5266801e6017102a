// What Bun and Deno do differently from Node where a guarantee would suffer (docs/platforms.md); measured with Bun 1.4 and Deno 2.9.
import { closeSync, fsyncSync, lstatSync, readlinkSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { systemCodeOf } from "./errors.ts";
import type { Handle } from "./file-system.ts";
import { mayBeShared } from "./shared-filesystem.ts";

/** What an fsync may answer where the filesystem has no such operation; anything else is a failure. */
export const syncUnsupported = new Set(["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** What closing needs of the system. */
export interface Closing {
  readonly close: (handle: Handle) => void;
  readonly fsync: (handle: Handle) => void;
  readonly mayBeShared: (handle: Handle) => boolean;
}

/** Closes files; told what is written and synced in between, it knows what a close still has to say. */
export interface Closer {
  readonly written: (handle: Handle) => void;
  readonly synced: (handle: Handle) => void;
  readonly close: (handle: Handle) => void;
}

/**
 * NFS, SMB and some of FUSE report a full disk only at fsync(2) or, without one, at close(2), and Bun and Deno drop the error
 * of a close. There a file that was written and not synced (durability 'off') is synced before it is closed, for the error's sake.
 */
export function closerThatTells(system: Closing): Closer {
  const unsynced = new Set<Handle>();
  return {
    written: (handle) => void unsynced.add(handle),
    synced: (handle) => void unsynced.delete(handle),
    close(handle) {
      let failure: { error: unknown } | undefined;
      if (unsynced.delete(handle) && system.mayBeShared(handle)) {
        try {
          system.fsync(handle);
        } catch (error) {
          if (!syncUnsupported.has(systemCodeOf(error) ?? "")) failure = { error };
        }
      }
      system.close(handle);
      if (failure !== undefined) throw failure.error;
    },
  };
}

const plainCloser: Closer = { written: () => undefined, synced: () => undefined, close: closeSync };

const { bun, deno } = process.versions;

/** How this runtime closes. */
export const closer: Closer =
  bun === undefined && deno === undefined
    ? plainCloser
    : closerThatTells({ close: closeSync, fsync: fsyncSync, mayBeShared });

/** Deno removes an empty directory where unlink(2) refuses to (EISDIR, POSIX: EPERM). */
export function refuseDirectory(path: string): void {
  if (deno === undefined || lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  const error = new Error(`EISDIR: illegal operation on a directory, unlink '${path}'`);
  throw Object.assign(error, { code: "EISDIR", syscall: "unlink", path });
}

/** Deno's own call behind rmdir removes files, too; what stands before it there is not left to another version. */
export function refuseFile(path: string): void {
  if (deno === undefined || lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== false) return;
  const error = new Error(`ENOTDIR: not a directory, rmdir '${path}'`);
  throw Object.assign(error, { code: "ENOTDIR", syscall: "rmdir", path });
}

const linksMax = 40;

/**
 * Bun opens the file and asks the kernel for its name. A file that others replace or move in between has none any more (ENOENT
 * for one that is there at every instant), or another one, which is the wrong answer. So there only folders are asked for, and a
 * file's own name is put behind its folder's; elsewhere that is done where the system says that there is no such file.
 */
export function canonicalPath(
  realpath: (path: string) => string,
  always = bun !== undefined && process.platform !== "win32",
): (path: string) => string {
  /** Through as many links as the kernel follows (path_resolution(7)), then it is left to the kernel to refuse them. */
  const byName = (path: string, links: number): string => {
    const status = lstatSync(path);
    if (status.isDirectory() || links > linksMax) return realpath(path);
    if (!status.isSymbolicLink()) return join(realpath(dirname(path)), basename(path));
    const target = targetOf(path);
    // Not `join`, by which `link/..` is not where the link leads.
    return byName(isAbsolute(target) ? target : `${dirname(path)}/${target}`, links + 1);
  };
  return (path) => {
    if (always) return byName(path, 0);
    try {
      return realpath(path);
    } catch (error) {
      if (systemCodeOf(error) === "ENOENT") return byName(path, 0);
      throw error;
    }
  };
}

/** Where a link leads; to itself, if it is a file by now. */
function targetOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (systemCodeOf(error) === "EINVAL") return basename(path);
    throw error;
  }
}
