import type { Port } from "../platform/index.ts";
import { runAsync, runSync } from "../protocol/index.ts";
import { assertHeld, release } from "./acquire.ts";
import type { Held } from "./acquire.ts";

/** How often a lock whose `signal` somebody looks at is checked, milliseconds. */
const checkMs = 1_000;

/** A lock that is held: see `Locks.lock`. */
export interface FileLock extends AsyncDisposable, Disposable {
  /** The file as it was named, absolute. */
  readonly path: string;
  readonly shared: boolean;
  /** The fencing token: made for this one acquisition and never used again. */
  readonly fence: string;
  /**
   * Aborts, with UNTORN_LOCK_LOST as its reason, when the lock is found to be lost: by `assertHeld`, or by a check about once a
   * second that starts when this is first read and does not keep the process alive. Releasing does not abort it.
   */
  readonly signal: AbortSignal;
  /**
   * Throws UNTORN_LOCK_LOST if the lock was broken (`breakLock`), its folder removed, or the lock released. Call it right
   * before what must not happen without the lock. It costs one lstat, of some microseconds.
   */
  assertHeld(): void;
  /** Gives the lock up; a second call does nothing. A lock that was lost is released without an error. */
  release(): Promise<void>;
}

export class HeldFileLock implements FileLock {
  readonly #port: Port;
  readonly #held: Held;
  #lost: AbortController | undefined;
  #check: NodeJS.Timeout | undefined;

  constructor(port: Port, held: Held) {
    this.#port = port;
    this.#held = held;
  }

  get path(): string {
    return this.#held.path;
  }

  get shared(): boolean {
    return this.#held.shared;
  }

  get fence(): string {
    return this.#held.fence;
  }

  get signal(): AbortSignal {
    if (this.#lost === undefined) {
      this.#lost = new AbortController();
      if (!this.#held.released) {
        this.#check = setInterval(() => this.#look(), checkMs);
        this.#check.unref();
      }
    }
    return this.#lost.signal;
  }

  assertHeld(): void {
    try {
      runSync(this.#port, assertHeld(this.#held));
    } catch (error) {
      if (!this.#held.released && isLost(error)) this.#abort(error);
      throw error;
    }
  }

  async release(): Promise<void> {
    this.#stopChecking();
    await runAsync(this.#port, release(this.#port, this.#held));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  [Symbol.dispose](): void {
    this.#stopChecking();
    runSync(this.#port, release(this.#port, this.#held));
  }

  #look(): void {
    try {
      this.assertHeld();
    } catch {
      // A loss has aborted the signal. An error of the disk says nothing about the lock: the next look tells.
    }
  }

  #abort(reason: unknown): void {
    this.#stopChecking();
    (this.#lost ??= new AbortController()).abort(reason);
  }

  #stopChecking(): void {
    clearInterval(this.#check);
    this.#check = undefined;
  }
}

function isLost(error: unknown): boolean {
  return (error as { code?: unknown }).code === "UNTORN_LOCK_LOST";
}
