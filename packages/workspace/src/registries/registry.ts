import { isUntornError } from "untorn";
import type { Transaction } from "untorn";
import { formatJson } from "untorn/json";
import type { GenericSchema } from "valibot";
import { inputRefused, machine, missingState, standsInTheWay } from "../ground/index.ts";
import type { Ground } from "../ground/index.ts";
import { digestOf, isExtension, parseEntry } from "./entry-file.ts";
import type { RegistryEntry } from "./entry-file.ts";
import { indexText, lastVersionIn, readIndex } from "./index-file.ts";
import type { IndexRow } from "./index-file.ts";
import { checkName, foldName, nameProblem } from "./names.ts";
import { specificationProblem } from "./schemas.ts";

/** An entry that cannot be read, and why; the others can. */
export interface CorruptEntry {
  readonly name: string;
  readonly problem: string;
}

/** What a registry holds. */
export interface RegistryList<S> {
  readonly entries: readonly RegistryEntry<S>[];
  readonly corrupt: readonly CorruptEntry[];
}

/** The file that goes with an entry. */
export interface Implementation {
  /** With its dot: `.ts`. */
  readonly extension: string;
  readonly content: string | Uint8Array;
}

const indexFile = "index.json";

/**
 * Named specifications in a folder, which must exist: `NAME.json` each, `history/NAME/VERSION.json` for what they were, and
 * `index.json`, which repeats them and can be made anew; of an entry that cannot be read, or was taken away by hand, it still says the
 * version, so that none is given twice. A change is one transaction over all of these (G8); a corrupt entry takes no other down.
 */
export class Registry<S> {
  readonly folder: string;
  readonly #schema: GenericSchema;
  readonly #ground: Ground;

  constructor(folder: string, schema: GenericSchema, ground: Ground = machine) {
    this.folder = folder;
    this.#schema = schema;
    this.#ground = ground;
  }

  /** All entries by name, and those that cannot be read. */
  list(): RegistryList<S> {
    const entries: RegistryEntry<S>[] = [];
    const corrupt: CorruptEntry[] = [];
    for (const name of this.#names()) {
      try {
        entries.push(this.get(name));
      } catch (error) {
        if (!isUntornError(error)) throw error;
        corrupt.push({ name, problem: error.message });
      }
    }
    return { entries, corrupt };
  }

