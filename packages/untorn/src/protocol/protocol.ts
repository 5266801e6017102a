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
  /** The file that it is for, and what is wrong with a promise where the driver cannot wait for one. */
  readonly path: string;
  readonly problem: string;
}

const returnedAPromise = "the function returned a promise, and a synchronous call cannot wait for it";

/** Parts that may run side by side; a driver that cannot do that runs them one after the other, in this order. */
export interface Together {
  readonly verb: "together";
  readonly parts: readonly Protocol<unknown>[];
}

export type Effect = PortCall | Pause | Pull | Together;

/** What a generator of effects is; the smallest protocols are written without one (`Single`), since they are many. */
export interface Protocol<T> {
  next(value?: unknown): IteratorResult<Effect, T>;
  throw(error: unknown): IteratorResult<Effect, T>;
  return(value: T): IteratorResult<Effect, T>;
  [Symbol.iterator](): Protocol<T>;
}

/**
 * A protocol of one effect: yields it, and returns what the driver makes of it. As a generator it would cost a write of
 * a small file about as much as one of its system calls.
 */
class Single<T> implements Protocol<T> {
  #effect: Effect | undefined;

  constructor(effect: Effect) {
    this.#effect = effect;
  }

  next(value?: unknown): IteratorResult<Effect, T> {
    const effect = this.#effect;
    if (effect === undefined) return { done: true, value: value as T };
    this.#effect = undefined;
    return { done: false, value: effect };
  }

  throw(error: unknown): IteratorResult<Effect, T> {
    throw error;
  }

  return(value: T): IteratorResult<Effect, T> {
    return { done: true, value };
  }

  [Symbol.iterator](): Protocol<T> {
    return this;
  }
}

/** Calls one verb of the file system. */
export function call<V extends Verb>(verb: V, ...args: Parameters<FileSystem[V]>): Protocol<ReturnType<FileSystem[V]>> {
  return new Single({ verb, args });
}

/**
 * Runs parts side by side; every one of them ends before this returns or throws the first error. No part may rely on
 * another having begun.
 */
export function together<T extends readonly unknown[]>(parts: {
  readonly [K in keyof T]: Protocol<T[K]>;
}): Protocol<T> {
  return new Single({ verb: "together", parts });
}

/** Waits. */
export function pause(ms: number): Protocol<void> {
  return new Single({ verb: "pause", ms });
}

/**
 * Takes the next piece of data from outside, or asks a function of the caller's. Where the driver cannot wait for it, a promise is
 * UNTORN_INVALID_ARGUMENT, with `path` and `problem`.
 */
export function pull<T>(from: () => T | Promise<T>, path = "", problem = returnedAPromise): Protocol<T> {
  return new Single({ verb: "pull", from: () => ownPromise(from()), path, problem });
}

/** The drivers know their own promises only; one of another realm (Jest), or of a library, is a promise as well. */
function ownPromise(value: unknown): unknown {
  const isOther =
    typeof (value as { then?: unknown } | null | undefined)?.then === "function" && !(value instanceof Promise);
  return isOther ? Promise.resolve(value) : value;
}
