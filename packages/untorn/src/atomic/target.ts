import { UntornError } from "../platform/index.ts";
import type { Status } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

/** What to do where the path is a symbolic link: write the file that it points to, replace the link, or refuse. */
export type SymlinkPolicy = "follow" | "replace" | "refuse";

/** The file that will be replaced: after links, in the directory that its temp must share. */
export interface Target {
  readonly path: string;
  readonly directory: string;
  readonly base: string;
  /** What is there now; `undefined` if nothing is. */
  readonly before: Status | undefined;
}

/** Linux gives up after 40 links (path_resolution(7)). */
const linkLimit = 40;

/**
 * Finds the file behind a path. A dangling link leads to the name that it points to, which will be created there.
 * Paths are joined, never normalised: `link/..` is the parent of what the link points to, and only the kernel knows it.
 */
export function* resolveTarget(path: string, policy: SymlinkPolicy): Protocol<Target> {
  let current = absolute(path);
  for (let links = 0; ; links += 1) {
    const before = yield* call("lstat", current);
    if (before?.kind !== "symlink" || policy === "replace") return { ...split(current), before };
    if (policy === "refuse") {
      throw new UntornError({ code: "UNTORN_SYMLINK", path, phase: "resolve", outcome: "unchanged" });
    }
    if (links === linkLimit) {
      throw new UntornError({ code: "UNTORN_SYMLINK_LOOP", path, phase: "resolve", outcome: "unchanged" });
    }
    const text = yield* call("readlink", current);
    current = isAbsolute(text) ? text : `${split(current).directory}${separator}${text}`;
  }
}

const windows = process.platform === "win32";
const separator = windows ? "\\" : "/";

function isAbsolute(path: string): boolean {
  return windows ? /^(?:[a-z]:)?[\\/]/i.test(path) : path.startsWith("/");
}

export function absolute(path: string): string {
  return isAbsolute(path) ? path : `${process.cwd()}${separator}${path}`;
}

/** Directory and name. The directory keeps its last separator only where it is nothing else: `/` stays `/`. */
export function split(path: string): { path: string; directory: string; base: string } {
  const cut = Math.max(path.lastIndexOf("/"), windows ? path.lastIndexOf("\\") : -1);
  const root = cut === 0 || (windows && cut === 2 && path[1] === ":");
  return { path, directory: path.slice(0, root ? cut + 1 : cut), base: path.slice(cut + 1) };
}

export function inDirectory(directory: string, name: string): string {
  return directory.endsWith(separator) ? `${directory}${name}` : `${directory}${separator}${name}`;
}
