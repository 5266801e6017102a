import { inDirectory, within } from "../atomic/index.ts";
import { isUntornError, UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { commitHolding, openRoot, readTogetherProtocol, withHeldRoot } from "../transaction/index.ts";
import type { HeldRoot, Root, Session, TransactionOptions, TransactionReceipt } from "../transaction/index.ts";
import { LogView } from "./change-log.ts";
import type { KnownChange } from "./change-log.ts";
import { admit, giveBack, grant, holderOf, renew } from "./lease-book.ts";
import type { Admission, Grant, LeaseRecord } from "./lease-book.ts";
import { keyProblem } from "./keys.ts";
import { LogWriter } from "./log-writer.ts";
import { fileAbove, lookUp, refuseCollision, refuseCollisionsAmong } from "./key-places.ts";
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

/** What a transaction returned and did. */
interface Transacted<T> {
  readonly value: T;
  readonly receipt: TransactionReceipt;
  readonly revision: number;
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
    return yield* this.#held("store: list", function* (this: EmbeddedStore, held: HeldRoot) {
      yield* this.#catchUp(held);
      const keys = [...this.view.known.keys()].filter((key) => key.startsWith(prefix)).toSorted();
      return { keys, revision: this.view.revision };
    });
  }

  *commit(changes: readonly StoreChange[], fence: Fence | undefined): Protocol<CommitReceipt> {
    const work = (session: Session): Protocol<readonly (string | null)[]> =>
      within("stage", this.directory, "unchanged", stage(session, changes));
    const { value: etags, revision } = yield* this.transact(work, { fence, purpose: "store: commit" });
    return { etags, revision };
  }

  /** A transaction on the store's files, and its line in the log. */
  *transact<T>(
    work: (session: Session) => Protocol<T>,
    options: Admission & TransactionOptions,
  ): Protocol<Transacted<T>> {
    const { port, directory } = this;
    const { lockTimeoutMs = this.#lockTimeoutMs, purpose = "store: transaction" } = options;
    const known: { session?: Session } = {};
    const part = function* (this: EmbeddedStore, held: HeldRoot): Protocol<Transacted<T>> {
      yield* saying("unchanged", within("stage", directory, "unchanged", this.#writer.prepare(held)));
      yield* saying("unchanged", within("stage", directory, "unchanged", admit(port, held.root, options)));
      // Not `within`: what `work` throws of its own is the caller's.
      const { value, receipt } = yield* commitHolding(held, (session) => work((known.session = session)), {
        ...options,
        lockTimeoutMs,
      });
      const log = this.#log(held, receipt, known.session);
      yield* saying("replaced", within("sync-directory", directory, "replaced", log));
      return { value, receipt, revision: this.view.revision };
    };
    return yield* withHeldRoot(port, directory, { purpose, lockTimeoutMs }, (held) => part.call(this, held));
  }

  *#log(held: HeldRoot, receipt: TransactionReceipt, session: Session | undefined): Protocol<void> {
    const done = yield* this.#changesOf(held, receipt, session);
    if (done.length > 0) yield* this.#writer.append(held, done);
  }

  /**
   * What a commit changed, for the log. Never taken for settled: somebody else may have written right behind it. What was
   * written through a symbolic link, or has a name that is no key, is left to the next look at the files.
   */
  *#changesOf({ root }: HeldRoot, receipt: TransactionReceipt, session?: Session): Protocol<KnownChange[]> {
    const done: KnownChange[] = [];
    for (const key of receipt.written) {
      const wish = session?.overlay.wishes.get(key);
      if (wish?.kind !== "put" || keyProblem(key) !== undefined) continue;
      const status = yield* call("lstat", inDirectory(root.real, key));
      const gone = { size: -1, mtimeMs: 0, ctimeMs: 0, ino: 0 };
      done.push({ key, now: knownOf(wish.etag, status ?? gone, 0) });
    }
    for (const key of receipt.removed) if (keyProblem(key) === undefined) done.push({ key, now: undefined });
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
  *catchUp(): Protocol<number> {
    return yield* this.#held("store: watch", function* (this: EmbeddedStore, held: HeldRoot) {
      yield* this.#catchUp(held);
      return this.view.revision;
    });
  }

  *grant(wanted: Grant): Protocol<{ readonly granted: LeaseRecord } | { readonly holder: LeaseRecord }> {
    return yield* this.#held("store: lease", function* (this: EmbeddedStore, held: HeldRoot) {
      yield* this.#writer.prepare(held);
      return yield* grant(this.port, held.root, wanted);
    });
  }

  *renew(fence: Fence): Protocol<LeaseRecord | undefined> {
    return yield* this.#held("store: lease", ({ root }) => renew(this.port, root, fence));
  }

  /** Who has the lease of a key. Takes no lock. */
  *holder(key: string): Protocol<LeaseRecord | undefined> {
    return yield* holderOf(this.port, yield* openRoot(this.directory), key);
  }

  *giveBack(fence: Fence): Protocol<void> {
    yield* this.#held("store: lease", ({ root }) => giveBack(this.port, root, fence));
  }

  *#catchUp(held: HeldRoot): Protocol<void> {
    yield* this.#writer.prepare(held);
    const found = yield* differences(this.port, held.root, this.view.known);
    if (found.length > 0) yield* this.#writer.append(held, found);
  }

  *#held<T>(purpose: string, part: (this: EmbeddedStore, held: HeldRoot) => Protocol<T>): Protocol<T> {
    const options = { purpose, lockTimeoutMs: this.#lockTimeoutMs };
    const work = withHeldRoot(this.port, this.directory, options, (held) => part.call(this, held));
    return yield* within("stage", this.directory, "unchanged", work);
  }
}

/**
 * Before the commit nothing of it is on disk, and after it everything is, whatever became of the log's own file: an error of the
 * log says the one of itself, and the caller asks for the other.
 */
function* saying<T>(outcome: "unchanged" | "replaced", part: Protocol<T>): Protocol<T> {
  try {
    return yield* part;
  } catch (error) {
    if (!isUntornError(error) || error.outcome === outcome) throw error;
    const { code, path, problem } = error;
    const phase = outcome === "unchanged" ? "stage" : "sync-directory";
    throw new UntornError({ code, path, phase, outcome, problem, cause: error });
  }
}

/** Puts the changes of a commit into a transaction; returns the etag that each key will have. */
function* stage(session: Session, changes: readonly StoreChange[]): Protocol<readonly (string | null)[]> {
  const { root } = session;
  const etags: (string | null)[] = [];
  refuseCollisionsAmong(
    root,
    changes.filter(({ put }) => put !== undefined).map(({ key }) => key),
  );
  for (const { key, put, remove, ifMatch, ifAbsent } of changes) {
    const kind = yield* lookUp(root, key);
    const conditional = ifMatch !== undefined || ifAbsent === true || put === undefined;
    if (kind === "beneath" && put !== undefined) throw yield* fileAbove(root, key);
    const before = conditional && kind !== "alias" && kind !== "beneath" ? yield* etagNow(root, session, key) : null;
    if (ifMatch !== undefined && before !== ifMatch) throw conflict(root.path, key, before);
    if (ifAbsent === true && before !== null) throw conflict(root.path, key, before);
    if (put !== undefined) {
      if (kind !== "file") yield* refuseCollision(root, key);
      etags.push(session.put(key, toBytes(put)));
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
