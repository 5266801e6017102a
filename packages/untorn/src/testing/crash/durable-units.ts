import { keeper, parents, subjects, touches } from "./entry-units.ts";
import type { EntryUnit } from "./entry-units.ts";
import type { PersistenceModel } from "./model.ts";
import type { RecordedEffect } from "./recording.ts";

/** Which units the syncs among the first `count` effects have made certain: one flag per unit. */
export function durableUnits(
  model: PersistenceModel,
  units: readonly EntryUnit[],
  effects: readonly RecordedEffect[],
  count: number,
): boolean[] {
  const durable = units.map(() => false);
  for (let at = 0; at < count; at += 1) {
    const { effect } = effects[at] as RecordedEffect;
    if (effect.kind !== "sync") continue;
    if (model.entries === "any") keepOwn(units, durable, effect.ino, at);
    else if (model.entries === "journal") keepJournal(units, durable, effects, effect.ino, at);
    else keepLog(units, durable, effect.ino, at);
  }
  return durable;
}

/** A sync keeps what belongs to the file or directory itself. */
function keepOwn(units: readonly EntryUnit[], durable: boolean[], ino: number, at: number): void {
  for (const [index, unit] of units.entries()) {
    if (unit.at < at && keeper(unit) === ino) durable[index] = true;
  }
}

/**
 * A sync writes the journal up to the last change of what is synced. Later changes may share its transaction, but need
 * not: a background commit may have come in between.
 */
function keepJournal(
  units: readonly EntryUnit[],
  durable: boolean[],
  effects: readonly RecordedEffect[],
  ino: number,
  at: number,
): void {
  let last = -1;
  for (const unit of units) if (unit.at < at && touches(unit, ino)) last = unit.at;
  for (let before = at - 1; before > last; before -= 1) {
    const { effect } = effects[before] as RecordedEffect;
    if (effect.kind === "sync" && effect.ino === ino) break;
    // Written data changes the file's size or times, which are in the journal as well.
    if (effect.kind === "write" && effect.ino === ino) last = before;
  }
  for (const [index, unit] of units.entries()) if (unit.at <= last) durable[index] = true;
}

/** A sync logs the changes of what is synced, and all that those depend on. */
function keepLog(units: readonly EntryUnit[], durable: boolean[], ino: number, at: number): void {
  const wanted = new Set<string | number>();
  const inodes = new Set([ino]);
  for (let index = units.length - 1; index >= 0; index -= 1) {
    const unit = units[index] as EntryUnit;
    if (unit.at >= at) continue;
    const named = unit.effect.kind !== "metadata" && unit.effect.kind !== "truncate";
    const own = touches(unit, ino) || (named && subjects(unit).some((subject) => wanted.has(subject)));
    // A directory that was made on the way to a kept name has to be there.
    const makesParent = unit.effect.kind === "make" && inodes.has(unit.effect.inode.ino);
    if (!own && !makesParent) continue;
    durable[index] = true;
    for (const subject of subjects(unit)) wanted.add(subject);
    for (const parent of parents(unit)) inodes.add(parent);
  }
}
