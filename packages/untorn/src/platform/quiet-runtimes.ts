// What Bun and Deno do differently from Node where a guarantee would suffer (docs/platforms.md); measured with Bun 1.4 and Deno 2.9.
import { closeSync, fsyncSync, lstatSync } from "node:fs";
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

const triesMax = 100;

/**
 * Bun opens the file and asks the kernel for its name, which it has none any more if it was replaced in between: ENOENT for a
 * file that is there at every instant. It is asked again as long as there is an entry.
 */
export function persistently(realpath: (path: string) => string): (path: string) => string {
  return (path) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return realpath(path);
      } catch (error) {
        const fleeting = tries < triesMax && systemCodeOf(error) === "ENOENT";
        if (!fleeting || lstatSync(path, { throwIfNoEntry: false }) === undefined) throw error;
      }
    }
  };
}
