import type { Port } from "../platform/index.ts";
import { runSync } from "../protocol/index.ts";
import { split } from "./paths.ts";
import { resolveTarget } from "./target.ts";
import type { SymlinkPolicy, Target } from "./target.ts";

/** Where a path leads at this moment, and the keys by which calls for the same file find each other. */
export interface Located {
  readonly target: Target | undefined;
  readonly keys: readonly string[];
}

/**
 * Looks a path up at the time of the call. The key of a file is its directory's identity and its name with case folded:
 * on a filesystem that tells case apart, two files share a key now and then, and only wait for each other. Symbolic
 * links on the way add their own keys, so that a call through a link and one that replaces it keep their order.
 */
export function locate(port: Port, path: string, policy: SymlinkPolicy, depth: number): Located {
  try {
    const target = runSync(port, resolveTarget(path, policy));
    const keys = [target.path, ...target.links].flatMap((each) => entryKeys(port, each, depth));
    return { target, keys: keys.length === 1 ? keys : [...new Set(keys)] };
  } catch {
    // The call itself will meet the same error and say what is wrong.
    return { target: undefined, keys: [fold(path)] };
  }
}

/**
 * The keys of the entry itself: a link is not followed. Where its directory is missing, a call under way may be about to
 * make it: the entry then goes by the name that it has as seen from the nearest directory that is there. `depth` says
 * how long such names of calls under way are; a call that finds the directory made adds its own names of that length.
 */
export function entryKeys(port: Port, path: string, depth: number): string[] {
  const keys: string[] = [];
  let { directory, base } = split(path);
  let name = fold(base);
  for (let length = 1; ; length += 1) {
    const identity = identityOf(port, directory);
    if (identity !== undefined) {
      keys.push(`${identity}/${name}`);
      if (length >= depth) return keys;
    }
    const above = directory.length;
    ({ directory, base } = split(directory));
    if (directory.length >= above || directory === "") return keys.length > 0 ? keys : [fold(path)];
    name = `${fold(base)}/${name}`;
  }
}

/** How many parts the name in a key has: more than one where the directory was missing. */
export function keyDepth(key: string): number {
  let depth = 0;
  for (let at = key.indexOf("/"); at !== -1; at = key.indexOf("/", at + 1)) depth += 1;
  return depth;
}

function identityOf(port: Port, directory: string): string | undefined {
  try {
    const status = port.fs.stat(directory);
    return status && `${status.dev}:${status.ino}`;
  } catch {
    return undefined;
  }
}

/** One spelling for all that may be one name where letter case does not count. Upper case first: it makes one of `ß` and `SS`, and of the sigmas. */
export function fold(name: string): string {
  return name.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}
