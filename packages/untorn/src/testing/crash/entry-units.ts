import type { Effect, Rename } from "../effects.ts";
import type { Volume } from "../volume.ts";
import type { PersistenceModel } from "./model.ts";
import type { RecordedEffect } from "./recording.ts";

/** A change of names, mode, owner or (in a journal) size that is kept or lost as one. */
export interface EntryUnit {
  /** Which effect it belongs to. */
  readonly at: number;
  readonly effect: Effect;
  /** Which half of a rename between directories this is; `whole` for everything else. */
  readonly part: "whole" | "new-name" | "old-name";
  readonly atMs: number;
}

/** The units of the first `count` effects, in order. */
export function entryUnits(model: PersistenceModel, effects: readonly RecordedEffect[], count: number): EntryUnit[] {
  const units: EntryUnit[] = [];
  for (let at = 0; at < count; at += 1) {
    const { effect, atMs } = effects[at] as RecordedEffect;
    if (effect.kind === "sync" || effect.kind === "write") continue;
    // Where nothing is in order, a truncation is a matter of the file's content alone.
    if (effect.kind === "truncate" && model.entries === "any") continue;
    // A directory cannot have two names, so its rename is one change everywhere.
    const splits = effect.kind === "rename" && effect.moved !== "directory" && effect.directory !== effect.toDirectory;
    if (splits && model.splitRename) {
      units.push({ at, effect, part: "new-name", atMs }, { at, effect, part: "old-name", atMs });
    } else {
      units.push({ at, effect, part: "whole", atMs });
    }
  }
  return units;
}

/** Keeps a unit: does to the volume what it did. New inodes are there already; sizes are set with the content. */
export function keepUnit(volume: Volume, unit: EntryUnit): void {
  const { effect } = unit;
  switch (effect.kind) {
    case "make":
      return volume.setEntry(effect.directory, effect.name, effect.inode.ino);
    case "link":
      return volume.setEntry(effect.directory, effect.name, effect.ino);
    case "unlink":
      return forget(volume, effect.directory, effect.name, effect.ino);
    case "rename":
      if (unit.part !== "new-name") forget(volume, effect.directory, effect.name, effect.ino);
      if (unit.part !== "old-name") volume.setEntry(effect.toDirectory, effect.toName, effect.ino);
      return;
    case "metadata": {
      const inode = volume.own(effect.ino);
      inode.mode = effect.mode;
      inode.uid = effect.uid;
      inode.gid = effect.gid;
      inode.attributes = effect.attributes;
      return;
    }
    default:
  }
}

/** Removes a name, if it still means the same file: the change that made it mean another may have been lost. */
function forget(volume: Volume, directory: number, name: string, ino: number): void {
  if (volume.get(directory).entries.get(volume.key(name))?.ino === ino) volume.removeEntry(directory, name);
}

/** Whether a sync of `ino` has to do with a unit: it is the file, or the directory that the name is in. */
export function touches(unit: EntryUnit, ino: number): boolean {
  const { effect } = unit;
  switch (effect.kind) {
    case "make":
      return effect.directory === ino || effect.inode.ino === ino;
    case "link":
    case "unlink":
      return effect.directory === ino || effect.ino === ino;
    case "rename":
      return [effect.directory, effect.toDirectory, effect.ino, effect.replaced].includes(ino);
    default:
      return effect.ino === ino;
  }
}

/** The directory whose sync keeps a unit where nothing else does; the file's own for its mode and owner. */
export function keeper(unit: EntryUnit): number {
  const { effect } = unit;
  if (effect.kind === "rename") return unit.part === "old-name" ? effect.directory : effect.toDirectory;
  if (effect.kind === "make" || effect.kind === "link" || effect.kind === "unlink") return effect.directory;
  return effect.ino;
}

/** The names and files that a unit is about: a unit depends on every earlier one that shares one of them. */
export function subjects(unit: EntryUnit): (string | number)[] {
  const { effect } = unit;
  switch (effect.kind) {
    case "make":
      return [`${effect.directory}/${effect.name}`, effect.inode.ino];
    case "link":
    case "unlink":
      return [`${effect.directory}/${effect.name}`, effect.ino];
    case "rename":
      return renameSubjects(effect);
    default:
      return [effect.ino];
  }
}

function renameSubjects(effect: Rename): (string | number)[] {
  return [`${effect.directory}/${effect.name}`, `${effect.toDirectory}/${effect.toName}`, effect.ino];
}

/** The directory inodes that a unit's names are in: they have to be there too. */
export function parents(unit: EntryUnit): number[] {
  const { effect } = unit;
  if (effect.kind === "rename") return [effect.directory, effect.toDirectory];
  if (effect.kind === "make" || effect.kind === "link" || effect.kind === "unlink") return [effect.directory];
  return [];
}
