import { SeededRandom } from "../seeded-random.ts";
import { contentOf } from "../volume.ts";
import type { Volume } from "../volume.ts";
import type { EntryUnit } from "./entry-units.ts";
import { contents } from "./file-contents.ts";
import type { Content, ContentChange } from "./file-contents.ts";
import type { PersistenceModel } from "./model.ts";
import type { RecordedEffect } from "./recording.ts";
import type { Selection } from "./selections.ts";

/** The possible contents of one file. */
export interface OpenContent {
  readonly ino: number;
  readonly list: readonly Content[];
  /** So many at the start are no mixtures. */
  readonly plain: number;
  /** Whether the list is all that the model allows. */
  readonly all: boolean;
}

interface FileHistory {
  synced: Uint8Array;
  changes: (ContentChange & { readonly at: number })[];
}

/** What was written to which file, and how much of it was synced, at one moment of a recording. */
export class FileChanges {
  readonly #model: PersistenceModel;
  readonly #seed: number;
  readonly #files = new Map<number, FileHistory>();
  readonly #known = new Map<string, OpenContent>();

  constructor(model: PersistenceModel, base: Volume, effects: readonly RecordedEffect[], seed: number) {
    this.#model = model;
    this.#seed = seed;
    for (const [at, { effect }] of effects.entries()) {
      if (effect.kind === "make" && effect.inode.kind === "file") {
        this.#files.set(effect.inode.ino, { synced: new Uint8Array(0), changes: [] });
      } else if (effect.kind === "write" || effect.kind === "truncate") {
        this.#history(base, effect.ino).changes.push({ ...effect, at });
      } else if (effect.kind === "sync") {
        const file = this.#files.get(effect.ino);
        if (file === undefined) continue;
        file.synced = applied(file);
        file.changes = [];
      }
    }
  }

  /** Every file that was made or written to. */
  get inos(): Iterable<number> {
    return this.#files.keys();
  }

  synced(ino: number): Uint8Array {
    return (this.#files.get(ino) as FileHistory).synced;
  }

  /** The number of the first effect on a file that no sync has covered; Infinity if there is none. */
  pendingSince(ino: number): number {
    return this.#files.get(ino)?.changes[0]?.at ?? Infinity;
  }

  /** The number of the last such effect. */
  lastOf(ino: number): number {
    return this.#files.get(ino)?.changes.at(-1)?.at ?? -1;
  }

  /** The contents that a file may have if these units were kept; `undefined` if only what was synced is possible. */
  contentsOf(ino: number, units: readonly EntryUnit[], kept: Selection): OpenContent | undefined {
    const file = this.#files.get(ino);
    if (file === undefined || file.changes.length === 0) return undefined;
    const { settled, visible, allocated } = this.#bounds(file, ino, units, kept);
    const key = `${ino} ${settled} ${visible} ${allocated}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      const changes = file.changes.slice(0, visible);
      const question = { model: this.#model, synced: file.synced, changes, settled, allocated, sampled: 4 };
      known = { ino, ...contents(question, new SeededRandom(this.#seed + ino * 7919 + visible)) };
      this.#known.set(key, known);
    }
    return known;
  }

  /**
   * In a journal a truncation is kept or lost with the names: a kept one settles everything before it, and what was
   * written after a lost one cannot be seen. A kept rename over an existing file may settle the size.
   */
  #bounds(
    { changes }: FileHistory,
    ino: number,
    units: readonly EntryUnit[],
    kept: Selection,
  ): { settled: number; visible: number; allocated: number } {
    let settled = 0;
    let visible = changes.length;
    let allocated = 0;
    if (this.#model.entries === "any") return { settled, visible, allocated };
    const before = (at: number): number => {
      const index = changes.findIndex((change) => change.at > at);
      return index === -1 ? changes.length : index;
    };
    for (const [index, { effect, at }] of units.entries()) {
      if (effect.kind === "truncate" && effect.ino === ino) {
        const place = changes.findIndex((change) => change.at === at);
        if (place === -1) continue;
        if (kept[index] === true) settled = Math.min(visible, place + 1);
        else visible = Math.min(visible, place);
      } else if (effect.kind === "rename" && effect.ino === ino && kept[index] === true) {
        if (this.#model.renameAllocates && effect.replaced !== undefined) allocated = before(at);
      }
    }
    return { settled: Math.min(settled, visible), visible, allocated: Math.min(allocated, visible) };
  }

  #history(base: Volume, ino: number): FileHistory {
    let file = this.#files.get(ino);
    if (file === undefined) {
      file = { synced: contentOf(base.get(ino)), changes: [] };
      this.#files.set(ino, file);
    }
    return file;
  }
}

function applied({ synced, changes }: FileHistory): Uint8Array {
  let size = synced.byteLength;
  let room = synced.byteLength;
  for (const change of changes) {
    size = change.kind === "truncate" ? change.size : Math.max(size, change.position + change.bytes.byteLength);
    room = Math.max(room, size);
  }
  if (changes.length === 0) return synced;
  const bytes = new Uint8Array(room);
  bytes.set(synced);
  let current = synced.byteLength;
  for (const change of changes) {
    if (change.kind === "truncate") {
      if (change.size < current) bytes.fill(0, change.size, current);
      current = change.size;
    } else {
      bytes.set(change.bytes, change.position);
      current = Math.max(current, change.position + change.bytes.byteLength);
    }
  }
  return bytes.slice(0, size);
}
