import { aborted, knownSource, makeDirectories, quietly, resolveTarget, undisturbed, within } from "../atomic/index.ts";
import type { Durability, Receipt } from "../atomic/index.ts";
import { writeKeeping } from "../generations/index.ts";
import { acquire, assertHeld, release } from "../lock/index.ts";
import type { AcquireOptions, Held } from "../lock/index.ts";
import { invalidArgument, isUntornError, UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { pull } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { reportUpdate } from "./reports.ts";
import { readSettled } from "./settled-read.ts";
import { validate } from "./validate.ts";
import type { Validator } from "./validate.ts";

export interface UpdateOptions<T> {
  /** Default `full`. */
  readonly durability?: Durability;
  /** Permission bits, exact. Default: those of the file that is there, else 0666 less the umask. */
  readonly mode?: number;
  /** Make missing directories. */
  readonly mkdir?: boolean;
  /** Honoured while waiting for the lock and up to the commit point. */
  readonly signal?: AbortSignal;
  /**
   * When a writer that takes no lock changed the file in between: run the function again on what is there now (`retry`, the
   * default, at most 10 times), or throw UNTORN_CONFLICT.
   */
  readonly onConflict?: "retry" | "fail";
  /** Checked before anything is written: a function (throws, or returns `false` or a reason), or any Standard Schema. */
  readonly validate?: Validator<T>;
  /** Text and bytes: an empty file is good content. Default: it is UNTORN_CORRUPT, since a crash leaves such files. */
  readonly allowEmpty?: boolean;
  /** `false` refuses new content of less than half the size of the old (UNTORN_SHRINK). Default `true`. */
  readonly allowShrink?: boolean;
  /** So many earlier contents are kept, whole ones only; see `WriteOptions`. */
  readonly generations?: number;
  /** How long to wait for the lock, in milliseconds. Default 10,000. */
  readonly lockTimeoutMs?: number;
  /** Shown to whoever waits for the lock. */
  readonly purpose?: string;
}

/** How a kind of document is read and written. */
export interface Codec<T> {
  /** Throws UNTORN_CORRUPT for what is not whole and valid. */
  readonly open: (bytes: Uint8Array, path: string) => OpenDocument<T>;
  /** What an empty file is, where `allowEmpty` is set and makes sense. */
  readonly empty?: (path: string) => OpenDocument<T>;
  /** The bytes of a new document. */
  readonly create: (value: T, path: string) => Uint8Array;
}

/** A document that has been read. */
export interface OpenDocument<T> {
  readonly value: T;
  /** The bytes changed so that they mean `value`; what did not change keeps its bytes. */
  readonly edit: (value: T) => Uint8Array;
}

export interface UpdateRequest<T> {
  readonly path: string;
  readonly codec: Codec<T>;
  readonly change: (current: T | undefined) => T | Promise<T>;
  readonly options: UpdateOptions<T>;
  readonly blocking: boolean;
  readonly settle: AcquireOptions["settle"];
}

/** So often a function is run again before a conflict is given up. */
const attemptLimit = 10;

/**
 * Read, change, save, and nobody's change is lost (G6): the lock is held from the read to the replace, and right before the
 * replace the content is compared with what was read, for writers that take no lock.
 */
export function* updateProtocol<T>(port: Port, request: UpdateRequest<T>): Protocol<{ value: T; receipt: Receipt }> {
  const tally = { conflicts: 0 };
  const started = performance.now();
  try {
    const result = yield* update(port, request, tally);
    reportUpdate(request.path, started, tally.conflicts, result.receipt.changed ? "updated" : "unchanged", undefined);
    return result;
  } catch (error) {
    reportUpdate(request.path, started, tally.conflicts, "failed", error);
    throw error;
  }
}

function* update<T>(
  port: Port,
  request: UpdateRequest<T>,
  tally: { conflicts: number },
): Protocol<{ value: T; receipt: Receipt }> {
  const { path, change, options, settle, blocking } = request;
  if (typeof change !== "function") throw invalidArgument(path, "an update takes a function");
  if (options.mkdir === true) {
    const { directory } = yield* within("resolve", path, "unchanged", resolveTarget(path, "follow"));
    yield* within("stage", path, "unchanged", makeDirectories(port, directory));
  }
  const held = yield* acquire(port, path, {
    timeoutMs: options.lockTimeoutMs,
    signal: options.signal,
    purpose: options.purpose ?? "update",
    settle,
    blocking,
    mayRest: true,
  });
  try {
    for (let attempt = 1; ; attempt += 1) {
      const own: Thrown = {};
      try {
        return yield* once(port, request, held, own);
      } catch (error) {
        // What the caller's function throws is the caller's.
        if (own.thrown === error) throw error;
        const conflict = isUntornError(error) && (error.code === "UNTORN_CONFLICT" || error.code === "UNTORN_EXISTS");
        if (conflict) tally.conflicts += 1;
        if (!conflict || options.onConflict === "fail" || attempt === attemptLimit) throw error;
      }
    }
  } finally {
    yield* quietly(release(port, held));
  }
}

/** What the function of an update has thrown. */
interface Thrown {
  thrown?: unknown;
}

function* noting<T>(own: Thrown, part: Protocol<T>): Protocol<T> {
  try {
    return yield* part;
  } catch (error) {
    own.thrown = error;
    throw error;
  }
}

function* once<T>(
  port: Port,
  request: UpdateRequest<T>,
  held: Held,
  own: Thrown,
): Protocol<{ value: T; receipt: Receipt }> {
  const { path, codec, change, options } = request;
  const { signal } = options;
  const check = (): void => {
    if (signal?.aborted === true) throw aborted(path, "stage", signal);
  };
  check();
  const before = yield* readSettled(port, path, (bytes) =>
    bytes.byteLength === 0 && options.allowEmpty === true && codec.empty !== undefined
      ? codec.empty(path)
      : codec.open(bytes, path),
  );
  const value = yield* noting(
    own,
    pull(() => change(before?.value.value), path),
  );
  if (value === undefined) {
    throw invalidArgument(path, "the function returned undefined; return the value to keep it as it is");
  }
  yield* validate(value, options.validate, path);
  const bytes = before === undefined ? codec.create(value, path) : before.value.edit(value);
  const size = before?.file.bytes.byteLength ?? 0;
  if (options.allowShrink === false && bytes.byteLength * 2 < size) {
    const problem = `the new content has ${bytes.byteLength} bytes, the old has ${size}`;
    throw new UntornError({ code: "UNTORN_SHRINK", path, phase: "stage", outcome: "unchanged", problem });
  }
  check();
  const { durability, mode, mkdir, generations } = options;
  const write = {
    path,
    source: knownSource([bytes]),
    options: {
      durability,
      mode,
      mkdir,
      signal,
      generations,
      ...(before === undefined ? { ifAbsent: true } : { ifMatch: before.etag, skipUnchanged: true }),
    },
    control: { ...undisturbed, check },
    ...(before === undefined ? {} : { current: { etag: before.etag, status: before.file.status } }),
    locked: true as const,
    guard: () => assertHeld(held),
  };
  return { value, receipt: yield* writeKeeping(port, write, request.blocking) };
}
