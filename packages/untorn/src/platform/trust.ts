import type { Status } from "./file-system.ts";

/** Set-user-ID, set-group-ID and sticky bit are among the mode's bits (inode(7)). */
const sticky = 0o1000;

/**
 * Whether something in a directory is somebody's who has no say there: not ours, not root's, not the directory's owner's.
 * In a directory without the sticky bit, whoever may add an entry may replace every other one as well (unlink(2)), so there
 * nobody is a stranger: who has been let in is trusted. Windows has no numbers for users.
 */
export function isForeign(directory: Pick<Status, "uid" | "mode">, entry: Pick<Status, "uid">): boolean {
  if ((directory.mode & sticky) === 0 || process.getuid === undefined) return false;
  return entry.uid !== 0 && entry.uid !== directory.uid && entry.uid !== process.getuid();
}
