import { split, syncEntries, unsyncedFrom, within, writeAll } from "../atomic/index.ts";
import type { Durability } from "../atomic/index.ts";
import { toUntornError, UntornError } from "../platform/index.ts";
import type { Handle, Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

/** Lines that are about to be written at the end of a log. */
export interface Writing {
  readonly path: string;
  /** Open for appending. */
  readonly handle: Handle;
  /** Where the log ends now. */
  readonly size: number;
  readonly lines: Uint8Array;
  /** Whether the log was made for them. */
  readonly created: boolean;
  readonly durability: Durability;
}

/** Writes lines and syncs them as far as they should be; what a failure left of them is taken away again, if that is possible. */
export function* writeLines(port: Port, writing: Writing): Protocol<{ path: string; bytes: number; synced: boolean }> {
  const { path, handle, size, lines, durability } = writing;
  const wanted = size + lines.byteLength;
  let written = 0;
  let bytes: number;
  let synced = false;
  try {
    yield* writeAll(handle, lines, (count) => (written = count), path);
    written = lines.byteLength;
    bytes = (yield* call("fstat", handle)).size;
    // It may have more: a program that takes no lock has appended, too (O_APPEND puts each write at the end, open(2)).
    if (bytes < wanted) {
      const problem = `${wanted} bytes should be there, and there are ${bytes}`;
      throw new UntornError({ code: "UNTORN_SHORT_WRITE", path, phase: "commit", outcome: "unknown", problem });
    }
    // A sync that fails is final: what it was for may be gone although it can still be read, so the record is taken back.
    if (durability !== "off") synced = (yield* within("sync", path, "unknown", call("fsync", handle))) === "synced";
  } catch (error) {
    throw yield* cutBack(writing, written, error);
  }
  if (durability === "full") {
    const { directory } = split(path);
    // Also for a log that is there already: an earlier call may have made its folder and not synced it (`normal`, a failure), and
    // of an empty one nobody knows who has made it.
    const made = yield* within("sync-directory", path, "replaced", unsyncedFrom(port, directory));
    if (size === 0 || made.length > 0) yield* syncEntries(port, directory, path);
  }
  return { path, bytes, synced };
}

/**
 * Takes away what was written so far. Only if there is that and no more since the log ended at `size`: somebody else may append
 * without the lock, before or after it, and that is not cut away with it.
 */
function* cutBack(writing: Writing, written: number, cause: unknown): Protocol<UntornError> {
  const { path, handle, size, created, durability } = writing;
  let problem = "the append failed part of the way, and the file could not be cut back durably";
  try {
    const now = (yield* call("fstat", handle)).size;
    if (now !== size && now !== size + written) {
      problem =
        "the append failed part of the way, and what is in the file is not what it has written, so it was not cut back";
      throw new Error(problem);
    }
    if (now > size) yield* call("truncate", handle, size);
    // Else a power cut could bring back a record of which the caller knows that it is not there.
    if (now > size && durability !== "off") yield* call("fsync", handle);
    if (created && size === 0) yield* call("unlink", path);
    return failure(path, cause);
  } catch {
    return new UntornError({
      code: "UNTORN_IO",
      path,
      phase: "commit",
      outcome: "unknown",
      problem,
      next: "The next append sets a cut-off line at the end aside; `untorn check` shows bad lines.",
      cause: systemError(cause),
    });
  }
}

/** The error of an append after which the file is as it was. */
function failure(path: string, cause: unknown): UntornError {
  if (!(cause instanceof UntornError)) return toUntornError(cause, { path, phase: "commit", outcome: "unchanged" });
  return new UntornError({ code: cause.code, path, phase: "commit", outcome: "unchanged", cause: systemError(cause) });
}

/** What the system has said, where that is known. */
function systemError(cause: unknown): unknown {
  return cause instanceof UntornError ? (cause.cause ?? cause) : cause;
}
