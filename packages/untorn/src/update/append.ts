import {
  makeDirectories,
  quietly,
  reportedWrite,
  resolveTarget,
  split,
  syncEntries,
  unsyncedFrom,
  within,
  writeAll,
} from "../atomic/index.ts";
import type { Durability } from "../atomic/index.ts";
import { acquire, assertHeld, release } from "../lock/index.ts";
import type { AcquireOptions, Held } from "../lock/index.ts";
import { toUntornError, UntornError } from "../platform/index.ts";
import type { Handle, Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { keepBytes, workFolderOf } from "../quarantine/index.ts";
import { cutToNewest } from "./cut-log.ts";
import type { Limits, Retain } from "./cut-log.ts";
import { lookAtTail, openLog } from "./log-tail.ts";
import type { JudgeLine, OpenLog, Tail } from "./log-tail.ts";

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
 * a line that an earlier crash cut off is copied aside, synced, before it is cut away.
 */
export function appendProtocol(port: Port, request: AppendRequest): Protocol<AppendReceipt> {
  const { path, bytes, options } = request;
  const facts = { operation: "append", path, durability: options.durability ?? "full" } as const;
  return reportedWrite(append(port, request), facts, (receipt) => {
    return { path: receipt.path, changed: true, bytes: bytes.byteLength, attempts: 1 };
  });
}

function* append(port: Port, request: AppendRequest): Protocol<AppendReceipt> {
  const { path, options, settle, blocking } = request;
  const target = yield* within("resolve", path, "unchanged", resolveTarget(path, "follow"));
  if (options.mkdir === true) yield* within("stage", path, "unchanged", makeDirectories(port, target.directory));
  const { signal, lockTimeoutMs: timeoutMs } = options;
  const held = yield* acquire(port, path, { timeoutMs, signal, purpose: "append", settle, blocking, mayRest: true });
  try {
    const log = yield* within("stage", path, "unchanged", openIfAny(target.path));
    try {
      return yield* appendUnderLock(port, held, log, { ...request, path: target.path });
    } finally {
      if (log !== undefined) yield* quietly(call("close", log.handle));
    }
  } finally {
    yield* quietly(release(port, held));
  }
}

const noTail: Tail = { bytes: new Uint8Array(0), state: "good" };

function* openIfAny(path: string): Protocol<OpenLog | undefined> {
  return (yield* call("lstat", path)) === undefined ? undefined : yield* openLog(path);
}

function* appendUnderLock(
  port: Port,
  held: Held,
  log: OpenLog | undefined,
  request: AppendRequest,
): Protocol<AppendReceipt> {
  const { path, bytes, judge } = request;
  const tail = log === undefined ? noTail : yield* within("read", path, "unchanged", lookAtTail(log, judge));
  const torn = tail.state === "torn";
  const lines = tail.state === "unterminated" ? Buffer.concat([Buffer.from("\n"), bytes]) : bytes;
  const size = (log?.status.size ?? 0) - (torn ? tail.bytes.byteLength : 0);
  yield* assertHeld(held);
  const setAside = torn
    ? yield* within("stage", path, "unchanged", keepBytes(workFolderOf(path), tail.bytes, `${split(path).base}.torn`))
    : undefined;
  const cut = log === undefined ? undefined : yield* cutToNewest(port, held, log, { ...request, size, bytes: lines });
  if (cut !== undefined) return { ...cut, created: false, setAside };
  const handle = yield* within("stage", path, "unchanged", call("open", path, "append", 0o666));
  let open = true;
  try {
    if (torn) yield* within("stage", path, "unchanged", call("truncate", handle, size));
    const after = yield* write(port, handle, size, lines, request, log === undefined);
    if (!after.synced) {
      // NFS and SMB report a full disk here, if nothing was synced before (close(2)).
      open = false;
      yield* within("commit", path, "unknown", call("close", handle));
    }
    return { ...after, created: log === undefined, setAside, droppedEntries: 0 };
  } finally {
    if (open) yield* quietly(call("close", handle));
  }
}

function* write(
  port: Port,
  handle: Handle,
  size: number,
  lines: Uint8Array,
  { path, options }: AppendRequest,
  created: boolean,
): Protocol<Pick<AppendReceipt, "path" | "bytes" | "synced">> {
  const { durability = "full" } = options;
  let bytes: number;
  let synced = false;
  try {
    yield* writeAll(handle, lines, () => {}, path);
    bytes = (yield* call("fstat", handle)).size;
    // It may have more: a program that takes no lock has appended, too (O_APPEND puts each write at the end, open(2)).
    if (bytes < size + lines.byteLength) {
      const problem = `${size + lines.byteLength} bytes should be there, and there are ${bytes}`;
      throw new UntornError({ code: "UNTORN_SHORT_WRITE", path, phase: "commit", outcome: "unknown", problem });
    }
    // A sync that fails is final: what it was for may be gone although it can still be read, so the record is taken back.
    if (durability !== "off") synced = (yield* within("sync", path, "unknown", call("fsync", handle))) === "synced";
  } catch (error) {
    throw yield* cutBack(handle, size, lines, { path, created, durable: durability !== "off", cause: error });
  }
  if (durability === "full") {
    const { directory } = split(path);
    // Also for a log that is there already: an earlier call may have made its folder and not synced it (`normal`, a failure).
    const made = yield* within("sync-directory", path, "replaced", unsyncedFrom(port, directory));
    if (created || made.length > 0) yield* syncEntries(port, directory, path);
  }
  return { path, bytes, synced };
}

interface Failure {
  readonly path: string;
  readonly created: boolean;
  /** Whether that it is cut back must be synced, too. */
  readonly durable: boolean;
  readonly cause: unknown;
}

/**
 * Takes away what was written so far. Only if it is the last thing in the file: what somebody else appended meanwhile,
 * without the lock, is not cut away with it.
 */
function* cutBack(
  handle: Handle,
  size: number,
  lines: Uint8Array,
  { path, created, durable, cause }: Failure,
): Protocol<UntornError> {
  try {
    const now = (yield* call("fstat", handle)).size;
    if (now > size + lines.byteLength) throw new Error("somebody else has appended");
    if (now > size) yield* call("truncate", handle, size);
    // Else a power cut could bring back a record of which the caller knows that it is not there.
    if (now > size && durable) yield* call("fsync", handle);
    if (created && size === 0) yield* call("unlink", path);
    return failure({ path, cause });
  } catch {
    return new UntornError({
      code: "UNTORN_IO",
      path,
      phase: "commit",
      outcome: "unknown",
      problem: "the append failed part of the way, and the file could not be cut back durably",
      next: "The next append sets the cut-off line aside; `untorn check` shows bad lines.",
      cause: systemError(cause),
    });
  }
}

/** The error of an append after which the file is as it was. */
function failure({ path, cause }: Pick<Failure, "path" | "cause">): UntornError {
  if (!(cause instanceof UntornError)) return toUntornError(cause, { path, phase: "commit", outcome: "unchanged" });
  return new UntornError({ code: cause.code, path, phase: "commit", outcome: "unchanged", cause: systemError(cause) });
}

/** What the system has said, where that is known. */
function systemError(cause: unknown): unknown {
  return cause instanceof UntornError ? (cause.cause ?? cause) : cause;
}
