import { makeDirectories, openRegular, quietly, reportedWrite, resolveTarget, split, within } from "../atomic/index.ts";
import type { Durability, OpenFile } from "../atomic/index.ts";
import { acquire, assertHeld, release } from "../lock/index.ts";
import type { AcquireOptions, Held } from "../lock/index.ts";
import { isUntornError, printable, UntornError, withSentence } from "../platform/index.ts";
import type { Handle, Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { keepBytes, workFolderOf } from "../quarantine/index.ts";
import { cutToNewest } from "./cut-log.ts";
import type { Limits, Retain } from "./cut-log.ts";
import { lookAtTail } from "./log-tail.ts";
import type { JudgeLine, Tail } from "./log-tail.ts";
import { writeLines } from "./write-lines.ts";

export interface AppendOptions extends Limits {
  /** Default `full`: content and, for a new file, its directory are synced, and those that were made for it. */
  readonly durability?: Durability;
  /** Make missing directories. */
  readonly mkdir?: boolean;
  /** Honoured while waiting for the lock. */
  readonly signal?: AbortSignal;
  /** How long to wait for the lock, in milliseconds. Default 10,000. */
  readonly lockTimeoutMs?: number;
}

/** What an append has done. */
export interface AppendReceipt {
  readonly path: string;
  /** Size of the file after the append, in bytes. */
  readonly bytes: number;
  readonly created: boolean;
  readonly synced: boolean;
  /** Where the last line went if it had been cut off: it is never glued to the next record. */
  readonly setAside: string | undefined;
  /** How many old records went because of `maxEntries` or `maxBytes`. */
  readonly droppedEntries: number;
}

export interface AppendRequest {
  readonly path: string;
  /** Whole lines, each with its line end. */
  readonly bytes: Uint8Array;
  readonly judge: JudgeLine;
  readonly retain: Retain;
  readonly options: AppendOptions;
  readonly blocking: boolean;
  readonly settle: AcquireOptions["settle"];
}

/**
 * Appends whole lines in one write, at the end as it is under the lock. If it fails, the file is cut back to what it was;
 * a line that an earlier crash cut off is copied aside, synced, before it is cut away, and stays away if the write then fails:
 * the receipt or the error says where it is. What a program that takes no lock appends meanwhile is not cut away with either.
 */
export function appendProtocol(port: Port, request: AppendRequest): Protocol<AppendReceipt> {
  const { path, bytes, options } = request;
  const facts = { operation: "append", path, durability: options.durability ?? "full" } as const;
  return reportedWrite(append(port, request), facts, (receipt) => {
    return { path: receipt.path, changed: true, bytes: bytes.byteLength, attempts: 1 };
  });
}

/** So often the end of a log is looked at while programs that take no lock go on appending. */
const lookLimit = 10;

function* append(port: Port, request: AppendRequest): Protocol<AppendReceipt> {
  const { path, options, settle, blocking } = request;
  const target = yield* within("resolve", path, "unchanged", resolveTarget(path, "follow"));
  if (options.mkdir === true) yield* within("stage", path, "unchanged", makeDirectories(port, target.directory));
  const { signal, lockTimeoutMs: timeoutMs } = options;
  const held = yield* acquire(port, path, { timeoutMs, signal, purpose: "append", settle, blocking, mayRest: true });
  try {
    for (let look = 1; ; look += 1) {
      const log = yield* within("stage", path, "unchanged", openIfAny(target.path));
      try {
        const isLast = look === lookLimit;
        const receipt = yield* appendUnderLock(port, held, log, { ...request, path: target.path }, isLast);
        if (receipt !== undefined) return receipt;
      } finally {
        if (log !== undefined) yield* quietly(call("close", log.handle));
      }
    }
  } finally {
    yield* quietly(release(port, held));
  }
}

const noTail: Tail = { bytes: new Uint8Array(0), state: "good" };

function* openIfAny(path: string): Protocol<OpenFile | undefined> {
  return (yield* call("lstat", path)) === undefined ? undefined : yield* openRegular(path, "resolve");
}

/** `undefined`: the log is not what was looked at any more, so the look is worth another. */
function* appendUnderLock(
  port: Port,
  held: Held,
  log: OpenFile | undefined,
  request: AppendRequest,
  isLast: boolean,
): Protocol<AppendReceipt | undefined> {
  const { path, bytes, judge, options } = request;
  const tail = log === undefined ? noTail : yield* within("read", path, "unchanged", lookAtTail(log, judge));
  const torn = tail.state === "torn";
  const lines = tail.state === "unterminated" ? Buffer.concat([Buffer.from("\n"), bytes]) : bytes;
  let size = (log?.status.size ?? 0) - (torn ? tail.bytes.byteLength : 0);
  yield* assertHeld(held);
  const setAside = torn
    ? yield* within("stage", path, "unchanged", keepBytes(workFolderOf(path), tail.bytes, `${split(path).base}.torn`))
    : undefined;
  const cut = log === undefined ? undefined : yield* cutToNewest(port, held, log, { ...request, size, bytes: lines });
  if (cut !== undefined) return { ...cut, created: false, setAside };
  const handle = yield* within("stage", path, "unchanged", call("open", path, "append", 0o666));
  let open = true;
  try {
    const grown = log === undefined ? undefined : yield* within("stage", path, "unchanged", changedSince(log, handle));
    if (grown !== undefined) {
      if (!isLast) return undefined;
      if (torn) throw neverStill(path);
      // Nothing is to be cut away, and the lines go behind whatever is there (O_APPEND).
      size = grown;
    }
    if (torn) yield* within("stage", path, "unchanged", call("truncate", handle, size));
    const { durability = "full" } = options;
    const after = yield* writeLines(port, { path, handle, size, lines, created: log === undefined, durability });
    if (!after.synced) {
      // NFS and SMB report a full disk here, if nothing was synced before (close(2)).
      open = false;
      yield* within("commit", path, "unknown", call("close", handle));
    }
    return { ...after, created: log === undefined, setAside, droppedEntries: 0 };
  } catch (error) {
    if (setAside === undefined || !isUntornError(error)) throw error;
    throw withSentence(error, `The log's last line, which a crash had cut off, is kept in ${printable(setAside)}.`);
  } finally {
    if (open) yield* quietly(call("close", handle));
  }
}

/** The size of what is there now, if that is not what was looked at: a program that takes no lock was here meanwhile. */
function* changedSince({ status }: OpenFile, handle: Handle): Protocol<number | undefined> {
  const now = yield* call("fstat", handle);
  return now.size === status.size && now.ino === status.ino && now.dev === status.dev ? undefined : now.size;
}

function neverStill(path: string): UntornError {
  return new UntornError({
    code: "UNTORN_CONFLICT",
    path,
    phase: "stage",
    outcome: "unchanged",
    problem: "its last line was cut off, and it is written to all the time by somebody who does not take its lock",
    next: "Call again when it is quiet.",
  });
}
