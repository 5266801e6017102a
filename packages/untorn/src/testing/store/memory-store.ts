import { checkOptions, etagOf, optionNames } from "../../atomic/index.ts";
import { invalidArgument, UntornError } from "../../platform/index.ts";
import { checkChanges, checkKey, fenced, HeldLease } from "../../store/index.ts";
import type {
  CommitOptions,
  CommitReceipt,
  Fence,
  KeyList,
  Lease,
  LeaseOptions,
  Store,
  StoreChange,
  StoredValue,
  StoreEvent,
  WatchOptions,
} from "../../store/index.ts";

/** What all clients of one store in memory share. */
class Content {
  readonly values = new Map<string, StoredValue>();
  readonly leases = new Map<string, { readonly token: number; expiresMs: number }>();
  readonly events: { readonly revision: number; readonly changes: readonly Omit<StoreEvent, "more">[] }[] = [];
  readonly listeners = new Set<() => void>();
  revision = 0;
  base = 0;
  nextToken = 1;
}

const leasePollMs = 5;

/**
 * A `Store` in memory, for tests. `anotherClient` gives a second client of the same content, as another process would be;
 * `pause` makes this client one that was stopped: its lease is not renewed until `resume`.
 */
export class MemoryStore implements Store {
  readonly #content: Content;
  readonly #remember: number;
  readonly #leases = new Set<Lease>();
  #closed = false;
  #paused: Promise<void> | undefined;
  #resume: (() => void) | undefined;

  constructor(content: unknown, remember: number) {
    this.#content = content instanceof Content ? content : new Content();
    this.#remember = remember;
  }

