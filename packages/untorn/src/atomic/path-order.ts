import { UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { runSync } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { undisturbed } from "./control.ts";
import type { Control } from "./control.ts";
import { keyDepth } from "./keys.ts";
import { onAbort } from "./on-abort.ts";
import { aborted } from "./pending-file.ts";

/** What a call needs to be run, run again, or joined by a later one. */
export interface Task<T> {
  readonly path: string;
  /** `blocking`: it will be run on the calling thread. */
  readonly start: (control: Control, blocking: boolean) => Protocol<T>;
  /** Whether the protocol can be started a second time: not if its data comes from a stream. */
  readonly repeatable: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Tasks with the same key may be answered by the newest of them, as long as none of them has begun. */
  readonly joinKey?: string | undefined;
  /** The call will never start, or not to its end: its source is told. */
  readonly drop?: () => void;
}

/** `settled`: its caller has an answer. It keeps its place until those before it have ended. */
type State = "waiting" | "running" | "committing" | "committed" | "settled";

interface Entry {
  state: State;
  task: Task<unknown>;
  calls: number;
  /** A synchronous call has run it; while its own run is being dropped, this holds what its caller will be told. */
  overtaken: (() => void) | undefined;
  gone: boolean;
  forget?: () => void;
  readonly sequence: number;
  readonly keys: readonly string[];
  /** The most parts that a name in its keys has. */
  readonly depth: number;
  /** The last call before this one for each of its keys, as long as it has not ended. */
  readonly earlier: Set<Entry>;
  readonly later: Set<Entry>;
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly giveUp: () => void;
}

/** So many calls are under way at once, each with at most two descriptors; more gain nothing with four pool threads. */
const runningLimit = 32;

const overtakenBySync = new Error("a later synchronous call has run this one");

/**
 * Calls for one file take effect in the order in which they were made, whatever path they name it by: other spelling,
 * symbolic link, other case. A synchronous call cannot wait for those before it, so it runs them itself, from their
 * start; where one of them is already at work, that work is dropped before its commit.
 */
export class PathOrder {
  readonly #port: Port;
  readonly #run: <T>(protocol: Protocol<T>) => Promise<T>;
  /** The last call for each key. */
  readonly #last = new Map<string, Entry>();
  readonly #ready: Entry[] = [];
  #running = 0;
  #sequence = 0;
  /** Calls under way whose keys have names of several parts, and the most parts of any since there were none. */
  #deepCalls = 0;
  #depth = 1;

  constructor(port: Port, run: <T>(protocol: Protocol<T>) => Promise<T>) {
    this.#port = port;
    this.#run = run;
  }

  /** Whether any call is under way; where none is, a synchronous call need not find out its keys. */
  get idle(): boolean {
    return this.#last.size === 0;
  }

  /** How long the longest names in the keys of calls under way are. */
  get depth(): number {
    return this.#depth;
  }

  /** Runs a task after all earlier ones for any of the keys; at once, in this very call, where there are none. */
  submit<T>(keys: readonly string[], task: Task<T>): Promise<T> {
    const last = this.#last.get(keys[0] as string);
    if (task.joinKey !== undefined && last?.state === "waiting" && last.task.joinKey === task.joinKey) {
      last.task = task;
      last.calls += 1;
      return last.promise as Promise<T>;
    }
    if (task.signal?.aborted === true) {
      task.drop?.();
      return Promise.reject(aborted(task.path, "stage", task.signal));
    }
    const entry = this.#enter(keys, task);
    if (entry.earlier.size === 0) this.#start(entry);
    return entry.promise as Promise<T>;
  }

  /** Runs everything that was submitted earlier for the keys, here and now, in order; for a synchronous call. */
  runEarlier(keys: readonly string[], path: string): void {
    const pending = new Set<Entry>();
    for (const key of keys) {
      const last = this.#last.get(key);
      if (last !== undefined) pending.add(last);
    }
    // A set that grows while it is walked: the calls before those before.
    for (const entry of pending) for (const before of entry.earlier) pending.add(before);
    const inOrder = [...pending]
      .filter((entry) => entry.state !== "committed" && entry.state !== "settled")
      .toSorted((a, b) => a.sequence - b.sequence);
    if (inOrder.some((entry) => entry.state === "committing" || !entry.task.repeatable)) {
      throw new UntornError({ code: "UNTORN_ORDER", path, phase: "resolve", outcome: "unchanged" });
    }
    // All are taken out of the way before the first is run: the end of one must not start the next.
    const running = new Set(inOrder.filter((entry) => entry.state === "running"));
    for (const entry of inOrder) {
      entry.state = "settled";
      if (running.has(entry)) entry.overtaken = () => {};
    }
    for (const entry of inOrder) {
      const tell = this.#runNow(entry);
      if (running.has(entry)) entry.overtaken = tell;
      else {
        tell();
        this.#leave(entry);
      }
    }
  }

  #runNow(entry: Entry): () => void {
    try {
      const value = answer(entry, runSync(this.#port, entry.task.start(undisturbed, true)));
      return () => entry.resolve(value);
    } catch (error) {
      return () => entry.reject(error);
    }
  }

  #enter(keys: readonly string[], task: Task<unknown>): Entry {
    const earlier = new Set<Entry>();
    for (const key of keys) {
      const last = this.#last.get(key);
      if (last !== undefined) earlier.add(last);
    }
    let resolve: Entry["resolve"] = () => {};
    let reject: Entry["reject"] = () => {};
    const promise = new Promise<unknown>((onValue, onError) => {
      resolve = onValue;
      reject = onError;
    });
    const entry: Entry = {
      state: "waiting",
      task,
      calls: 1,
      overtaken: undefined,
      gone: false,
      sequence: (this.#sequence += 1),
      keys,
      depth: depthOf(keys),
      earlier,
      later: new Set(),
      promise,
      resolve,
      reject,
      giveUp: () => {
        if (entry.state !== "waiting") return;
        entry.state = "settled";
        task.drop?.();
        reject(aborted(task.path, "stage", task.signal as AbortSignal));
        if (earlier.size === 0) this.#leave(entry);
      },
    };
    if (task.signal !== undefined) entry.forget = onAbort(task.signal, entry.giveUp);
    for (const other of earlier) other.later.add(entry);
    for (const key of keys) this.#last.set(key, entry);
    if (entry.depth > 1) {
      this.#deepCalls += 1;
      this.#depth = Math.max(this.#depth, entry.depth);
    }
    return entry;
  }

  #start(entry: Entry): void {
    // A stream may depend on another write of this process, so it never waits for a place.
    if (this.#running >= runningLimit && entry.task.repeatable) {
      this.#ready.push(entry);
      return;
    }
    entry.state = "running";
    this.#running += 1;
    const control: Control = {
      check() {
        if (entry.overtaken !== undefined) throw overtakenBySync;
      },
      enter(phase) {
        if (entry.state !== "settled") entry.state = phase;
      },
    };
    void this.#run(entry.task.start(control, false))
      .then(
        (value) => (entry.overtaken ?? (() => entry.resolve(answer(entry, value))))(),
        (error: unknown) => (entry.overtaken ?? (() => entry.reject(error)))(),
      )
      .then(() => {
        this.#running -= 1;
        this.#leave(entry);
        this.#startReady();
      });
  }

  #startReady(): void {
    while (this.#running < runningLimit) {
      const entry = this.#ready.shift();
      if (entry === undefined) return;
      if (entry.state === "waiting") this.#start(entry);
    }
  }

  /** Takes an entry out of the order and starts what waited for nothing else. */
  #leave(entry: Entry): void {
    const leaving = [entry];
    for (const each of leaving) {
      if (each.gone) continue;
      each.gone = true;
      each.state = "settled";
      each.forget?.();
      for (const key of each.keys) if (this.#last.get(key) === each) this.#last.delete(key);
      if (each.depth > 1 && (this.#deepCalls -= 1) === 0) this.#depth = 1;
      for (const next of each.later) {
        if (!next.earlier.delete(each) || next.earlier.size > 0) continue;
        if (next.state === "waiting") this.#start(next);
        else if (next.state === "settled") leaving.push(next);
      }
      each.later.clear();
    }
  }
}

function depthOf(keys: readonly string[]): number {
  return keys.reduce((deepest, key) => Math.max(deepest, keyDepth(key)), 1);
}

/** A receipt says how many calls it answers. */
function answer(entry: Entry, value: unknown): unknown {
  return entry.calls > 1 && typeof value === "object" ? { ...value, calls: entry.calls } : value;
}
