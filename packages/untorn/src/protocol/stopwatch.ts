import type { Clock } from "../platform/index.ts";

/**
 * How many milliseconds have passed since this call, as far as the clock tells at each look. One that is set back does not make
 * a wait longer by more than the pause between two looks.
 */
export function stopwatch(clock: Pick<Clock, "now">): () => number {
  let elapsedMs = 0;
  let last = clock.now();
  return () => {
    const now = clock.now();
    elapsedMs += Math.max(0, now - last);
    last = now;
    return elapsedMs;
  };
}
