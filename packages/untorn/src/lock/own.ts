import { dirname } from "node:path";
import { inDirectory } from "../atomic/index.ts";
import type { Port } from "../platform/index.ts";
import { holdsLock } from "./at-exit.ts";
import { folderOf } from "./place.ts";
import { conflict } from "./record.ts";
import { workFolder } from "./work-folder.ts";

/**
 * What this very thread has. A call that blocks it would wait in vain: nothing here goes on meanwhile. It is
 * not asked of the records on disk, which are the same for all threads of a process, and those do go on.
 */

/** Whether a call of this thread is in the way of a lock. `target` is the file itself, symbolic links followed. */
export function ownsLock(port: Port, target: string, shared: boolean): boolean {
  const folder = folderOf(target);
  return holdsLock(port, (held) => held.place.folder === folder && conflict(held, { shared }));
}

/** Whether a transaction of this thread, or its recovery, is at work in a root (without symbolic links): it holds a lock in the work folder. */
export function ownsTransaction(port: Port, root: string): boolean {
  return holdsLock(port, ({ place }) => dirname(place.target) === inDirectory(root, workFolder));
}
