import { isUntornError, printable, systemCodeOf, UntornError, withSentence } from "../platform/index.ts";
import type { Handle, Phase, Port, Status } from "../platform/index.ts";
import { call, pull } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { sourceFailed } from "./data.ts";
import type { KnownContent, Source } from "./data.ts";
import { applyMetadata, initialMode } from "./metadata.ts";
import type { MetadataReport, WantedMetadata } from "./metadata.ts";
import type { SyncState } from "./receipt.ts";
import { quietly, within } from "./steps.ts";
import { onAbort } from "./on-abort.ts";
import { writeStream } from "./stream-content.ts";
import { inDirectory } from "./paths.ts";
import type { Target } from "./target.ts";
import { tempName } from "./temp-name.ts";
import type { TempKind } from "./temp-name.ts";

/**
 * A pending file holds the new content beside the target until it is committed or discarded.
 *
 * | state     | reached by      | on disk                                   | after a crash                         |
 * |-----------|-----------------|-------------------------------------------|---------------------------------------|
 * | created   | `stage`         | an empty temp, private                    | target old; the temp is an orphan     |
 * | written   | `stage`         | the temp has every byte (size checked)    | the same; the temp may be cut short   |
 * | synced    | `stage`         | the temp is on the medium                 | the same; the temp is complete        |
 * | committed | `replace`       | the target is the new content             | old or new until the directory sync   |
 * | discarded | `discard`       | no temp                                   | target old                            |
 *
 * Nothing else creates, writes or removes a temp. A temp is never removed after a successful replace: the name may
 * belong to somebody else by then.
 */
export interface PendingFile {
  readonly path: string;
  readonly target: Target;
  readonly status: Status;
  readonly bytes: number;
  readonly etag: string;
  readonly synced: SyncState;
  readonly metadata: MetadataReport;
  readonly notes: readonly string[];
}

export interface StagePlan {
  readonly target: Target;
  /** Where the temp is made, if not beside the target; it must be on the same filesystem. */
  readonly directory?: string;
  /** Default `tmp`. */
  readonly kind?: TempKind;
  readonly source: Source;
  readonly sync: boolean;
  readonly metadata: WantedMetadata;
  readonly signal: AbortSignal | undefined;
  /** Throws if the call has been given up (aborted, overtaken); asked between steps. */
  readonly check: () => void;
}

/** `sync`: whether it will be synced in the end; then a long stream is synced as it comes. */
export type PreparePlan = Omit<StagePlan, "sync"> & { readonly sync?: boolean };

/** One write call is at most this long: an abort is noticed in between, and no system takes more than 2 GiB at once. */
const writeBytes = 16 * 1024 * 1024;

/** A pending file that is written but neither synced nor closed. */
export interface PreparedFile extends Omit<PendingFile, "synced" | "notes"> {
  readonly handle: Handle;
}

/** Writes the new content to a temp beside the target; on failure nothing of it stays. */
export function* stage(port: Port, plan: StagePlan): Protocol<PendingFile> {
  return yield* seal(yield* prepare(port, plan), plan.sync, plan.check);
}

/** Creates the temp and writes everything but does not sync; on failure nothing of it stays. */
export function* prepare(port: Port, plan: PreparePlan): Protocol<PreparedFile> {
  const { target, source } = plan;
  const { known } = source;
  const name = tempName(port, plan.kind ?? "tmp", target.base, known === undefined ? [] : [known.etag()]);
  const path = inDirectory(plan.directory ?? target.directory, name);
  const creation = call("open", path, "create", initialMode(plan.metadata));
  const handle = yield* within("stage", target.path, "unchanged", creation);
  try {
    const written = yield* writeContent(handle, plan, known);
    const status = yield* within("stage", target.path, "unchanged", call("fstat", handle));
    // The size is what the file system says it is, not what the calls returned (G3): a full disk has been swallowed
    // between the two before (libuv drops the error of a later piece once an earlier one was written).
    if (status.size !== written.bytes) throw shortWrite(target.path, written.bytes, status.size);
    const metadata = yield* within("metadata", target.path, "unchanged", applyMetadata(handle, status, plan.metadata));
    return { path, handle, target, status, bytes: written.bytes, etag: written.etag, metadata };
  } catch (error) {
    yield* quietly(call("close", handle));
    throw yield* withoutTemp(path, error);
  }
}

/** Syncs and closes what was prepared; on failure nothing of it stays. */
export function* seal(prepared: PreparedFile, sync: boolean, check: () => void): Protocol<PendingFile> {
  const { handle, path, target, status, bytes, etag, metadata } = prepared;
  let open = true;
  try {
    check();
    // A failed sync is final for this file: the kernel has marked its pages clean, so another try would succeed
    // without the data being anywhere (Rebello et al., ATC 2020).
    const synced = sync ? yield* within("sync", target.path, "unchanged", call("fsync", handle)) : undefined;
    // Closed before the replace: NFS reports a full disk here, and Windows replaces nothing that is open.
    open = false;
    yield* within("stage", target.path, "unchanged", call("close", handle));
    return {
      path,
      target,
      status,
      bytes,
      etag,
      metadata,
      synced: synced === undefined ? "off" : synced === "synced" ? "synced" : "unsupported",
      notes: typeof synced === "object" ? [synced.unsupported] : [],
    };
  } catch (error) {
    if (open) yield* quietly(call("close", handle));
    throw yield* withoutTemp(path, error);
  }
}

