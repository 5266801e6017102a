import { formatJson } from "../documents/json/index.ts";
import { isUntornError, UntornError } from "../platform/index.ts";
import { checkKey, isConflict } from "../store/index.ts";
import type { Store, StoredValue, WatchOptions } from "../store/index.ts";
import type { Transaction } from "../transaction/index.ts";
import type { StandardSchema } from "../update/index.ts";
import { historyOf, keeping } from "./history.ts";
import type { HistoryEntry } from "./history.ts";
import { storeOf } from "./in-transaction.ts";
import type { StateStore } from "./in-transaction.ts";
import { editorOf, parseWith, readDocument, refusal, withoutVersion } from "./state-document.ts";
import type { StoredDocument } from "./state-document.ts";
import { isPlain, Origins } from "./unknown-fields.ts";

export interface StateOptions<T> {
  /** Any Standard Schema (zod, valibot, arktype, ...) of the value: the document without its version. */
  readonly schema: StandardSchema<T>;
  /** What the value is while nothing is stored. It is not stored before the first update. */
  readonly initial: T | (() => T);
  /** The version that this program writes. Default 1. A document without a version has 0. */
  readonly version?: number;
  /**
   * The top-level field that holds the version. Default `version`. The schema does not see it. `false`: the document has none
   * and gets none, because its form is not this program's own; then every document is taken to be of this version.
   */
  readonly versionField?: string | false;
  /** Makes a document of an older version into one of this version; without it the schema takes old ones as they are. */
  readonly migrate?: (document: Record<string, unknown>, from: number) => unknown;
  /** How many earlier contents are kept. Default 20. */
  readonly keep?: number;
}

/** The value as it is stored now. */
export interface Snapshot<T> {
  readonly value: T;
  /** Etag of the stored document; `null` while nothing is stored. */
  readonly etag: string | null;
  /** The version that the document has; higher than this program's if a newer one wrote it. */
  readonly version: number;
}

/** A typed value in a store. */
export interface State<T> {
  /**
   * The value; one of an older version is migrated, and stored so, in one commit that keeps the old content.
   *
   * @throws UntornError UNTORN_CORRUPT if it is no JSON or not what the schema takes; UNTORN_NEWER if a newer version wrote it
   * and the schema does not take it. Nothing is stored then.
   */
  read(): Promise<Snapshot<T>>;
  /**
   * Changes the value: `change` gets a draft, and changes it or returns another one. It is run again if somebody else was
   * first, so it should do nothing else. The old content is kept; fields that the schema does not know stay as they are.
   *
   * @throws UntornError UNTORN_INVALID if the schema refuses the new value; UNTORN_NEWER if a newer version wrote the old one;
   * UNTORN_CORRUPT as `read`. Nothing is stored then.
   */
  update(change: (draft: T) => T | void | Promise<T | void>): Promise<Snapshot<T>>;
  /** The value each time that it has changed; see `Store.watch`. */
  watch(options?: WatchOptions): AsyncIterable<Snapshot<T>>;
  /** The earlier contents that are kept, newest first. */
  history(): Promise<StateHistory[]>;
  /**
   * Puts the newest earlier content back and takes it from the history, so that the next one goes further back. What was
   * there is gone.
   *
   * @throws UntornError UNTORN_NOT_FOUND if there is none; UNTORN_NEWER.
   */
  undo(): Promise<Snapshot<T>>;
}

/** One earlier content. */
export interface StateHistory {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** So often a change is made again on what somebody else has stored. */
const attemptLimit = 20;

/**
 * A typed value under a key of a store: a JSON document with a version, checked by a schema whenever it is read or written.
 *
 * With a transaction in the store's place the value is read and changed as a part of it, with everything else that the transaction
 * does; there is nothing to watch then.
 */
export function openState<T>(store: Store | Transaction, key: string, options: StateOptions<T>): State<T> {
  return new StoredState("commit" in store ? store : storeOf(store), checkKey(key), options);
}

class StoredState<T> implements State<T> {
  readonly #store: StateStore;
  readonly #key: string;
  readonly #options: StateOptions<T>;
  readonly #version: number;
  readonly #versionField: string | false;

