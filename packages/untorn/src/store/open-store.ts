import { aborted, absolute, checkOptions, onAbort, optionNames } from "../atomic/index.ts";
import type { FileContent } from "../atomic/index.ts";
import { invalidArgument, isUntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { backoff, pull, runAsync, stopwatch } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { bound, readTogetherProtocol } from "../transaction/index.ts";
import type { Transaction, TransactionReceipt } from "../transaction/index.ts";
import type { DirectoryLeaseOptions, DirectoryStore, LeaseHolder, StoreTransactionOptions } from "./directory-store.ts";
import { EmbeddedStore } from "./embedded-store.ts";
import type { EmbeddedOptions } from "./embedded-store.ts";
import { HeldLease } from "./held-lease.ts";
import { checkChanges, checkKey } from "./keys.ts";
import { taken } from "./lease-book.ts";
import type { LeaseRecord } from "./lease-book.ts";
import type {
  CommitOptions,
  CommitReceipt,
  Fence,
  KeyList,
  Lease,
  StoreChange,
  StoredValue,
  StoreEvent,
  WatchOptions,
} from "./store.ts";
import { watchLog } from "./watch.ts";

const longestLeasePauseMs = 200;
/** A hundred years: with the time of day it is still a date. */
const longestLeaseMs = 100 * 366 * 24 * 3_600_000;

/** Opens the store in a directory on one port; see `openStore`. */
export async function openStoreOn(
  port: Port,
  directory: string,
  options: EmbeddedOptions = {},
): Promise<DirectoryStore> {
  checkOptions(directory, options, optionNames.store);
  const store = new EmbeddedStore(port, absolute(directory), options);
  await runAsync(port, store.catchUp());
  return new EmbeddedDirectory(store, options.pollMs ?? 100);
}

/** The store in a directory on one port, which is not looked at yet; see `storeIn`. */
export function storeOn(port: Port, directory: string, options: EmbeddedOptions = {}): DirectoryStore {
  checkOptions(directory, options, optionNames.store);
  return new EmbeddedDirectory(new EmbeddedStore(port, absolute(directory), options), options.pollMs ?? 100);
}

class EmbeddedDirectory implements DirectoryStore {
  readonly #store: EmbeddedStore;
  readonly #pollMs: number;
  readonly #leases = new Set<Lease>();
  /** Watches that wait for something to happen. */
  readonly #asleep = new Set<AbortController>();
  #closed = false;

  constructor(store: EmbeddedStore, pollMs: number) {
    this.#store = store;
    this.#pollMs = pollMs;
  }

  get directory(): string {
    return this.#store.directory;
  }

  async get(key: string): Promise<StoredValue | undefined> {
    return await this.#run(this.#store.get(checkKey(key)));
  }

  async list(prefix = ""): Promise<KeyList> {
    return await this.#run(this.#store.list(prefix));
  }

  async commit(changes: readonly StoreChange[], options: CommitOptions = {}): Promise<CommitReceipt> {
    checkOptions(this.directory, options, optionNames.storeCommit);
    checkChanges(changes);
    // Copies: the caller may go on using its buffers.
    const own = changes.map((change) =>
      change.put instanceof Uint8Array ? { ...change, put: Uint8Array.from(change.put) } : { ...change },
    );
    const receipt = await this.#run(this.#store.commit(own, options.fence));
    this.#wake();
    return receipt;
  }

  async transaction<T>(
    fn: (tx: Transaction) => T | Promise<T>,
    options: StoreTransactionOptions = {},
  ): Promise<{ value: T; receipt: TransactionReceipt }> {
    checkOptions(this.directory, options, optionNames.storeTransaction);
    if (typeof fn !== "function") throw invalidArgument(this.directory, "a transaction takes a function");
    const { port } = this.#store;
    const later = (protocol: Protocol<unknown>): Promise<unknown> => runAsync(port, protocol);
    const done = await this.#run(
      this.#store.transact((session) => pull(() => fn(bound(session, later) as Transaction), this.directory), options),
    );
    this.#wake();
    return { value: done.value, receipt: done.receipt };
  }

  async readTogether(paths: readonly string[]): Promise<(FileContent | undefined)[]> {
    return await this.#run(readTogetherProtocol(this.#store.port, this.directory, paths));
  }

  async lease(key: string, ttlMs: number, options: DirectoryLeaseOptions = {}): Promise<Lease> {
    checkKey(key);
    if (!Number.isFinite(ttlMs) || ttlMs < 10 || ttlMs > longestLeaseMs)
      throw invalidArgument(key, "ttlMs must be 10 milliseconds to 100 years");
    checkOptions(this.directory, options, optionNames.directoryLease);
    const { timeoutMs = 10_000, signal, purpose, detached = false } = options;
    const { clock } = this.#store.port;
    const elapsed = stopwatch(clock);
    for (let attempt = 3; ; attempt += 1) {
      if (signal?.aborted === true) throw aborted(key, "lock", signal);
      const answer = await this.#run(this.#store.grant({ key, ttlMs, purpose, detached }));
      if ("granted" in answer) return await this.#granted(answer.granted);
      const leftMs = timeoutMs - elapsed();
      if (leftMs <= 0) throw taken(this.#store.port, answer.holder);
      await clock.later(Math.min(leftMs, backoff(this.#store.port, attempt, longestLeasePauseMs)));
    }
  }

  async leaseHolder(key: string): Promise<LeaseHolder | undefined> {
    const record = await this.#run(this.#store.holder(checkKey(key)));
    if (record === undefined) return undefined;
    const { token, pid, host, since, purpose, holder, expiresMs } = record;
    const until = new Date(expiresMs).toISOString();
    return { fence: { key, token }, pid, host, since, purpose, detached: holder === null, until };
  }

  async renew(fence: Fence): Promise<boolean> {
    return (await this.#run(this.#store.renew(fence))) !== undefined;
  }

  async release(fence: Fence): Promise<void> {
    const own = [...this.#leases].find((lease) => lease.fence.key === fence.key && lease.fence.token === fence.token);
    await (own === undefined ? this.#run(this.#store.giveBack(fence)) : own.release());
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<StoreEvent> {
    this.#assertOpen();
    if (typeof prefix !== "string")
      throw invalidArgument(String(prefix), "the prefix must be text; '' watches all keys");
    checkOptions(this.directory, options, optionNames.watch);
    const { since } = options;
    if (since !== undefined && !Number.isSafeInteger(since))
      throw invalidArgument(prefix, "since takes a revision, a whole number");
    return { [Symbol.asyncIterator]: () => this.#watch(prefix, options) };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake();
    await Promise.all([...this.#leases].map((lease) => lease.release()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *#watch(prefix: string, options: WatchOptions): AsyncGenerator<StoreEvent, void> {
    const forget = options.signal && onAbort(options.signal, () => this.#wake());
    try {
      yield* watchLog(
        this.#store,
        prefix,
        options,
        this.#pollMs,
        () => this.#closed,
        (ms) => this.#sleep(ms),
      );
    } finally {
      forget?.();
    }
  }

  /** Until the time is over, or something in this process has changed. */
  async #sleep(ms: number): Promise<void> {
    const asleep = new AbortController();
    this.#asleep.add(asleep);
    await this.#store.port.clock.later(ms, asleep.signal);
    this.#asleep.delete(asleep);
  }

  #wake(): void {
    for (const each of this.#asleep) each.abort();
  }

  /** The store may have been closed while the lease was waited for. */
  async #granted(record: LeaseRecord): Promise<Lease> {
    if (this.#closed) await runAsync(this.#store.port, this.#store.giveBack(record));
    this.#assertOpen();
    return this.#hold(record);
  }

  #hold({ key, token, ttlMs, expiresMs, holder }: LeaseRecord): Lease {
    const store = this.#store;
    const { port } = store;
    const lease: Lease = new HeldLease({ key, token }, ttlMs, expiresMs, {
      renew: async (fence) => (await runAsync(port, store.renew(fence)))?.expiresMs,
      giveBack: async (fence) => {
        this.#leases.delete(lease);
        await runAsync(port, store.giveBack(fence));
      },
      now: () => port.clock.now(),
      renewed: holder !== null,
    });
    if (holder !== null) this.#leases.add(lease);
    return lease;
  }

  async #run<T>(protocol: Protocol<T>): Promise<T> {
    this.#assertOpen();
    return await runAsync(this.#store.port, protocol);
  }

  #assertOpen(): void {
    if (this.#closed) throw invalidArgument(this.#store.directory, "the store is closed");
  }
}

/** Whether a commit failed because a condition did not hold. */
export function isConflict(error: unknown): boolean {
  return isUntornError(error) && error.code === "UNTORN_CONFLICT";
}
