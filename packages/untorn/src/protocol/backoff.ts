import type { Port } from "../platform/index.ts";

/** A number from 0 up to, not including, 1: the port's, so that a simulated run is the same again. */
export function fraction(port: Pick<Port, "randomName">): number {
  return Number.parseInt(port.randomName().slice(0, 8), 16) / 2 ** 32;
}

/** How long to pause after a try that was in vain, counted from 1: full jitter between 1 ms and 2^attempt ms, at most so many more. */
export function backoff(port: Pick<Port, "randomName">, attempt: number, mostMs: number): number {
  return 1 + fraction(port) * Math.min(mostMs, 2 ** attempt);
}
