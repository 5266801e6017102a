import { etagOf, inDirectory, within } from "../atomic/index.ts";
import { UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { commitHolding, openRoot, readTogetherProtocol, withHeldRoot } from "../transaction/index.ts";
import type { HeldRoot, Root, Session, TransactionReceipt } from "../transaction/index.ts";
import { LogView } from "./change-log.ts";
import type { KnownChange } from "./change-log.ts";
import { checkFence, giveBack, grant, renew } from "./lease-book.ts";
import type { LeaseRecord } from "./lease-book.ts";
import { LogWriter } from "./log-writer.ts";
import { lookUp, refuseCollision, refuseCollisionsAmong } from "./key-places.ts";
import { differences, knownOf } from "./scan.ts";
import type { CommitReceipt, Fence, KeyList, StoreChange, StoredValue } from "./store.ts";

export interface EmbeddedOptions {
  /** How long a call waits for other processes' commits, in milliseconds. Default 10,000. */
  readonly lockTimeoutMs?: number;
  /** How many changes `watch` can go back at least. Default 1,000. */
  readonly remember?: number;
  /** How often a watch looks for changes, in milliseconds. Default 100. */
  readonly pollMs?: number;
}

/**
 * The store in a directory, as protocols. Everything that changes it happens under the root's lock: transaction, then log.
 */
export class EmbeddedStore {
  readonly port: Port;
  readonly directory: string;
  readonly view = new LogView();
  readonly #writer: LogWriter;
  readonly #lockTimeoutMs: number;

  constructor(port: Port, directory: string, options: EmbeddedOptions) {
    this.port = port;
    this.directory = directory;
    this.#lockTimeoutMs = options.lockTimeoutMs ?? 10_000;
    this.#writer = new LogWriter(this.view, options.remember ?? 1_000);
  }

  *get(key: string): Protocol<StoredValue | undefined> {
    const root = yield* openRoot(this.directory);
    if ((yield* within("read", key, "unchanged", lookUp(root, key))) !== "file") return undefined;
    // Not a plain read: it waits for a commit that is half applied, of which somebody may have seen another part.
    const [content] = yield* readTogetherProtocol(this.port, this.directory, [key]);
    return content === undefined ? undefined : { bytes: content.data, etag: content.etag };
  }

  *list(prefix: string): Protocol<KeyList> {
    return yield* this.#held("list", function* (this: EmbeddedStore, held: HeldRoot) {
      yield* this.#catchUp(held);
      const keys = [...this.view.known.keys()].filter((key) => key.startsWith(prefix)).toSorted();
      return { keys, revision: this.view.revision };
    });
  }

  *commit(changes: readonly StoreChange[], fence: Fence | undefined): Protocol<CommitReceipt> {
    return yield* this.#held("commit", function* (this: EmbeddedStore, held: HeldRoot) {
      yield* this.#writer.prepare(held);
      if (fence !== undefined) yield* checkFence(this.port, held.root, fence);
      const { value: etags, receipt } = yield* commitHolding(held, (session) => stage(held, session, changes), {
        lockTimeoutMs: this.#lockTimeoutMs,
      });
      const done = yield* this.#changesOf(held, receipt, changes);
      if (done.length > 0) yield* within("sync-directory", this.directory, "replaced", this.#writer.append(held, done));
      return { etags, revision: this.view.revision };
    });
  }

  /** What a commit changed, for the log. Never taken for settled: somebody else may have written right behind it. */
  *#changesOf(
    { root }: HeldRoot,
    receipt: TransactionReceipt,
    changes: readonly StoreChange[],
  ): Protocol<KnownChange[]> {
    const touched = new Set([...receipt.written, ...receipt.removed]);
    const done: KnownChange[] = [];
    for (const { key, put } of changes) {
      if (!touched.has(key)) continue;
      const status = put === undefined ? undefined : yield* call("lstat", inDirectory(root.real, key));
      const now = { size: -1, mtimeMs: 0, ctimeMs: 0, ino: 0 };
      const etag = put === undefined ? undefined : etagOf(toBytes(put));
      done.push({
        key,
        now:
          etag === undefined
            ? undefined
            : status === undefined
              ? { ...now, etag, seenMs: 0 }
              : knownOf(etag, status, 0),
      });
    }
    return done;
  }

  /** Whether files differ from what the log says; changes nothing and takes no lock. */
  *hasForeignChanges(): Protocol<boolean> {
    const root = yield* openRoot(this.directory);
    if (this.view.state !== "whole") return true;
    return (yield* differences(this.port, root, this.view.known)).length > 0;
  }

  /** Reads what was added to the log. */
  *refresh(): Protocol<void> {
    const root = yield* openRoot(this.directory);
    yield* within("read", this.directory, "unchanged", this.view.refresh(root));
  }

  /** Brings the log up to what is on disk; returns the revision. */
  *settle(): Protocol<number> {
    return yield* this.#held("watch", function* (this: EmbeddedStore, held: HeldRoot) {
      yield* this.#catchUp(held);
      return this.view.revision;
    });
  }

  *grant(key: string, ttlMs: number): Protocol<{ readonly granted: LeaseRecord } | { readonly holder: LeaseRecord }> {
    return yield* this.#held("lease", function* (this: EmbeddedStore, held: HeldRoot) {
      yield* this.#writer.prepare(held);
      return yield* grant(this.port, held.root, key, ttlMs);
    });
  }

  *renew(fence: Fence, ttlMs: number): Protocol<LeaseRecord | undefined> {
    return yield* this.#held("lease", ({ root }) => renew(this.port, root, fence, ttlMs));
  }

  *giveBack(fence: Fence): Protocol<void> {
    yield* this.#held("lease", ({ root }) => giveBack(this.port, root, fence));
  }

  *#catchUp(held: HeldRoot): Protocol<void> {
    yield* this.#writer.prepare(held);
    const found = yield* differences(this.port, held.root, this.view.known);
    if (found.length > 0) yield* this.#writer.append(held, found);
  }

  *#held<T>(what: string, part: (this: EmbeddedStore, held: HeldRoot) => Protocol<T>): Protocol<T> {
    const options = { purpose: `store: ${what}`, lockTimeoutMs: this.#lockTimeoutMs };
    return yield* within(
      "stage",
      this.directory,
      "unchanged",
      withHeldRoot(this.port, this.directory, options, (held) => part.call(this, held)),
    );
  }
}

