import { systemCodeOf, toUntornError, UntornError } from "../platform/index.ts";
import type { Handle, Outcome, Phase, Status, SyncOutcome } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

/**
 * Runs a part of a protocol; whatever it throws that is no `UntornError` becomes one of this phase and outcome. So what a function of
 * the caller's throws must not come through here: it is the caller's, as it is.
 */
export function within<T>(phase: Phase, path: string, outcome: Outcome, part: Protocol<T>): Protocol<T> {
  return new Within(part, phase, path, outcome);
}

/** Passes everything on; not a generator, since nearly every call of a write goes through one. */
class Within<T> implements Protocol<T> {
  readonly #part: Protocol<T>;
  readonly #phase: Phase;
  readonly #path: string;
  readonly #outcome: Outcome;

  constructor(part: Protocol<T>, phase: Phase, path: string, outcome: Outcome) {
    this.#part = part;
    this.#phase = phase;
    this.#path = path;
    this.#outcome = outcome;
  }

  next(value?: unknown): ReturnType<Protocol<T>["next"]> {
    try {
      return this.#part.next(value);
    } catch (error) {
      throw this.#explained(error);
    }
  }

  throw(error: unknown): ReturnType<Protocol<T>["throw"]> {
    try {
      return this.#part.throw(error);
    } catch (thrown) {
      throw this.#explained(thrown);
    }
  }

  return(value: T): ReturnType<Protocol<T>["return"]> {
    return this.#part.return(value);
  }

  [Symbol.iterator](): Protocol<T> {
    return this;
  }

  #explained(error: unknown): unknown {
    return toUntornError(error, { path: this.#path, phase: this.#phase, outcome: this.#outcome });
  }
}

/** Runs a part that tidies up after a failure: what fails here would only hide the failure that matters. */
export function* quietly(part: Protocol<unknown>): Protocol<void> {
  try {
    yield* part;
  } catch {}
}

const opensMax = 20;

/**
 * Opens a file that is to be read. FUSE and NFS may miss a file that is being replaced in this very moment (ENOENT, ESTALE: the
 * name was looked up, and what it meant is gone): it is opened again as long as the name leads to something.
 */
function* openToRead(path: string): Protocol<Handle> {
  for (let opens = 1; ; opens += 1) {
    try {
      return yield* call("open", path, "read", 0);
    } catch (error) {
      const fleeting = opens < opensMax && ["ENOENT", "ESTALE"].includes(systemCodeOf(error) ?? "");
      if (!fleeting || (yield* call("stat", path)) === undefined) throw error;
    }
  }
}

/** A regular file that is open for reading, and what it was when it was opened. */
export interface OpenFile {
  readonly handle: Handle;
  readonly status: Status;
}

/** Opens a regular file for reading; anything else is refused, in this phase. The caller closes it. */
export function* openRegular(path: string, phase: Phase): Protocol<OpenFile> {
  const handle = yield* openToRead(path);
  try {
    const status = yield* call("fstat", handle);
    if (status.kind !== "file") throw notAFile(path, status, phase);
    return { handle, status };
  } catch (error) {
    yield* quietly(call("close", handle));
    throw error;
  }
}

export function notAFile(path: string, { kind }: Status, phase: Phase): UntornError {
  const code = kind === "directory" ? "UNTORN_IS_DIRECTORY" : "UNTORN_NOT_A_FILE";
  return new UntornError({ code, path, phase, outcome: "unchanged" });
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

/** Makes a file of untorn's own, with what `fill` writes to it; on failure nothing of it stays. */
export function* makeFile(path: string, fill: (handle: Handle) => Protocol<unknown>, sync = true): Protocol<void> {
  const handle = yield* call("open", path, "create", 0o600);
  let open = true;
  try {
    yield* fill(handle);
    if (sync) yield* call("fsync", handle);
    // NFS and SMB report a full disk here, if nothing was synced before (close(2)).
    open = false;
    yield* call("close", handle);
  } catch (error) {
    if (open) yield* quietly(call("close", handle));
    yield* quietly(call("unlink", path));
    throw error;
  }
}

/** Syncs the content of a file that somebody else wrote. */
export function* syncFile(path: string): Protocol<SyncOutcome> {
  const handle = yield* call("open", path, "sync", 0);
  try {
    return yield* call("fsync", handle);
  } finally {
    yield* quietly(call("close", handle));
  }
}
