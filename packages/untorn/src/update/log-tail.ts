import { inDirectory, quietly, split, writeAll } from "../atomic/index.ts";
import { UntornError } from "../platform/index.ts";
import type { Handle, Status } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

/** A log that is open for reading, and what it was when it was opened. */
export interface OpenLog {
  readonly handle: Handle;
  readonly status: Status;
}

/** Opens a log for reading; what is no regular file is refused. The caller closes it. */
export function* openLog(path: string): Protocol<OpenLog> {
  const handle = yield* call("open", path, "read", 0);
  try {
    const status = yield* call("fstat", handle);
    if (status.kind === "file") return { handle, status };
    const code = status.kind === "directory" ? "UNTORN_IS_DIRECTORY" : "UNTORN_NOT_A_FILE";
    throw new UntornError({ code, path, phase: "resolve", outcome: "unchanged" });
  } catch (error) {
    yield* quietly(call("close", handle));
    throw error;
  }
}

/** The end of a file is read back in steps of this many bytes until a line end is found. */
const tailStepBytes = 64 * 1024;

/** What follows the last line end; empty if the file ends with one. */
export function* lastLine({ handle, status }: OpenLog): Protocol<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let end = status.size; end > 0;) {
    const start = Math.max(0, end - (pieces.length === 0 ? 1 : tailStepBytes));
    const piece = yield* readPiece(handle, start, end - start);
    const lineEnd = piece.lastIndexOf(10);
    pieces.unshift(piece.subarray(lineEnd + 1));
    if (lineEnd !== -1) break;
    end = start;
  }
  return Buffer.concat(pieces);
}

/** Up to so many bytes from a place on; fewer only at the end of the file. */
export function* readPiece(handle: Handle, start: number, bytes: number): Protocol<Uint8Array> {
  const piece = new Uint8Array(bytes);
  let filled = 0;
  while (filled < bytes) {
    const count = yield* call("read", handle, piece.subarray(filled), start + filled);
    if (count === 0) break;
    filled += count;
  }
  return piece.subarray(0, filled);
}

/** A copy of a line that was cut off, private and synced, in the folder for what must not be lost (G9). */
export function* keepAside(path: string, bytes: Uint8Array): Protocol<string> {
  const { directory, base } = split(path);
  const work = inDirectory(directory, ".untorn");
  const folder = inDirectory(work, "quarantine");
  for (const each of [work, folder]) if ((yield* call("lstat", each)) === undefined) yield* call("mkdir", each, 0o700);
  for (let number = 1; ; number += 1) {
    const kept = inDirectory(folder, `${base.slice(0, 200)}.torn-${number}`);
    if ((yield* call("lstat", kept)) !== undefined) continue;
    const handle = yield* call("open", kept, "create", 0o600);
    try {
      yield* writeAll(handle, bytes, () => {}, kept);
      yield* call("fsync", handle);
    } catch (error) {
      yield* quietly(call("unlink", kept));
      throw error;
    } finally {
      yield* quietly(call("close", handle));
    }
    for (const each of [folder, work, directory]) yield* call("syncDirectory", each);
    return kept;
  }
}
