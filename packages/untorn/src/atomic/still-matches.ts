import type { Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { otherContent } from "./etag.ts";
import { digestFile } from "./read-file.ts";
import type { Digest } from "./read-file.ts";
import { within } from "./steps.ts";
import type { Target } from "./target.ts";

/** A file changed within this time may have changed again without a sign: FAT counts in 2 s, kernels in ticks. */
const timestampDoubtMs = 3000;

/**
 * The condition once more, right before the commit. Content that was read from this inode with these times is not read
 * again; another writer has replaced it (other inode) or changed it (other ctime). What comes between this look and the
 * rename can only be kept out by a lock.
 */
export function* stillMatches(port: Port, target: Target, seen: Digest | undefined, wanted: string): Protocol<void> {
  const now = yield* within("commit", target.path, "unchanged", call("lstat", target.path));
  if (now === undefined) throw otherContent(target.path, undefined);
  if (seen !== undefined) {
    const { ino, size, ctimeMs } = seen.status;
    const certain = Math.abs(port.clock.now() - ctimeMs) > timestampDoubtMs;
    if (certain && now.ino === ino && now.size === size && now.ctimeMs === ctimeMs) return;
  }
  const { etag } = yield* digestFile(target.path);
  if (etag !== wanted) throw otherContent(target.path, etag);
}
