import { systemCodeOf } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { split } from "./target.ts";

/**
 * Makes a directory and those above it that are missing; returns them, outermost first. If the call fails later they
 * stay, empty, as with `mkdir -p`: another process may have begun to use them.
 */
export function* makeDirectories(directory: string): Protocol<string[]> {
  const missing: string[] = [];
  let current = directory;
  while ((yield* call("stat", current)) === undefined) {
    missing.unshift(current);
    const { directory: above } = split(current);
    if (above === current || above === "") break;
    current = above;
  }
  for (const each of missing) {
    try {
      yield* call("mkdir", each, 0o777);
    } catch (error) {
      // Somebody else made it in the meantime. This call relies on it, so it is synced all the same.
      if (systemCodeOf(error) !== "EEXIST") throw error;
    }
  }
  return missing;
}
