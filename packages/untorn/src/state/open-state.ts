import { formatJson } from "../documents/json/index.ts";
import { isUntornError, UntornError } from "../platform/index.ts";
import { checkKey } from "../store/index.ts";
import type { Store, StoredValue, WatchOptions } from "../store/index.ts";
import type { Transaction } from "../transaction/index.ts";
import { again, callers } from "./again.ts";
import { historyOf, keeping } from "./history.ts";
import type { HistoryEntry } from "./history.ts";
import { storeOf } from "./in-transaction.ts";
import type { StateStore } from "./in-transaction.ts";
import { editorOf, parseWith, readDocument, refusal, withoutVersion } from "./state-document.ts";
import type { StoredDocument } from "./state-document.ts";
import { checkState } from "./typed-state.ts";
import type { Migrate, Snapshot, State, StateHistory, StateOptions } from "./typed-state.ts";
import { isPlain, Origins } from "./unknown-fields.ts";

/**
 * A typed value under a key of a store: a JSON document with a version, checked by a schema whenever it is read or written.
 *
 * With a transaction in the store's place the value is read and changed as a part of it, with everything else that the transaction
 * does; there is nothing to watch then.
 */
export function openState<T>(store: Store | Transaction, key: string, options: StateOptions<T>): State<T> {
  checkState(checkKey(key), options);
  return new StoredState("commit" in store ? store : storeOf(store), key, options);
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
    const stored = await again(() => this.#migrated());
    if (stored === undefined) return { value: await this.#initial(), etag: null, version: this.#version };
    return await this.#snapshot(stored);
  }

  async update(change: (draft: T) => T | void | Promise<T | void>): Promise<Snapshot<T>> {
    return await again(async () => {
      const stored = await this.#migrated();
      if (stored === undefined) return await this.#create(change);
      this.#refuseNewer(stored);
      const seen = await this.#parse(stored);
      // A schema that hands back the very value that it was given has dropped nothing from it, and an edit looks at the text.
      if (seen === stored.fields) return await this.#changeWhole(stored, seen, change);
      const draft = await this.#parse(stored, structuredClone(stored.fields));
      const origins = new Origins(stored.fields, seen, draft);
      const next = (await callers(() => change(draft))) ?? draft;
      await this.#checkNew(next);
      return await this.#commit(stored, origins.carryOver(stored.fields, seen, next));
    });
  }

  async #changeWhole(
    stored: StoredDocument,
    draft: T,
    change: (draft: T) => T | void | Promise<T | void>,
  ): Promise<Snapshot<T>> {
    const edit = editorOf(stored.json, this.#versionField === false);
    const next = (await callers(() => change(draft))) ?? draft;
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
    await again(async () => {
      const last = (await historyOf(this.#store, this.#key)).at(-1);
      const earlier = last && (await this.#store.get(last.key));
      if (last === undefined || earlier === undefined) throw nothingToUndo(this.#key);
      const now = await this.#store.get(this.#key);
      if (now !== undefined) this.#refuseNewerUnlessCorrupt(now);
      const { migrate } = this.#options;
      const stored = migrate && this.#open(earlier);
      // Were it migrated by the next read, that would keep it once more, and no undo would go further back.
      const put = stored && stored.version < this.#version ? await this.#upgraded(stored, migrate) : earlier.bytes;
      await this.#store.commit([
        { key: this.#key, put, ...(now === undefined ? { ifAbsent: true } : { ifMatch: now.etag }) },
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

  /** What is stored, of this version or a newer one; once: whoever asks begins again after a conflict. */
  async #migrated(): Promise<StoredDocument | undefined> {
    const value = await this.#store.get(this.#key);
    if (value === undefined) return undefined;
    const stored = this.#open(value);
    const { migrate } = this.#options;
    if (stored.version >= this.#version || migrate === undefined) return stored;
    const bytes = await this.#upgraded(stored, migrate);
    if (!bytes.equals(stored.bytes)) await this.#put(stored, bytes);
    const after = await this.#store.get(this.#key);
    return after && this.#open(after);
  }

  /** The text of a document of an older version, as one of this version. */
  async #upgraded(stored: StoredDocument, migrate: Migrate): Promise<Buffer> {
    const next: unknown = await callers(() => migrate(structuredClone(stored.fields), stored.version));
    if (!isPlain(next)) throw refusal("UNTORN_INVALID", this.#key, "the migration did not return an object");
    const fields = withoutVersion(next, this.#versionField);
    await this.#checkNew(fields);
    const bytes = Buffer.from(stored.json.edit(this.#withVersion(fields)));
    await this.#readBack(bytes);
    return bytes;
  }

  async #create(change: (draft: T) => T | void | Promise<T | void>): Promise<Snapshot<T>> {
    const draft = await this.#initial();
    const next = (await callers(() => change(draft))) ?? draft;
    await this.#checkNew(next);
    const bytes = Buffer.from(formatJson(this.#withVersion(next), { path: this.#key }));
    const value = await this.#readBack(bytes);
    const { etags } = await this.#store.commit([{ key: this.#key, put: bytes, ifAbsent: true }]);
    return { value, etag: etags[0] as string, version: this.#version };
  }

  /** Stores new fields in the form that the old text has, and keeps the old text. */
  async #commit(stored: StoredDocument, fields: unknown): Promise<Snapshot<T>> {
    const bytes = Buffer.from(stored.json.edit(this.#withVersion(fields)));
    const value = await this.#readBack(bytes);
    const { etag } = bytes.equals(stored.bytes) ? stored : await this.#put(stored, bytes);
    return { value, etag, version: this.#version };
  }

  /** What is about to be stored, as it will be read: JSON does not say all that a value may be (a date is text in it). */
  async #readBack(bytes: Uint8Array): Promise<T> {
    const { fields } = this.#open({ bytes, etag: "" });
    return await parseWith(this.#options.schema, fields, (reasons) =>
      refusal("UNTORN_INVALID", this.#key, `the schema does not take what JSON makes of its own value: ${reasons}`),
    );
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
    const own: unknown = Object.hasOwn(fields, this.#versionField) ? fields[this.#versionField] : this.#version;
    if (own !== this.#version) {
      const problem = `its field '${this.#versionField}' is where the version of the document is kept; name another with versionField`;
      throw refusal("UNTORN_INVALID", this.#key, problem);
    }
    return { [this.#versionField]: this.#version, ...withoutVersion(fields, this.#versionField) };
  }

  #open(stored: StoredValue & { readonly path?: string }): StoredDocument {
    return readDocument(stored.path ?? this.#key, stored, {
      versionField: this.#versionField,
      version: this.#version,
      uniqueNames: this.#options.uniqueNames === true,
    });
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

  /** From what is corrupt, an undo is a way out. */
  #refuseNewerUnlessCorrupt(value: StoredValue): void {
    let stored: StoredDocument;
    try {
      stored = this.#open(value);
    } catch (error) {
      if (isUntornError(error) && error.code === "UNTORN_CORRUPT") return;
      throw error;
    }
    this.#refuseNewer(stored);
  }

  #newer({ version }: StoredDocument): string {
    return `it was written as version ${version}, and this program knows version ${this.#version}`;
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
