import { rootIno } from "./volume.ts";
import type { Inode, Volume } from "./volume.ts";

/** Limits of Linux: limits.h NAME_MAX and PATH_MAX, and path_resolution(7) for the symlinks. */
const nameBytesMax = 255;
const pathBytesMax = 4096;
const symlinksMax = 40;

/** Who asks. */
export interface Walker {
  readonly volume: Volume;
  readonly cwd: string;
  /** Whether this process may search, read or write an inode: bits of an `rwx` triple. */
  permits(inode: Inode, bits: number): boolean;
}

/** Where a path leads: the last directory, the last name in it, and what that names, if anything. */
export interface Place {
  readonly directory: number;
  /** Empty if the path ends in `.`, `..` or is the root: such a place can be looked at but not made or removed. */
  readonly name: string;
  readonly ino: number | undefined;
  /** The path ended in a slash. */
  readonly slash: boolean;
}

/**
 * Follows a path as the kernel does (path_resolution(7)): `..` is taken from where a symlink has led to, not from the
 * text, a trailing slash follows the last symlink, 40 symlinks are a loop.
 */
export function walk(walker: Walker, path: string, followLast: boolean, fail: (code: string) => never): Place {
  if (path === "") fail("ENOENT");
  if (path.length > pathBytesMax / 4 && Buffer.byteLength(path) >= pathBytesMax) fail("ENAMETOOLONG");
  const { volume } = walker;
  const slash = path.endsWith("/");
  let parts = split(path.startsWith("/") ? path : `${walker.cwd}/${path}`);
  let directory = volume.get(rootIno);
  let symlinks = 0;
  for (let index = 0; ; index += 1) {
    if (index >= parts.length) return { directory: directory.ino, name: "", ino: directory.ino, slash };
    const part = parts[index] as string;
    const last = index === parts.length - 1;
    if (!walker.permits(directory, 1)) fail("EACCES");
    if (part === ".") continue;
    if (part === "..") {
      directory = volume.get(directory.parent);
      continue;
    }
    if (part.length > nameBytesMax / 4 && Buffer.byteLength(part) > nameBytesMax) fail("ENAMETOOLONG");
    const entry = directory.entries.get(volume.key(part));
    if (entry === undefined) {
      if (!last) fail("ENOENT");
      return { directory: directory.ino, name: part, ino: undefined, slash };
    }
    const inode = volume.get(entry.ino);
    if (inode.kind === "symlink" && (!last || followLast || slash)) {
      symlinks += 1;
      if (symlinks > symlinksMax) fail("ELOOP");
      parts = [...split(inode.target), ...parts.slice(index + 1)];
      if (inode.target.startsWith("/")) directory = volume.get(rootIno);
      index = -1;
      continue;
    }
    if (last) {
      if (slash && inode.kind !== "directory") fail("ENOTDIR");
      return { directory: directory.ino, name: part, ino: inode.ino, slash };
    }
    if (inode.kind !== "directory") fail("ENOTDIR");
    directory = inode;
  }
}

/** The canonical path of a directory. */
export function pathOf(volume: Volume, ino: number): string {
  const names: string[] = [];
  for (let at = ino; at !== rootIno;) {
    const parent = volume.get(volume.get(at).parent);
    const entry = [...parent.entries.values()].find((candidate) => candidate.ino === at);
    names.unshift(entry?.name ?? "(removed)");
    at = parent.ino;
  }
  return `/${names.join("/")}`;
}

function split(path: string): string[] {
  const parts: string[] = [];
  for (let start = 0; start < path.length;) {
    const slash = path.indexOf("/", start);
    const end = slash === -1 ? path.length : slash;
    if (end > start) parts.push(path.slice(start, end));
    start = end + 1;
  }
  return parts;
}
