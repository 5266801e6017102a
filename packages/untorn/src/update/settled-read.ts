import { etagOf, readIfAny } from "../atomic/index.ts";
import type { WholeFile } from "../atomic/index.ts";
import type { Port, Status } from "../platform/index.ts";
import { pause, stopwatch } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

/** What was read: the bytes, their etag, and what `parse` made of them. */
export interface Parsed<T> {
  readonly value: T;
  readonly etag: string;
  readonly file: WholeFile;
}

/** A file that does not parse is looked at again this often while it moves, and for this long in all, in milliseconds. */
const lookEveryMs = 20;
const lookForMs = 1_000;
/** So long without a change means that nobody is writing it. */
const quietMs = 60;

/**
 * Reads a file and parses it; `undefined` where there is none, and only there (G7). A foreign program may just be writing it
 * in place: as long as it does not parse, and its size, time or content moves, it is looked at again for a bounded time
 * before the parse error counts.
 */
export function* readSettled<T>(
  port: Port,
  path: string,
  parse: (bytes: Uint8Array) => T,
): Protocol<Parsed<T> | undefined> {
  const elapsed = stopwatch(port.clock);
  let movedAt = 0;
  let last: { readonly status: Status; readonly etag: string } | undefined;
  for (;;) {
    const file = yield* readIfAny(path);
    if (file === undefined) return undefined;
    const etag = etagOf(file.bytes);
    try {
      return { value: parse(file.bytes), etag, file };
    } catch (error) {
      const now = elapsed();
      if (last === undefined ? isFresh(file.status, port.clock.now()) : hasMoved(last, file.status, etag))
        movedAt = now;
      else if (last === undefined) throw error;
      if (now - movedAt >= quietMs || now >= lookForMs) throw error;
      last = { status: file.status, etag };
    }
    yield* pause(lookEveryMs);
  }
}

/** A file that was last changed long before it was read is not being written. */
function isFresh(status: Status, nowMs: number): boolean {
  return Math.abs(nowMs - status.mtimeMs) < lookForMs;
}

function hasMoved(last: { readonly status: Status; readonly etag: string }, now: Status, etag: string): boolean {
  return last.etag !== etag || last.status.ino !== now.ino || last.status.mtimeMs !== now.mtimeMs;
}
