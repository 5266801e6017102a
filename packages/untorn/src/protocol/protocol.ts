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

export type Effect = PortCall | Pause | Pull;

export type Protocol<T> = Generator<Effect, T, unknown>;

/** Calls one verb of the file system. */
export function* call<V extends Verb>(
  verb: V,
  ...args: Parameters<FileSystem[V]>
): Protocol<ReturnType<FileSystem[V]>> {
  return (yield { verb, args }) as ReturnType<FileSystem[V]>;
}

/** Waits. */
export function* pause(ms: number): Protocol<void> {
  yield { verb: "pause", ms };
}

/** Takes the next piece of data from outside. */
export function* pull<T>(from: () => T | Promise<T>): Protocol<T> {
  return (yield { verb: "pull", from }) as T;
}
