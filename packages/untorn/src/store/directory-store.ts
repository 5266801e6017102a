import type { FileContent } from "../atomic/index.ts";
import type { Transaction, TransactionOptions, TransactionReceipt } from "../transaction/index.ts";
import type { Fence, LeaseOptions, Lease, Store } from "./store.ts";

/** How a transaction on a store is made; `durability` is always full. */
export interface StoreTransactionOptions extends Omit<TransactionOptions, "durability" | "dryRun"> {
  /** As of `CommitOptions`. */
  readonly fence?: Fence | undefined;
  /** The transaction is refused (UNTORN_LOCKED, naming the holder) while somebody has the lease of this key. */
  readonly whileFree?: string | undefined;
}

export interface DirectoryLeaseOptions extends LeaseOptions {
  /** Shown to whoever is refused. */
  readonly purpose?: string | undefined;
  /**
   * The lease belongs to no process: it outlives this one, `close` does not give it up, and no timer renews it. A commit or
   * transaction with its fence, once half of its time is over, makes it last `ttlMs` from then on; `renew` does at any time.
   */
  readonly detached?: boolean | undefined;
}

/** Who has a lease. */
export interface LeaseHolder {
  readonly fence: Fence;
  /** Who took it. */
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
  readonly purpose: string | null;
  readonly detached: boolean;
  /** When it ends unless it is renewed, ISO 8601. */
  readonly until: string;
}

/**
 * What a directory can do beyond every other store: change documents by code that reads them first, move folders, and read
 * several documents of one moment. A transaction is a commit: under the same lock, in the same total order, with a line in the log.
 */
export interface DirectoryStore extends Store {
  readonly directory: string;
  /**
   * Several files change together, or none does (G8); see `transaction` of `untorn`. The fence is looked at under the lock that
   * the commit holds: who has lost the lease can change nothing, however late it wakes up.
   *
   * @throws UntornError UNTORN_FENCED; UNTORN_LOCKED; and as `transaction`.
   */
  transaction<T>(
    fn: (tx: Transaction) => T | Promise<T>,
    options?: StoreTransactionOptions,
  ): Promise<{ value: T; receipt: TransactionReceipt }>;
  /** Several files as one commit left them; `undefined` for one that does not exist. */
  readTogether(paths: readonly string[]): Promise<(FileContent | undefined)[]>;
  /** As `Store.lease`. The lease of a process that is proven dead is free at once. */
  lease(key: string, ttlMs: number, options?: DirectoryLeaseOptions): Promise<Lease>;
  /** Who has the lease of a key; `undefined` if nobody has. Changes nothing and waits for nobody. */
  leaseHolder(key: string): Promise<LeaseHolder | undefined>;
  /** Makes a lease last again as long as it was taken for; `false` if it is lost. For who has only its fence. */
  renew(fence: Fence): Promise<boolean>;
  /** Gives up a lease by its fence; does nothing if it is lost. */
  release(fence: Fence): Promise<void>;
}
