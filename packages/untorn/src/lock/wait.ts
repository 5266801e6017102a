import type { Port } from "../platform/index.ts";
import { fraction, stopwatch } from "../protocol/index.ts";

/** Milliseconds between two looks at the disk: short at first, then never more than this (plus jitter). */
const firstPauseMs = 1;
const longestPauseMs = 20;
const growth = 1.6;

/**
 * A lock that changes hands while we look is in demand: those who use it get on fastest while the others keep away, as
 * every look costs them time on a processor. So newcomers pause long, and the longer somebody has waited the shorter it pauses,
 * so that old waiters win over new ones: from the first number down by one per so many ms of waiting, to the last.
 */
const contendedPauseMs = 50;
const agingMs = 25;
const shortestContendedMs = 2;

/** How long a call whose time is over still waits for somebody who is just about to get the lock or to step back. */
const graceMs = 100;

/** How often in a row a try is repeated at once before the next pause. */
const repeats = 50;

/** How long a call has waited, and how long it pauses before it looks again. */
export class Wait {
  readonly #port: Port;
  readonly #timeoutMs: number;
  readonly #watch: () => number;
  #elapsedMs = 0;
  #pauseMs = firstPauseMs;
  #repeated = 0;
  #rivals: string | undefined;
  #contended = false;

  constructor(port: Port, timeoutMs: number) {
    this.#port = port;
    this.#timeoutMs = timeoutMs;
    this.#watch = stopwatch(port.clock);
  }

  /** Looks at the clock. */
  look(): void {
    this.#elapsedMs = this.#watch();
  }

  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  get leftMs(): number {
    return Math.max(0, this.#timeoutMs - this.#elapsedMs);
  }

  get over(): boolean {
    return this.#elapsedMs >= this.#timeoutMs;
  }

  get graceLeft(): boolean {
    return this.#elapsedMs < this.#timeoutMs + graceMs;
  }

  /** Whether to try again without a pause; not for ever, whatever the others do. */
  again(): boolean {
    this.#repeated += 1;
    return this.#repeated <= repeats;
  }

  /**
   * How long to pause; `rivals` says who was in the way, in any words that differ when they do. Jitter of 25 % either way
   * keeps waiters from looking at the same instant again and again.
   */
  nextPauseMs(rivals: string): number {
    this.#repeated = 0;
    if (this.#rivals !== undefined && this.#rivals !== rivals) this.#contended = true;
    this.#rivals = rivals;
    const jitter = 0.75 + 0.5 * fraction(this.#port);
    const ms = this.#pauseMs * jitter;
    const aged = Math.max(shortestContendedMs, contendedPauseMs - this.#elapsedMs / agingMs);
    this.#pauseMs = Math.min(this.#contended ? aged : longestPauseMs, this.#pauseMs * growth);
    return this.over ? ms : Math.min(ms, Math.max(1, this.leftMs));
  }
}
