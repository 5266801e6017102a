import type { Port } from "../platform/index.ts";
import { runSync } from "../protocol/index.ts";
import { absolute, resolveTarget, split } from "./target.ts";
import type { SymlinkPolicy, Target } from "./target.ts";

/** Where a path leads at this moment, and the keys by which calls for the same file find each other. */
export interface Located {
  readonly target: Target | undefined;
  readonly keys: readonly string[];
}

/**
 * Looks a path up at the time of the call. The key of a file is its directory's identity and its name with case folded:
 * on a filesystem that tells case apart, two files share a key now and then, and only wait for each other. A symbolic
 * link adds its own key, so that a call through it and a call that replaces it keep their order.
 */
export function locate(port: Port, path: string, policy: SymlinkPolicy): Located {
  try {
    const target = runSync(port, resolveTarget(path, policy));
    const own = keyOf(port, split(absolute(path)));
    const key = target.path === absolute(path) ? own : keyOf(port, target);
    return { target, keys: key === own ? [key] : [key, own] };
  } catch {
    // The call itself will meet the same error and say what is wrong.
    return { target: undefined, keys: [fold(absolute(path))] };
  }
}

/** The key of the entry itself: a link is not followed. */
export function entryKey(port: Port, path: string): string {
  return keyOf(port, split(absolute(path)));
}

function keyOf(
  port: Port,
  place: { readonly path: string; readonly directory: string; readonly base: string },
): string {
  try {
    const directory = port.fs.stat(place.directory);
    if (directory !== undefined) return `${directory.dev}:${directory.ino}/${fold(place.base)}`;
  } catch {}
  return fold(place.path);
}

function fold(name: string): string {
  return name.normalize("NFC").toLowerCase();
}
