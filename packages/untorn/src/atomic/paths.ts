import { win32 } from "node:path";
import { checkPath, invalidArgument, UntornError } from "../platform/index.ts";

/** A path and its two parts; `base` is empty where the path ends in a separator. */
export interface Place {
  readonly path: string;
  readonly directory: string;
  readonly base: string;
}

/** How paths are taken apart and put together. */
export interface PathRules {
  readonly isAbsolute: (path: string) => boolean;
  /** Absolute, as seen from `from`. */
  readonly absolute: (path: string, from: string) => string;
  /** Directory and name. The directory keeps its last separator only where it is nothing else: `/` stays `/`. */
  readonly split: (path: string) => Place;
  readonly inDirectory: (directory: string, name: string) => string;
}

/** POSIX paths are joined, never normalised: `link/..` is the parent of what the link points to, which only the kernel knows. */
export const posixRules: PathRules = {
  isAbsolute: (path) => path.startsWith("/"),
  absolute: (path, from) => (path.startsWith("/") ? path : posixRules.inDirectory(from, path)),
  split(path) {
    const cut = path.lastIndexOf("/");
    return { path, directory: path.slice(0, cut === 0 ? 1 : cut), base: path.slice(cut + 1) };
  },
  inDirectory: (directory, name) => (directory.endsWith("/") ? `${directory}${name}` : `${directory}/${name}`),
};

/** Windows paths have drives with a current directory each, and the system itself takes `..` away before it looks. */
export const windowsRules: PathRules = {
  isAbsolute: (path) => /^(?:[a-z]:)?[\\/]/i.test(path),
  absolute(path, from) {
    const whole = win32.resolve(from, path);
    return /[\\/]$/.test(path) && !whole.endsWith("\\") ? `${whole}\\` : whole;
  },
  split(path) {
    const base = /[^\\/]*$/.exec(path)?.[0] ?? "";
    // `file:stream` names a second content of a file, which no rename can replace.
    if (base.includes(":"))
      throw invalidArgument(path, "the name holds a colon, which Windows takes for an alternate stream");
    const directory = path.slice(0, path.length - base.length);
    return { path, directory: win32.parse(path).root === directory ? directory : directory.slice(0, -1), base };
  },
  inDirectory(directory, name) {
    // A path inside a root comes with `/`, which no name holds.
    const inside = name.replaceAll("/", "\\");
    return /[\\/]$/.test(directory) ? `${directory}${inside}` : `${directory}\\${inside}`;
  },
};

const rules = process.platform === "win32" ? windowsRules : posixRules;

export const { isAbsolute, split, inDirectory } = rules;

/** The absolute path at this moment: what a call means must not change if the process changes its directory later. */
export function absolute(path: string): string {
  checkPath(path);
  if (rules === posixRules && path.startsWith("/")) return path;
  try {
    return rules.absolute(path, process.cwd());
  } catch (cause) {
    const problem = "the process's current directory does not exist any more, so a relative path leads nowhere";
    throw new UntornError({ code: "UNTORN_NOT_FOUND", path, phase: "resolve", outcome: "unchanged", problem, cause });
  }
}
