import type { Clock } from "../platform/index.ts";

interface Waiter {
  readonly due: number;
  readonly wake: () => void;
}

/** Where virtual time starts: 2026-01-01T00:00:00Z. */
export const virtualEpochMs = 1_767_225_600_000;

/** A clock that only waiting moves: no test sleeps, and every run sees the same times. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #waiters: Waiter[] = [];
  #pumping = false;

  constructor(startMs: number = virtualEpochMs) {
    this.#nowMs = startMs;
  }

  now(): number {
    return Math.floor(this.#nowMs);
  }

  /** Milliseconds with fractions, for time stamps of files. */
  get preciseMs(): number {
    return this.#nowMs;
  }

  /** Moves time on without waking anybody before its turn. */
  advance(ms: number): void {
    this.#nowMs += ms;
  }

  pause(ms: number): void {
    this.#nowMs += ms;
  }

  later(ms: number, cut?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const due = this.#nowMs + Math.max(0, ms);
      const waiter = { due, wake: end };
      if (cut?.aborted === true) return resolve();
      cut?.addEventListener("abort", end);
      this.#waiters.push(waiter);
      this.#pump();
      const forget = (): void => void (this.#waiters = this.#waiters.filter((each) => each !== waiter));
      function end(): void {
        forget();
        cut?.removeEventListener("abort", end);
        resolve();
      }
    });
  }

  /** Whoever is due first wakes first, once everything else that can run has run. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#waiters.sort((left, right) => left.due - right.due);
      const first = this.#waiters.shift();
      if (first === undefined) return;
      this.#nowMs = Math.max(this.#nowMs, first.due);
      first.wake();
      if (this.#waiters.length > 0) this.#pump();
    });
  }
}
