import { systemCodeOf } from "../platform/index.ts";
import { call } from "./protocol.ts";
import type { Protocol } from "./protocol.ts";

/** Runs a part whose failure with this code means that there was nothing to do. */
export function* unless(code: string, part: Protocol<void>): Protocol<void> {
  try {
    yield* part;
  } catch (error) {
    // A path whose directory is not there has no entry either.
    const found = systemCodeOf(error);
    if (found !== code && !(code === "ENOENT" && found === "ENOTDIR")) throw error;
  }
}

/** The names in a directory; none where there is no directory: it may have been removed, or made a file of, since it was listed. */
export function* namesIn(directory: string): Protocol<string[]> {
  try {
    return yield* call("readdir", directory);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCodeOf(error) ?? "")) return [];
    throw error;
  }
}

/** What answers a filesystem without hard links (vfat), one that has them only within a directory, or one with too many on a file. */
const noLinks = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV", "EMLINK"]);

/** Whether an error of link(2) means that there are no hard links here. */
export function isWithoutLinks(error: unknown): boolean {
  return noLinks.has(systemCodeOf(error) ?? "");
}

/** Gives a file a second name; `false` where it cannot have one. */
export function* isLinked(path: string, name: string): Protocol<boolean> {
  try {
    yield* call("link", path, name);
    return true;
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    return false;
  }
}