  /** An entry. @throws UntornError UNTORN_NOT_FOUND; UNTORN_CORRUPT */
  get(name: string): RegistryEntry<S> {
    checkName(name);
    const path = `${this.folder}/${name}.json`;
    const content = this.#ground.read(path);
    if (content === undefined) throw missingState(path, `there is no ${name} in the registry`, "");
    return parseEntry(content.data, path, name, this.#schema);
  }

  /**
   * Saves a specification, with its implementation if it has one, as the next version; the one before goes to the history. Without
   * `implementation` the one that is there stays.
   *
   * @throws UntornError UNTORN_INVALID_ARGUMENT for a name or specification that cannot be; UNTORN_EXISTS if another name differs
   * only by case; UNTORN_CORRUPT if the entry that is there cannot be read. After any of them nothing is changed.
   */
  async put(name: string, spec: S, implementation?: Implementation): Promise<RegistryEntry<S>> {
    checkName(name);
    const problem = specificationProblem(this.#schema, spec);
    if (problem !== undefined)
      throw inputRefused(`${this.folder}/${name}.json`, `the specification is not valid: ${problem}`);
    return await this.#change(`put ${name}`, async (tx) => {
      this.#refuseTwin(name);
      const old = await this.#keepVersion(tx, name);
      const entry: RegistryEntry<S> = {
        ...old,
        name,
        version: (await this.#lastVersion(tx, name, old)) + 1,
        updated: this.#ground.now().toISOString(),
        spec,
      };
      if (implementation !== undefined) await this.#putImplementation(tx, entry, implementation);
      await tx.write(`${name}.json`, formatJson(entry));
      return entry;
    });
  }

  /** Takes an entry out; its versions stay in the history. @throws UntornError UNTORN_NOT_FOUND */
  async remove(name: string): Promise<void> {
    checkName(name);
    await this.#change(`remove ${name}`, async (tx) => {
      if (!(await tx.exists(`${name}.json`))) {
        throw missingState(`${this.folder}/${name}.json`, `there is no ${name} in the registry`, "");
      }
      const old = await this.#keepVersion(tx, name);
      if (old?.implementation !== undefined) await removeIfThere(tx, old.implementation.file);
      await tx.remove(`${name}.json`);
    });
  }

  /** The earlier versions of an entry, the newest first; those that cannot be read are left out of it. */
  history(name: string): RegistryEntry<S>[] {
    checkName(name);
    const folder = `${this.folder}/history/${name}`;
    return this.#ground
      .list(folder)
      .filter((file) => /^\d{6,12}\.json$/.test(file.name))
      .toReversed()
      .flatMap((file) => {
        const path = `${folder}/${file.name}`;
        try {
          const content = this.#ground.read(path);
          if (content === undefined) return [];
          return [parseEntry<S>(content.data, path, name, this.#schema)];
        } catch (error) {
          if (isUntornError(error) && error.code === "UNTORN_CORRUPT") return [];
          throw error;
        }
      });
  }

  /** What is wrong: corrupt entries, implementations that are gone or were changed, an index that says something else. */
  verify(): string[] {
    const { entries, corrupt } = this.list();
    const problems = corrupt.map(({ problem }) => problem);
    for (const { name, implementation } of entries) {
      if (implementation === undefined) continue;
      const path = `${this.folder}/${implementation.file}`;
      const content = this.#ground.read(path);
      if (content === undefined) problems.push(`${path}: the implementation of ${name} is gone`);
      else if (digestOf(content.data) !== implementation.sha256) {
        problems.push(`${path}: the implementation of ${name} is not the one that was put`);
      }
    }
    const index = this.#ground.read(`${this.folder}/${indexFile}`);
    const rows = rowsOf(entries);
    for (const [name, row] of othersIn(index?.data, rows)) {
      const names = this.#ground.list(`${this.folder}/history/${name}`).map((file) => file.name);
      if (row.version > lastVersionIn(names)) rows.set(name, row);
    }
    const fits = index !== undefined && Buffer.from(indexText(rows)).equals(index.data);
    if (!fits && (index !== undefined || entries.length > 0)) {
      problems.push(`${this.folder}/${indexFile}: it does not agree with the entries; verify --apply makes it anew`);
    }
    return problems;
  }

  /** Makes the index anew from the entries. */
  async rebuildIndex(): Promise<void> {
    await this.#change("rebuild the index", () => Promise.resolve());
  }

  async #change<T>(purpose: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { value } = await this.#ground.store(this.folder).transaction(
      async (tx) => {
        const result = await work(tx);
        await tx.write(indexFile, indexText(await this.#rowsIn(tx)));
        return result;
      },
      { purpose },
    );
    return value;
  }

  async #entriesIn(tx: Transaction): Promise<RegistryEntry<S>[]> {
    const found: RegistryEntry<S>[] = [];
    for (const file of await tx.list("")) {
      const name = nameOf(file);
      if (name === undefined) continue;
      try {
        found.push(parseEntry((await tx.read(file)).data, `${this.folder}/${file}`, name, this.#schema));
      } catch (error) {
        if (!isUntornError(error) || error.code !== "UNTORN_CORRUPT") throw error;
      }
    }
    return found;
  }

  /** The rows of the index: those of the entries, and those of what went by no call of ours and whose version nothing else says. */
  async #rowsIn(tx: Transaction): Promise<Map<string, IndexRow>> {
    const rows = rowsOf(await this.#entriesIn(tx));
    for (const [name, row] of othersIn(await indexIn(tx), rows)) {
      if (row.version > lastVersionIn(await tx.list(`history/${name}`))) rows.set(name, row);
    }
    return rows;
  }

  #names(): string[] {
    return this.#ground.list(this.folder).flatMap((file) => (file.directory ? [] : (nameOf(file.name) ?? [])));
  }

  /** Where a file system takes two names for one, the second would replace the first. */
  #refuseTwin(name: string): void {
    const twin = this.#names().find((each) => each !== name && foldName(each) === foldName(name));
    if (twin !== undefined) {
      throw standsInTheWay(
        `${this.folder}/${twin}.json`,
        `${name} differs from ${twin} only by case`,
        "Use one of them.",
      );
    }
  }

  /** Puts what is there into the history; `undefined` if there is nothing. */
  async #keepVersion(tx: Transaction, name: string): Promise<RegistryEntry<S> | undefined> {
    const file = `${name}.json`;
    if (!(await tx.exists(file))) return undefined;
    const { data, path } = await tx.read(file);
    const old = parseEntry<S>(data, path, name, this.#schema);
    const base = `history/${name}/${String(old.version).padStart(6, "0")}`;
    await tx.write(`${base}.json`, data);
    const kept = old.implementation?.file;
    if (kept !== undefined && (await tx.exists(kept))) {
      await tx.write(`${base}${kept.slice(name.length)}`, (await tx.read(kept)).data);
    }
    return old;
  }

  /** A name that was removed, or moved away, or put back by hand as it was, goes on counting where it was. */
  async #lastVersion(tx: Transaction, name: string, old: RegistryEntry<S> | undefined): Promise<number> {
    const indexed = readIndex(await indexIn(tx)).get(name)?.version ?? 0;
    return Math.max(old?.version ?? 0, indexed, lastVersionIn(await tx.list(`history/${name}`)));
  }

  async #putImplementation(tx: Transaction, entry: RegistryEntry<S>, implementation: Implementation): Promise<void> {
    const { extension, content } = implementation;
    if (!isExtension(extension)) {
      throw inputRefused(this.folder, `'${extension}' is not an extension such as .ts, or is that of the entry itself`);
    }
    const before = entry.implementation?.file;
    const file = `${entry.name}${extension}`;
    if (before !== file && (await tx.exists(file))) {
      throw standsInTheWay(
        `${this.folder}/${file}`,
        `it is there and does not belong to ${entry.name}`,
        "Move it away first.",
      );
    }
    if (before !== undefined && before !== file) await removeIfThere(tx, before);
    await tx.write(file, content);
    entry.implementation = { file, sha256: digestOf(content) };
  }
}

/** Somebody may have removed it by hand: that is no reason to refuse what takes it out. */
async function removeIfThere(tx: Transaction, file: string): Promise<void> {
  if (await tx.exists(file)) await tx.remove(file);
}

function rowsOf<S>(entries: readonly RegistryEntry<S>[]): Map<string, IndexRow> {
  return new Map(entries.map(({ name, version, updated }) => [name, { version, updated }]));
}

async function indexIn(tx: Transaction): Promise<Uint8Array | undefined> {
  return (await tx.exists(indexFile)) ? (await tx.read(indexFile)).data : undefined;
}

/** What an index says of names of which there is no entry that can be read. */
function othersIn(index: Uint8Array | undefined, rows: ReadonlyMap<string, IndexRow>): [string, IndexRow][] {
  return [...readIndex(index)].filter(([name]) => !rows.has(name) && nameProblem(name) === undefined);
}

function nameOf(file: string): string | undefined {
  const name = file.endsWith(".json") ? file.slice(0, -5) : "";
  return name === "" || nameProblem(name) !== undefined ? undefined : name;
}
