import { invalidArgument } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import type { Effect, PortCall, Protocol } from "./protocol.ts";

/** Reads and writes of more bytes than this leave the thread; smaller ones cost less than the hop (20-30 us). */
const inlineBytes = 256 * 1024;

/** Runs a protocol to its end on the calling thread. */
export function runSync<T>(port: Port, protocol: Protocol<T>): T {
  let step = protocol.next();
  while (step.done !== true) {
    let value: unknown;
    try {
      value = performNow(port, step.value);
    } catch (error) {
      step = protocol.throw(error);
      continue;
    }
    step = protocol.next(value);
  }
  return step.value;
}

/**
 * Runs a protocol without blocking the thread for long: syncs, waits and large transfers leave it, the rest are calls
 * of a few microseconds and are made where they stand. Between two of those nothing else runs in this thread.
 */
export async function runAsync<T>(port: Port, protocol: Protocol<T>): Promise<T> {
  let step = protocol.next();
  while (step.done !== true) {
    let value: unknown;
    try {
      value = begin(port, step.value);
      if (value instanceof Promise) value = await value;
    } catch (error) {
      step = protocol.throw(error);
      continue;
    }
    step = protocol.next(value);
  }
  return step.value;
}

/** Runs a protocol one effect at a time: look at `pending`, then `advance`. */
export class Stepper<T> {
  readonly #port: Port;
  readonly #protocol: Protocol<T>;
  #step: IteratorResult<Effect, T>;

  constructor(port: Port, protocol: Protocol<T>) {
    this.#port = port;
    this.#protocol = flat(protocol);
    this.#step = this.#protocol.next();
  }

  /** What the protocol wants done next; `undefined` once it has ended. */
  get pending(): Effect | undefined {
    return this.#step.done === true ? undefined : this.#step.value;
  }

  /** The protocol's result; only once it has ended. */
  get result(): T {
    if (this.#step.done !== true) throw new Error("the protocol has not ended");
    return this.#step.value;
  }

  /** Does what is pending. */
  advance(): void {
    const effect = this.pending;
    if (effect === undefined) return;
    let value: unknown;
    try {
      value = performNow(this.#port, effect);
    } catch (error) {
      this.#step = this.#protocol.throw(error);
      return;
    }
    this.#step = this.#protocol.next(value);
  }
}

/** The same protocol with parts that could run side by side put one after the other, each effect on its own. */
function* flat<T>(protocol: Protocol<T>): Protocol<T> {
  let step = protocol.next();
  while (step.done !== true) {
    let value: unknown;
    try {
      value =
        step.value.verb === "together"
          ? yield* oneAfterTheOther(step.value.parts.map((part) => flat(part)))
          : yield step.value;
    } catch (error) {
      step = protocol.throw(error);
      continue;
    }
    step = protocol.next(value);
  }
  return step.value;
}

/** Every part ends, also after one has failed: what one of them has open must not be closed under another. */
function* oneAfterTheOther(parts: readonly Protocol<unknown>[]): Protocol<unknown[]> {
  const values: unknown[] = [];
  const errors: unknown[] = [];
  for (const part of parts) {
    try {
      values.push(yield* part);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return values;
}

async function sideBySide(running: readonly Promise<unknown>[]): Promise<unknown[]> {
  const results = await Promise.allSettled(running);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value);
}

function performNow(port: Port, effect: Effect): unknown {
  if (effect.verb === "pause") return port.clock.pause(effect.ms);
  if (effect.verb === "together") return runSync(port, oneAfterTheOther(effect.parts));
  if (effect.verb === "pull") {
    const value = effect.from();
    if (!(value instanceof Promise)) return value;
    // Nobody waits for it any more, so its failure is nobody's.
    value.catch(() => {});
    throw invalidArgument(effect.path, effect.problem);
  }
  return perform(port.fs, effect);
}

function begin(port: Port, effect: Effect): unknown {
  if (effect.verb === "pause") return port.clock.later(effect.ms);
  if (effect.verb === "together") return sideBySide(effect.parts.map((part) => runAsync(port, part)));
  if (effect.verb === "pull") return effect.from();
  const later = port.later[effect.verb];
  return later !== undefined && mayBlock(effect) ? perform(port.later, effect) : perform(port.fs, effect);
}

function mayBlock(effect: PortCall): boolean {
  if (effect.verb !== "read" && effect.verb !== "write") return true;
  return (effect.args[1] as Uint8Array).byteLength > inlineBytes;
}

/** Verb and arguments were paired by `call`, which is typed; here they only have to be brought together again. */
function perform(fs: object, effect: PortCall): unknown {
  const verbs = fs as Record<string, (...args: readonly unknown[]) => unknown>;
  return (verbs[effect.verb] as (...args: readonly unknown[]) => unknown).apply(
    fs,
    effect.args as readonly unknown[] as unknown[],
  );
}
