import type { FileSystem, Verb } from "../platform/index.ts";

/**
 * A protocol is written once, as a generator that yields what it wants done, and run by one of three drivers:
 * async, sync, or step by step. It never calls a file system itself, so it can be stopped between any two calls.
 */

/** A verb of the file system. */
export interface PortCall<V extends Verb = Verb> {
  readonly verb: V;
  readonly args: Parameters<FileSystem[V]>;
}

/** Waiting, in milliseconds. */
export interface Pause {
  readonly verb: "pause";
  readonly ms: number;
}

/** The next piece of data from outside; a promise only where the driver may wait for one. */
export interface Pull {
  readonly verb: "pull";
  readonly from: () => unknown;
}

/** Parts that may run side by side; a driver that cannot do that runs them one after the other, in this order. */
export interface Together {
  readonly verb: "together";
  readonly parts: readonly Protocol<unknown>[];
}

export type Effect = PortCall | Pause | Pull | Together;

export type Protocol<T> = Generator<Effect, T, unknown>;

/** Calls one verb of the file system. */
export function* call<V extends Verb>(
  verb: V,
  ...args: Parameters<FileSystem[V]>
): Protocol<ReturnType<FileSystem[V]>> {
  return (yield { verb, args }) as ReturnType<FileSystem[V]>;
}

/**
 * Runs parts side by side; every one of them ends before this returns or throws the first error. No part may rely on
 * another having begun.
 */
export function* together<T>(parts: readonly Protocol<T>[]): Protocol<T[]> {
  return (yield { verb: "together", parts }) as T[];
}

/** Waits. */
export function* pause(ms: number): Protocol<void> {
  yield { verb: "pause", ms };
}

/** Takes the next piece of data from outside. */
export function* pull<T>(from: () => T | Promise<T>): Protocol<T> {
  return (yield { verb: "pull", from }) as T;
}