/** Puts the changes of a commit into a transaction; returns the etag that each key will have. */
function* stage(
  { root }: HeldRoot,
  session: Session,
  changes: readonly StoreChange[],
): Protocol<readonly (string | null)[]> {
  const etags: (string | null)[] = [];
  refuseCollisionsAmong(
    root,
    changes.filter(({ put }) => put !== undefined).map(({ key }) => key),
  );
  for (const { key, put, remove, ifMatch, ifAbsent } of changes) {
    const kind = yield* lookUp(root, key);
    const conditional = ifMatch !== undefined || ifAbsent === true || put === undefined;
    const before = conditional && kind !== "alias" ? yield* etagNow(root, session, key) : null;
    if (ifMatch !== undefined && before !== ifMatch) throw conflict(root.path, key, before);
    if (ifAbsent === true && before !== null) throw conflict(root.path, key, before);
    if (put !== undefined) {
      if (kind !== "file") yield* refuseCollision(root, key);
      const bytes = toBytes(put);
      yield* session.write(key, bytes);
      etags.push(etagOf(bytes));
    } else if (remove === true) {
      if (before !== null) yield* session.remove(key);
      etags.push(null);
    } else {
      etags.push(before);
    }
  }
  return etags;
}

function toBytes(put: Uint8Array | string): Uint8Array {
  return typeof put === "string" ? Buffer.from(put) : put;
}

function conflict(directory: string, key: string, found: string | null): UntornError {
  return new UntornError({
    code: "UNTORN_CONFLICT",
    path: inDirectory(directory, key),
    phase: "commit",
    outcome: "unchanged",
    problem: found === null ? "there is no such key" : `it has another content than expected (its etag is ${found})`,
  });
}

/** Through the session, which compares it once more at the commit. A folder of that name is no document. */
function* etagNow(root: Root, session: Session, key: string): Protocol<string | null> {
  if ((yield* call("lstat", inDirectory(root.real, key)))?.kind === "directory") return null;
  return (yield* session.peek(key))?.etag ?? null;
}
