/** What is stored under a key. */
export interface StoredValue {
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes in hex. */
  readonly etag: string;
}

/** The keys that there were at one revision. */
export interface KeyList {
  /** Sorted by code unit. */
  readonly keys: readonly string[];
  /** Give it to `watch` as `since`, and nothing that happened after the listing is missed. */
  readonly revision: number;
}

/**
 * One part of a commit: new content, a removal, or, with neither, only a condition. `ifMatch`: the key has just this content;
 * `ifAbsent`: there is no such key.
 */
export interface StoreChange {
  readonly key: string;
  /** Text is stored as UTF-8. */
  readonly put?: Uint8Array | string;
  /** Removing what is not there changes nothing. */
  readonly remove?: true;
  readonly ifMatch?: string;
  readonly ifAbsent?: true;
}

/** Names one granting of a lease: a later one has a higher token. Plain data: it can be sent to another process. */
export interface Fence {
  readonly key: string;
  readonly token: number;
}

export interface CommitOptions {
  /** The commit is refused (UNTORN_FENCED) unless this is the newest granting of that lease, and has not expired. */
  readonly fence?: Fence;
}

/** What a commit did. */
export interface CommitReceipt {
  /** What each key of the commit has now, in the order of the changes; `null`: it is not there. */
  readonly etags: readonly (string | null)[];
  /** The store's revision after the commit. */
  readonly revision: number;
}

export interface LeaseOptions {
  /** How long to wait for whoever has it, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** The right to be the only one for a while. It is renewed as long as this process runs. */
export interface Lease extends AsyncDisposable {
  readonly fence: Fence;
  /** Aborts, with UNTORN_FENCED as its reason, when the lease is found to be lost. Releasing does not abort it. */
  readonly signal: AbortSignal;
  /** Gives it up; a second call does nothing. */
  release(): Promise<void>;
}

/** A key that has another content than before. */
export interface StoreEvent {
  readonly key: string;
  /** `null`: it was removed. */
  readonly etag: string | null;
  readonly revision: number;
  /** Whether more events of this revision follow. A watch that is to go on later begins `since` a revision that was complete. */
  readonly more: boolean;
}

export interface WatchOptions {
  /** Events after this revision. Default: from when the iteration begins. */
  readonly since?: number;
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal;
}

/**
 * A set of documents under keys. Commits are linearizable: all at once, in one total order, and every `get` and `list`
 * shows what the last commit before it left. docs/decisions/store-interface.md says how databases carry each method.
 *
 * A key is a relative path with `/`: see `checkKey`.
 */
export interface Store extends AsyncDisposable {
  get(key: string): Promise<StoredValue | undefined>;
  /** The keys that begin with `prefix` (text, not a folder: `a` finds `a/b` and `ab`), at one revision. */
  list(prefix?: string): Promise<KeyList>;
  /**
   * Makes all changes or none. Putting what is there already may or may not count as a change.
   *
   * @throws UntornError UNTORN_CONFLICT if a condition does not hold; UNTORN_FENCED; UNTORN_INVALID_ARGUMENT for a key or a
   * change that cannot be. After any of them nothing is changed.
   */
  commit(changes: readonly StoreChange[], options?: CommitOptions): Promise<CommitReceipt>;
  /**
   * Waits for the lease of a key and takes it for `ttlMs`, renewed until it is released. Leases have their own names: a lease
   * does not keep anybody from the document of that key, a `fence` at the commit does. Who is stopped for longer than `ttlMs`
   * loses it.
   *
   * @throws UntornError UNTORN_LOCKED if somebody has it all the time; UNTORN_ABORTED.
   */
  lease(key: string, ttlMs: number, options?: LeaseOptions): Promise<Lease>;
  /**
   * Every change of keys that begin with `prefix`, in order and without gaps, also across restarts (`since`). Changes that
   * follow each other quickly may be seen as one where another program made them.
   *
   * @throws UntornError UNTORN_COMPACTED if `since` is older than what the store remembers: list again, and watch from there.
   */
  watch(prefix: string, options?: WatchOptions): AsyncIterable<StoreEvent>;
  /** Ends watches and gives up leases; later calls fail. `await using` calls it at the end of the block. */
  close(): Promise<void>;
}