  anotherClient(): MemoryStore {
    return new MemoryStore(this.#content, this.#remember);
  }

  pause(): void {
    this.#paused ??= new Promise((resolve) => void (this.#resume = resolve));
  }

  resume(): void {
    this.#resume?.();
    this.#paused = undefined;
  }

  async get(key: string): Promise<StoredValue | undefined> {
    await this.#turn();
    const value = this.#content.values.get(checkKey(key));
    return value && { bytes: Uint8Array.from(value.bytes), etag: value.etag };
  }

  async list(prefix = ""): Promise<KeyList> {
    await this.#turn();
    const keys = [...this.#content.values.keys()].filter((key) => key.startsWith(prefix)).toSorted();
    return { keys, revision: this.#content.revision };
  }

  async commit(changes: readonly StoreChange[], options: CommitOptions = {}): Promise<CommitReceipt> {
    checkOptions("memory", options, optionNames.storeCommit);
    checkChanges(changes);
    const own = changes.map((change) => ({
      ...change,
      put: change.put === undefined ? undefined : Buffer.from(change.put),
    }));
    await this.#turn();
    const content = this.#content;
    if (options.fence !== undefined) this.#checkFence(options.fence);
    for (const { key, ifMatch, ifAbsent } of own) {
      const etag = content.values.get(key)?.etag;
      if ((ifMatch !== undefined && etag !== ifMatch) || (ifAbsent === true && etag !== undefined)) throw conflict(key);
    }
    const revision = content.revision + 1;
    const done: Omit<StoreEvent, "more">[] = [];
    const etags = own.map(({ key, put, remove }) => {
      const before = content.values.get(key)?.etag ?? null;
      const etag = put !== undefined ? etagOf(put) : remove === true ? null : before;
      if (put !== undefined) content.values.set(key, { bytes: put, etag: etag as string });
      if (remove === true) content.values.delete(key);
      if (etag !== before) done.push({ key, etag, revision });
      return etag;
    });
    if (done.length > 0) {
      content.revision = revision;
      content.events.push({ revision, changes: done });
      while (content.events.length > this.#remember) content.base = content.events.shift()?.revision ?? content.base;
      for (const listener of content.listeners) listener();
    }
    return { etags, revision: content.revision };
  }

  async lease(key: string, ttlMs: number, options: LeaseOptions = {}): Promise<Lease> {
    checkKey(key);
    if (!Number.isFinite(ttlMs) || ttlMs < 10) throw invalidArgument(key, "ttlMs must be 10 milliseconds or more");
    checkOptions("memory", options, optionNames.lease);
    const { leases } = this.#content;
    const started = Date.now();
    for (;;) {
      await this.#turn();
      if (options.signal?.aborted === true) throw refusal("UNTORN_ABORTED", key, options.signal.reason);
      const held = leases.get(key);
      if (held === undefined || held.expiresMs <= Date.now()) break;
      if (Date.now() - started >= (options.timeoutMs ?? 10_000)) throw refusal("UNTORN_LOCKED", key);
      await later(leasePollMs);
    }
    const granted = { token: (this.#content.nextToken += 1), expiresMs: Date.now() + ttlMs };
    leases.set(key, granted);
    const fence: Fence = { key, token: granted.token };
    const lease: Lease = new HeldLease(fence, ttlMs, granted.expiresMs, {
      renew: async () => {
        await this.#paused;
        const own = leases.get(key);
        if (own?.token !== fence.token || own.expiresMs <= Date.now()) return undefined;
        return (own.expiresMs = Date.now() + ttlMs);
      },
      giveBack: async () => {
        this.#leases.delete(lease);
        if (leases.get(key)?.token === fence.token) leases.delete(key);
      },
      now: Date.now,
    });
    this.#leases.add(lease);
    return lease;
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<StoreEvent> {
    checkOptions("memory", options, optionNames.watch);
    return { [Symbol.asyncIterator]: () => this.#watch(prefix, options) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const listener of this.#content.listeners) listener();
    await Promise.all([...this.#leases].map((lease) => lease.release()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *#watch(prefix: string, { since, signal }: WatchOptions): AsyncGenerator<StoreEvent, void> {
    const content = this.#content;
    let seen = since ?? content.revision;
    const over = (): boolean => this.#closed || signal?.aborted === true;
    while (!over()) {
      if (seen < content.base || seen > content.revision) throw refusal("UNTORN_COMPACTED", prefix);
      for (const { revision, changes } of content.events.filter((each) => each.revision > seen)) {
        const wanted = changes.filter(({ key }) => key.startsWith(prefix));
        for (const [index, event] of wanted.entries()) {
          if (over()) return;
          yield { ...event, more: index < wanted.length - 1 };
        }
        seen = revision;
      }
      if (!over() && seen === content.revision) await this.#change(signal);
    }
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#content.listeners.delete(end);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      this.#content.listeners.add(end);
      signal?.addEventListener("abort", end);
    });
  }

  /** Calls take effect one after the other, some time after they were made. */
  async #turn(): Promise<void> {
    if (this.#closed) throw invalidArgument("", "the store is closed");
    await this.#paused;
    await later(0);
  }

  #checkFence(fence: Fence): void {
    const lease = this.#content.leases.get(fence.key);
    if (lease === undefined || lease.token !== fence.token) throw fenced(fence, "it has ended");
    if (lease.expiresMs <= Date.now()) throw fenced(fence, "it has expired");
  }
}

/** A `Store` in memory, for tests; see `MemoryStore`. `remember`: how many commits a watch can go back (default 1,000). */
export function memoryStore(options: { readonly remember?: number } = {}): MemoryStore {
  checkOptions("memory", options, optionNames.memoryStore);
  return new MemoryStore(undefined, options.remember ?? 1_000);
}

function conflict(key: string): UntornError {
  return new UntornError({ code: "UNTORN_CONFLICT", path: key, phase: "commit", outcome: "unchanged" });
}

function refusal(
  code: "UNTORN_ABORTED" | "UNTORN_LOCKED" | "UNTORN_COMPACTED",
  path: string,
  cause?: unknown,
): UntornError {
  return new UntornError({ code, path, phase: "lock", outcome: "unchanged", cause });
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
