import { makeDirectories, quietly, resolveTarget, split, within, writeAll } from "../atomic/index.ts";
import type { Durability } from "../atomic/index.ts";
import { acquire, release } from "../lock/index.ts";
import type { AcquireOptions } from "../lock/index.ts";
import { toUntornError, UntornError } from "../platform/index.ts";
import type { Handle, Port, Status } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { keepBytes, workFolderOf } from "../quarantine/index.ts";

export interface AppendOptions {
  /** Default `full`: content and, for a new file, its directory are synced. */
  readonly durability?: Durability;
  /** Make missing directories. */
  readonly mkdir?: boolean;
  /** How long to wait for the lock, in milliseconds. Default 10,000. */
  readonly lockTimeoutMs?: number;
}

export interface AppendReceipt {
  readonly path: string;
  /** Size of the file after the append, in bytes. */
  readonly bytes: number;
  readonly created: boolean;
  readonly synced: boolean;
  /** Where the last line went if it had been cut off: it is never glued to the next record. */
  readonly setAside: string | undefined;
}

export interface AppendRequest {
  readonly path: string;
  /** Whole lines, each with its line end. */
  readonly bytes: Uint8Array;
  /** What an unterminated last line is: a whole record that lacks its line end, or one that was cut off. */
  readonly judgeTail: (lastLine: Uint8Array) => "unterminated" | "torn";
  readonly options: AppendOptions;
  readonly blocking: boolean;
  readonly settle: AcquireOptions["settle"];
}

/** The end of a file is read back in steps of this many bytes until a line end is found. */
const tailStepBytes = 64 * 1024;

/**
 * Appends whole lines in one write, at the end as it is under the lock. If it fails, the file is cut back to what it was;
 * a line that an earlier crash cut off is copied aside, synced, before it is cut away.
 */
export function* appendProtocol(port: Port, request: AppendRequest): Protocol<AppendReceipt> {
  const { path, options, settle, blocking } = request;
  const target = yield* within("resolve", path, "unchanged", resolveTarget(path, "follow"));
  if (options.mkdir === true) yield* within("stage", path, "unchanged", makeDirectories(port, target.directory));
  const purpose = "append";
  const held = yield* acquire(port, path, { timeoutMs: options.lockTimeoutMs, purpose, settle, blocking });
  try {
    const created = (yield* within("resolve", path, "unchanged", call("lstat", target.path))) === undefined;
    const reader = created ? undefined : yield* within("stage", path, "unchanged", openTail(target.path));
    const handle = yield* within("stage", path, "unchanged", call("open", target.path, "append", 0o666));
    try {
      return yield* append(handle, reader, { ...request, path: target.path }, created);
    } finally {
      yield* quietly(call("close", handle));
      if (reader !== undefined) yield* quietly(call("close", reader.handle));
    }
  } finally {
    yield* quietly(release(port, held));
  }
}

interface Reader {
  readonly handle: Handle;
  readonly status: Status;
}

function* openTail(path: string): Protocol<Reader> {
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

function* append(
  handle: Handle,
  reader: Reader | undefined,
  { path, bytes, judgeTail, options }: AppendRequest,
  created: boolean,
): Protocol<AppendReceipt> {
  const { durability = "full" } = options;
  let size = reader?.status.size ?? 0;
  let setAside: string | undefined;
  let lines = bytes;
  const tail = reader === undefined ? undefined : yield* within("read", path, "unchanged", lastLine(reader));
  if (tail !== undefined && tail.byteLength > 0) {
    if (judgeTail(tail) === "torn") {
      setAside = yield* within(
        "stage",
        path,
        "unchanged",
        keepBytes(workFolderOf(path), tail, `${split(path).base}.torn`),
      );
      size -= tail.byteLength;
      yield* within("stage", path, "unchanged", call("truncate", handle, size));
    } else lines = Buffer.concat([Buffer.from("\n"), bytes]);
  }
  try {
    yield* writeAll(handle, lines, () => {}, path);
    const after = yield* call("fstat", handle);
    if (after.size !== size + lines.byteLength) {
      const problem = `${size + lines.byteLength} bytes should be there, and there are ${after.size}`;
      throw new UntornError({ code: "UNTORN_SHORT_WRITE", path, phase: "commit", outcome: "unknown", problem });
    }
  } catch (error) {
    throw yield* cutBack(handle, size, path, error);
  }
  let synced = false;
  if (durability !== "off") synced = (yield* within("sync", path, "replaced", call("fsync", handle))) === "synced";
  if (created && durability === "full") {
    yield* within("sync-directory", path, "replaced", call("syncDirectory", split(path).directory));
  }
  return { path, bytes: size + lines.byteLength, created, synced, setAside };
}

/** What follows the last line end; empty if the file ends with one. */
function* lastLine({ handle, status }: Reader): Protocol<Uint8Array> {
  let tail: Uint8Array = new Uint8Array(0);
  for (let end = status.size; end > 0;) {
    const start = Math.max(0, end - (tail.byteLength === 0 ? 1 : tailStepBytes));
    const piece = new Uint8Array(end - start);
    for (let filled = 0; filled < piece.byteLength;) {
      const count = yield* call("read", handle, piece.subarray(filled), start + filled);
      if (count === 0) break;
      filled += count;
    }
    const lineEnd = piece.lastIndexOf(10);
    tail = Buffer.concat([piece.subarray(lineEnd + 1), tail]);
    if (lineEnd !== -1) break;
    end = start;
  }
  return tail;
}

function* cutBack(handle: Handle, size: number, path: string, cause: unknown): Protocol<UntornError> {
  try {
    yield* call("truncate", handle, size);
    return toUntornError(cause, { path, phase: "commit", outcome: "unchanged" });
  } catch {
    return new UntornError({
      code: "UNTORN_IO",
      path,
      phase: "commit",
      outcome: "unknown",
      problem: "the append failed part of the way, and the file could not be cut back",
      next: "The next append sets the cut-off line aside; `untorn recover` shows it.",
      cause,
    });
  }
}
