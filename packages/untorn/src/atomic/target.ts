import { UntornError } from "../platform/index.ts";
import type { Status } from "../platform/index.ts";
import { call, textOfLink } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { inDirectory, isAbsolute, split } from "./paths.ts";
import type { Place } from "./paths.ts";

/** What to do where the path is a symbolic link: write the file that it points to, replace the link, or refuse. */
export type SymlinkPolicy = "follow" | "replace" | "refuse";

/** The file that will be replaced: after links, in the directory that its temp must share. */
export interface Target extends Place {
  /** What is there now; `undefined` if nothing is. */
  readonly before: Status | undefined;
  /** The symbolic links that lead to it, outermost first. */
  readonly links: readonly string[];
}

/** Linux gives up after 40 links (path_resolution(7)). */
const linkLimit = 40;

const noLinks: readonly string[] = [];

/** Finds the file behind an absolute path. A dangling link leads to the name that it points to, which will be created there. */
export function* resolveTarget(path: string, policy: SymlinkPolicy): Protocol<Target> {
  let current = path;
  let links = noLinks;
  for (;;) {
    const before = yield* call("lstat", current);
    if (before?.kind !== "symlink" || policy === "replace") {
      const { directory, base } = split(current);
      return { path: current, directory, base, before, links };
    }
    if (policy === "refuse") {
      throw new UntornError({ code: "UNTORN_SYMLINK", path, phase: "resolve", outcome: "unchanged" });
    }
    if (links.length === linkLimit) {
      throw new UntornError({ code: "UNTORN_SYMLINK_LOOP", path, phase: "resolve", outcome: "unchanged" });
    }
    links = [...links, current];
    const text = yield* textOfLink(current, split(current).directory, path);
    current = isAbsolute(text) ? text : inDirectory(split(current).directory, text);
  }
}
