import type { SeededRandom } from "../seeded-random.ts";
import type { PersistenceModel } from "./model.ts";

/** A write or truncation that was not synced. */
export type ContentChange =
  | { readonly kind: "write"; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly size: number };

/** What a file may hold after the power cut. */
export interface Content {
  readonly bytes: Uint8Array;
  /** For a reader: `all 3 writes`, `zeros`, `torn: ...`. */
  readonly label: string;
}

export interface ContentQuestion {
  readonly model: PersistenceModel;
  /** What was synced. */
  readonly synced: Uint8Array;
  /** What came later, in order. */
  readonly changes: readonly ContentChange[];
  /** The first so many changes are in the journal for certain: a kept truncation, with all before it. */
  readonly settled: number;
  /** The size that a kept rename has fixed, in changes; 0 if there is none. */
  readonly allocated: number;
  /** How many mixed contents to add by chance where there are too many to try them all. */
  readonly sampled: number;
}

/** Up to this many combinations of sectors and sizes all are tried. */
const exhaustiveMixes = 1024;
/** File systems give out space in blocks of this size, and sizes grow with them. */
const blockBytes = 4096;

/**
 * The contents that a model allows, first the newest; `plain` of them are whole, as the file was after one of the changes, and
 * then come mixtures. Each sector is as it was after one of the changes; the size
 * follows the model's rule. `all` tells whether nothing that the model allows was left out.
 */
export function contents(
  question: ContentQuestion,
  random: SeededRandom,
): { list: Content[]; plain: number; all: boolean } {
  const { model, changes, settled, allocated } = question;
  const everyVersion = versionsOf(question);
  const versions = everyVersion.slice(settled);
  const found = new Map<string, Content>();
  const add = (bytes: Uint8Array, label: string): void => {
    // What a rename has allocated cannot be missing, whatever else is.
    if (allocated > settled && bytes.byteLength < (everyVersion[allocated] as Uint8Array).byteLength) return;
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    if (!found.has(key)) found.set(key, { bytes, label });
  };
  const last = versions.length - 1;
  add(versions[last] as Uint8Array, "kept");
  for (let version = last - 1; version > 0; version -= 1) {
    add(versions[version] as Uint8Array, `as after change ${settled + version} of ${changes.length}`);
  }
  add(versions[0] as Uint8Array, settled === 0 ? "lost" : "lost, but truncated");
  const plain = found.size;
  const all = addMixes(model, versions, { random, sampled: question.sampled, add });
  return { list: [...found.values()], plain, all };
}

interface Mixing {
  readonly random: SeededRandom;
  readonly sampled: number;
  readonly add: (bytes: Uint8Array, label: string) => void;
}

/** Adds contents whose sectors are not all of one age. Returns whether these are all that there are. */
function addMixes(model: PersistenceModel, versions: readonly Uint8Array[], mixing: Mixing): boolean {
  const { add, random, sampled } = mixing;
  const before = versions[0] as Uint8Array;
  const after = versions[versions.length - 1] as Uint8Array;
  const changed = changedSectors(versions, model.unitBytes);
  const sizes = model.sizes === "with-data" ? [0] : [...new Set(versions.map((version) => version.byteLength))];
  const put = (ages: readonly number[]): void => {
    const bytes = sectorsOf(model, versions, (sector) => ages[changed.indexOf(sector)] ?? versions.length - 1);
    if (model.sizes === "with-data") return add(bytes, "torn: some blocks are older than others");
    for (const size of sizes) add(extended(bytes, size), labelOf(bytes, size, { before, after, ages }));
  };
  if (model.sizes === "any" && after.byteLength > before.byteLength + 1) {
    const half = before.byteLength + Math.ceil((after.byteLength - before.byteLength) / 2);
    add(after.slice(0, half), `short: ${half} of ${after.byteLength} bytes`);
  }
  const count = versions.length ** changed.length;
  if (count * sizes.length <= exhaustiveMixes) {
    for (let mix = 0; mix < count; mix += 1) {
      put(changed.map((_, place) => Math.floor(mix / versions.length ** place) % versions.length));
    }
    return true;
  }
  const newest = versions.length - 1;
  for (const part of [0, 1, Math.floor(changed.length / 2), changed.length - 1]) {
    put(changed.map((_, place) => (place < part ? newest : 0)));
    put(changed.map((_, place) => (place < part ? 0 : newest)));
  }
  for (let turn = 0; turn < sampled; turn += 1) put(changed.map(() => random.below(versions.length)));
  return false;
}

function labelOf(
  bytes: Uint8Array,
  size: number,
  { before, after, ages }: { before: Uint8Array; after: Uint8Array; ages: readonly number[] },
): string {
  if (ages.every((age) => age === 0) && size > before.byteLength) return "new size, but zeros";
  if (size < bytes.byteLength && size < after.byteLength) return "old size, but some of the new data";
  return "torn: some sectors are older than others";
}

/** The sectors that are not the same in all versions. */
function changedSectors(versions: readonly Uint8Array[], unit: number): number[] {
  const sectors = Math.ceil(Math.max(...versions.map((version) => version.byteLength)) / unit);
  const first = versions[0] as Uint8Array;
  return Array.from({ length: sectors }, (_, sector) => sector).filter((sector) =>
    versions.some((version) => differs(first, version, sector, unit)),
  );
}

/** The content after each number of changes. */
function versionsOf({ synced, changes }: ContentQuestion): Uint8Array[] {
  const versions = [synced];
  let current = synced;
  for (const change of changes) {
    const size = change.kind === "truncate" ? change.size : Math.max(current.byteLength, end(change));
    const next = extended(current, size);
    if (change.kind === "write") next.set(change.bytes, change.position);
    versions.push(next);
    current = next;
  }
  return versions;
}

function end(change: { position: number; bytes: Uint8Array }): number {
  return change.position + change.bytes.byteLength;
}

/** A copy of that size, cut or filled up with zeros. */
function extended(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(size);
  copy.set(bytes.subarray(0, size));
  return copy;
}

function differs(before: Uint8Array, after: Uint8Array, sector: number, unit: number): boolean {
  const from = sector * unit;
  const to = from + unit;
  return Buffer.compare(before.subarray(from, to), after.subarray(from, to)) !== 0;
}

/** Each sector from the version that `pick` names; the size as the model's rule says. */
function sectorsOf(
  model: PersistenceModel,
  versions: readonly Uint8Array[],
  pick: (sector: number) => number,
): Uint8Array {
  const unit = model.unitBytes;
  const first = versions[0] as Uint8Array;
  const last = versions[versions.length - 1] as Uint8Array;
  const whole = new Uint8Array(Math.max(...versions.map((version) => version.byteLength)));
  let missing = whole.byteLength;
  for (let sector = 0; sector * unit < whole.byteLength; sector += 1) {
    const version = versions[pick(sector)] as Uint8Array;
    whole.set(version.subarray(sector * unit, (sector + 1) * unit), sector * unit);
    const ends = Math.min((sector + 1) * unit, last.byteLength);
    if (version.byteLength < ends) missing = Math.min(missing, sector * unit);
  }
  if (model.sizes !== "with-data") return whole;
  // The size has grown over the blocks that were written without a gap, and no further.
  const grown = missing === whole.byteLength ? missing : missing - (missing % blockBytes);
  return whole.slice(0, Math.min(Math.max(first.byteLength, grown), last.byteLength));
}