  constructor(store: StateStore, key: string, options: StateOptions<T>) {
    this.#store = store;
    this.#key = key;
    this.#options = options;
    this.#version = options.version ?? 1;
    this.#versionField = options.versionField ?? "version";
  }

  async read(): Promise<Snapshot<T>> {
    const stored = await this.#migrated();
    if (stored === undefined) return { value: await this.#initial(), etag: null, version: this.#version };
    return await this.#snapshot(stored);
  }

  async update(change: (draft: T) => T | void | Promise<T | void>): Promise<Snapshot<T>> {
    return await this.#again(async () => {
      const stored = await this.#migrated();
      if (stored === undefined) return await this.#create(change);
      this.#refuseNewer(stored);
      const seen = await this.#parse(stored);
      // A schema that hands back the very value that it was given has dropped nothing from it, and an edit looks at the text.
      if (seen === stored.fields) return await this.#changeWhole(stored, seen, change);
      const draft = await this.#parse(stored, structuredClone(stored.fields));
      const origins = new Origins(stored.fields, seen, draft);
      const next = (await change(draft)) ?? draft;
      await this.#checkNew(next);
      return await this.#snapshot(await this.#commit(stored, origins.carryOver(stored.fields, seen, next)));
    });
  }

  async #changeWhole(
    stored: StoredDocument,
    draft: T,
    change: (draft: T) => T | void | Promise<T | void>,
  ): Promise<Snapshot<T>> {
    const edit = editorOf(stored.json, this.#versionField === false);
    const next = (await change(draft)) ?? draft;
    await this.#checkNew(next);
    const bytes = Buffer.from(edit(this.#withVersion(next)));
    const { etag } = bytes.equals(stored.bytes) ? stored : await this.#put(stored, bytes);
    const parsed = (): T => withoutVersion(JSON.parse(bytes.toString()), this.#versionField) as T;
    return snapshotOf(parsed, etag, this.#version);
  }

  watch(options: WatchOptions = {}): AsyncIterable<Snapshot<T>> {
    return { [Symbol.asyncIterator]: () => this.#watch(options) };
  }

  async history(): Promise<StateHistory[]> {
    const entries = await historyOf(this.#store, this.#key);
    const found: StateHistory[] = [];
    for (const { number, key } of entries.toReversed()) {
      const value = await this.#store.get(key);
      // Another process may have dropped it since it was listed.
      if (value !== undefined) found.push({ number, ...value });
    }
    return found;
  }

  async undo(): Promise<Snapshot<T>> {
    await this.#again(async () => {
      const last = (await historyOf(this.#store, this.#key)).at(-1);
      const earlier = last && (await this.#store.get(last.key));
      if (last === undefined || earlier === undefined) throw nothingToUndo(this.#key);
      const now = await this.#store.get(this.#key);
      if (now !== undefined) this.#refuseNewer(this.#open(now));
      await this.#store.commit([
        { key: this.#key, put: earlier.bytes, ...(now === undefined ? { ifAbsent: true } : { ifMatch: now.etag }) },
        { key: last.key, remove: true, ifMatch: earlier.etag },
      ]);
    });
    return await this.read();
  }

  async *#watch(options: WatchOptions): AsyncGenerator<Snapshot<T>, void> {
    for await (const event of this.#store.watch(this.#key, options)) {
      if (event.key === this.#key) yield await this.read();
    }
  }

  /** What is stored, of this version or a newer one. */
  async #migrated(): Promise<StoredDocument | undefined> {
    return await this.#again(async () => {
      const value = await this.#store.get(this.#key);
      if (value === undefined) return undefined;
      const stored = this.#open(value);
      const { migrate } = this.#options;
      if (stored.version >= this.#version || migrate === undefined) return stored;
      const next: unknown = await migrate(structuredClone(stored.fields), stored.version);
      if (!isPlain(next)) throw refusal("UNTORN_INVALID", this.#key, "the migration did not return an object");
      const fields = withoutVersion(next, this.#versionField);
      await this.#checkNew(fields);
      await this.#commit(stored, fields);
      const after = await this.#store.get(this.#key);
      return after && this.#open(after);
    });
  }

  async #create(change: (draft: T) => T | void | Promise<T | void>): Promise<Snapshot<T>> {
    const draft = await this.#initial();
    const next = (await change(draft)) ?? draft;
    await this.#checkNew(next);
    const text = formatJson(this.#withVersion(next), { path: this.#key });
    const { etags } = await this.#store.commit([{ key: this.#key, put: text, ifAbsent: true }]);
    const stored = { bytes: Buffer.from(text), etag: etags[0] as string };
    return await this.#snapshot(this.#open(stored));
  }

  /** Stores new fields in the form that the old text has, and keeps the old text. */
  async #commit(stored: StoredDocument, fields: unknown): Promise<StoredDocument> {
    const bytes = Buffer.from(stored.json.edit(this.#withVersion(fields)));
    return bytes.equals(stored.bytes) ? stored : this.#open(await this.#put(stored, bytes));
  }

  async #put(stored: StoredDocument, bytes: Uint8Array): Promise<StoredValue> {
    const { keep = 20 } = this.#options;
    const history: HistoryEntry[] = keep === 0 ? [] : await historyOf(this.#store, this.#key);
    const { etags } = await this.#store.commit([
      { key: this.#key, put: bytes, ifMatch: stored.etag },
      ...keeping(this.#key, history, stored.bytes, keep),
    ]);
    return { bytes, etag: etags[0] as string };
  }

  #withVersion(fields: unknown): Record<string, unknown> {
    if (!isPlain(fields)) throw refusal("UNTORN_INVALID", this.#key, "the value is not an object");
    if (this.#versionField === false) return fields;
    return { [this.#versionField]: this.#version, ...withoutVersion(fields, this.#versionField) };
  }

  #open(stored: StoredValue & { readonly path?: string }): StoredDocument {
    return readDocument(stored.path ?? this.#key, stored, this.#versionField, this.#version);
  }

  async #snapshot(stored: StoredDocument): Promise<Snapshot<T>> {
    return { value: await this.#parse(stored), etag: stored.etag, version: stored.version };
  }

  async #initial(): Promise<T> {
    const { initial } = this.#options;
    // A copy: what is handed out may be changed.
    return typeof initial === "function" ? (initial as () => T)() : structuredClone(initial);
  }

  async #parse(stored: StoredDocument, fields: unknown = stored.fields): Promise<T> {
    return await parseWith(this.#options.schema, fields, (reasons) =>
      stored.version > this.#version
        ? refusal("UNTORN_NEWER", stored.path, `${this.#newer(stored)}, and this version cannot read it: ${reasons}`)
        : refusal("UNTORN_CORRUPT", stored.path, `the content is not what the schema takes: ${reasons}`),
    );
  }

  async #checkNew(next: unknown): Promise<void> {
    await parseWith(this.#options.schema, next, (reasons) =>
      refusal("UNTORN_INVALID", this.#key, `the new content is not valid: ${reasons}`),
    );
  }

  #refuseNewer(stored: StoredDocument): void {
    if (stored.version <= this.#version) return;
    throw refusal("UNTORN_NEWER", this.#key, `${this.#newer(stored)}; it may be read here, but not changed`);
  }

  #newer({ version }: StoredDocument): string {
    return `it was written as version ${version}, and this program knows version ${this.#version}`;
  }

  async #again<R>(attempt: () => Promise<R>): Promise<R> {
    for (let count = 1; ; count += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!isUntornError(error) || !isConflict(error) || count === attemptLimit) throw error;
      }
    }
  }
}

/** Most who change a large value do not look at it any more. */
function snapshotOf<T>(parsed: () => T, etag: string, version: number): Snapshot<T> {
  let value: T | undefined;
  return {
    get value() {
      return (value ??= parsed());
    },
    etag,
    version,
  };
}

function nothingToUndo(key: string): UntornError {
  return new UntornError({
    code: "UNTORN_NOT_FOUND",
    path: key,
    phase: "read",
    outcome: "unchanged",
    problem: "no earlier content is kept",
    next: "",
  });
}