function* writeContent(
  handle: Handle,
  plan: PreparePlan,
  known: KnownContent | undefined,
): Protocol<{ bytes: number; etag: string }> {
  const { path } = plan.target;
  if (known === undefined) {
    return yield* within("source", path, "unchanged", writeFrom(handle, plan));
  }
  for (const piece of known.pieces)
    yield* within("stage", path, "unchanged", writeAll(handle, piece, plan.check, path));
  return { bytes: known.bytes, etag: known.etag() };
}

/** After a failure the temp goes. Where it cannot be removed (the disk has turned read-only), the error names it. */
export function* withoutTemp(path: string, error: unknown): Protocol<unknown> {
  const [note] = yield* discard(path);
  if (note === undefined || !isUntornError(error)) return error;
  return withSentence(error, `A temp stays: ${printable(note)}; \`untorn recover\` removes it later.`);
}

/** Removes a file of untorn's own that is not needed any more; that it could not is no reason for a call to fail, but a note for its receipt. */
export function* discard(path: string): Protocol<readonly string[]> {
  try {
    yield* call("unlink", path);
    return [];
  } catch (error) {
    return systemCodeOf(error) === "ENOENT" ? [] : [`${path} could not be removed (${systemCodeOf(error)})`];
  }
}

/** Continues short writes until every byte is written or the system says why not (G3); `check` is told how many are in between. */
export function* writeAll(
  handle: Handle,
  bytes: Uint8Array,
  check: (written: number) => void,
  path: string,
  position: number | null = null,
): Protocol<void> {
  let offset = 0;
  while (offset < bytes.byteLength) {
    const piece = bytes.subarray(offset, offset + writeBytes);
    const count = yield* call("write", handle, piece, position === null ? null : position + offset);
    if (count === 0) throw shortWrite(path, bytes.byteLength, offset);
    offset += count;
    if (offset < bytes.byteLength) check(offset);
  }
}

function* writeFrom(handle: Handle, plan: PreparePlan): Protocol<{ bytes: number; etag: string }> {
  const { source, signal, check } = plan;
  const { path } = plan.target;
  const waiting = new Waiting(signal);
  let ended = false;
  /** What goes on beside the reading: when it fails, a source that never answers must not keep the call. */
  const beside = function* <T>(part: Protocol<T>): Protocol<T> {
    try {
      return yield* part;
    } catch (error) {
      waiting.giveUp();
      throw error;
    }
  };
  try {
    return yield* writeStream({
      *next() {
        const piece = yield* fromSource(source, waiting, path);
        check();
        ended = piece === undefined;
        return piece;
      },
      write: (bytes) => beside(within("stage", path, "unchanged", writeAll(handle, bytes, check, path))),
      sync: plan.sync === true ? () => beside(within("sync", path, "unchanged", call("fsync", handle))) : undefined,
    });
  } finally {
    if (!ended) source.close();
  }
}

function* fromSource(source: Source, waiting: Waiting, path: string): Protocol<Uint8Array | undefined> {
  try {
    return yield* pull(() => waiting.for(source.next()), path);
  } catch (error) {
    if (waiting.signal?.aborted === true) throw aborted(path, "source", waiting.signal);
    throw sourceFailed(error, path);
  }
}

/** Waiting for a piece of a source ends when the piece comes, when the call is aborted, or when it has failed already. */
class Waiting {
  readonly signal: AbortSignal | undefined;
  #givenUp = false;
  #stop: (() => void) | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.signal = signal;
  }

  for<T>(value: T | Promise<T>): T | Promise<T> {
    if (!(value instanceof Promise)) return value;
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(new Error("given up"));
      const forget = this.signal && onAbort(this.signal, stop);
      this.#stop = stop;
      // What is kept after the piece came keeps the piece as well, until the collector looks at all of the heap.
      const over = (): void => {
        this.#stop = undefined;
        forget?.();
      };
      value.finally(over).then(resolve, reject);
      if (this.#givenUp || this.signal?.aborted === true) stop();
    });
  }

  giveUp(): void {
    this.#givenUp = true;
    this.#stop?.();
  }
}

/** What a call throws that its signal has ended before anything was changed. */
export function aborted(path: string, phase: Phase, { reason: cause }: { readonly reason: unknown }): UntornError {
  return new UntornError({ code: "UNTORN_ABORTED", path, phase, outcome: "unchanged", cause });
}

function shortWrite(path: string, wanted: number, got: number): UntornError {
  return new UntornError({
    code: "UNTORN_SHORT_WRITE",
    path,
    phase: "stage",
    outcome: "unchanged",
    problem: `${wanted} bytes were written, but ${got} arrived`,
  });
}
