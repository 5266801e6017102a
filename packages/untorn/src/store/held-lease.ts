import { isUntornError } from "../platform/index.ts";
import { fenced } from "./lease-book.ts";
import type { Fence, Lease } from "./store.ts";

/** What a lease asks of its store. */
export interface LeaseCalls {
  /** When it expires now, in milliseconds since 1970; `undefined` if it is lost. */
  readonly renew: (fence: Fence, ttlMs: number) => Promise<number | undefined>;
  readonly giveBack: (fence: Fence) => Promise<void>;
  readonly now: () => number;
  /** Whether a timer renews it. Default true. Else only the store knows when it ends, and its signal does not abort. */
  readonly renewed?: boolean;
}

/** So many times in its life a lease is renewed: two renewals may fail. */
const renewalsPerLife = 3;

/** A longer wait counts as 1 ms (nodejs.org/api/timers.html). */
const longestTimerMs = 2 ** 31 - 1;

/**
 * A lease that is held. Its timers do not keep the process alive. A process that was stopped runs its timers when it goes
 * on: the one that looks at the clock first aborts the signal if the lease's time is over.
 */
export class HeldLease implements Lease {
  readonly fence: Fence;
  readonly #ttlMs: number;
  readonly #calls: LeaseCalls;
  readonly #lost = new AbortController();
  #expiresMs: number;
  #timer: NodeJS.Timeout | undefined;
  #released = false;

  constructor(fence: Fence, ttlMs: number, expiresMs: number, calls: LeaseCalls) {
    this.fence = fence;
    this.#ttlMs = ttlMs;
    this.#expiresMs = expiresMs;
    this.#calls = calls;
    if (calls.renewed !== false) this.#schedule();
  }

  get signal(): AbortSignal {
    if (this.#isOver()) this.#lose("it has expired");
    return this.#lost.signal;
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    clearTimeout(this.#timer);
    await this.#calls.giveBack(this.fence);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  #isOver(): boolean {
    if (this.#calls.renewed === false) return false;
    return !this.#released && this.#calls.now() >= this.#expiresMs;
  }

  #schedule(): void {
    const leftMs = Math.max(0, this.#expiresMs - this.#calls.now());
    this.#timer = setTimeout(
      () => void this.#renew(),
      Math.min(this.#ttlMs / renewalsPerLife, leftMs, longestTimerMs),
    ).unref();
  }

  async #renew(): Promise<void> {
    if (this.#released || this.#lost.signal.aborted) return;
    if (this.#isOver()) return this.#lose("it has expired");
    // A renewal that waits (for a slow disk, for who is committing) must not keep the expiry from being noticed.
    const alarm = setTimeout(
      () => this.#isOver() && this.#lose("it has expired"),
      Math.min(this.#expiresMs - this.#calls.now() + 1, longestTimerMs),
    );
    alarm.unref();
    try {
      const expiresMs = await this.#calls.renew(this.fence, this.#ttlMs);
      if (this.#released) return;
      if (expiresMs === undefined) return this.#lose("it has expired");
      this.#expiresMs = expiresMs;
    } catch (error) {
      // Busy or full for a moment: tried again until its time is over. Of anything else nobody knows what it means, and nobody could
      // catch it here.
      if (!isUntornError(error) && !this.#released) this.#lose("renewing it failed", error);
    } finally {
      clearTimeout(alarm);
    }
    if (!this.#released && !this.#lost.signal.aborted) this.#schedule();
  }

  #lose(reason: string, cause?: unknown): void {
    clearTimeout(this.#timer);
    if (!this.#lost.signal.aborted) this.#lost.abort(fenced(this.fence, reason, cause));
  }
}
