import { applyEffect } from "../effects.ts";
import type { Volume } from "../volume.ts";
import type { RecordedEffect, Recording } from "./recording.ts";
import type { KillStep } from "./token.ts";

/**
 * The disk as a killed process leaves it: after each effect, before and after each thing that its caller was told, and
 * in the middle of each write, which a signal may cut short (write(2)).
 */
export function* killedStates(recording: Recording): Generator<{ volume: Volume; step: KillStep }> {
  const volume = recording.base.fork();
  let marks = 0;
  for (let effects = 0; effects <= recording.effects.length; effects += 1) {
    yield { volume: volume.fork(), step: { model: "process", effects, marks } };
    while (recording.marks[marks]?.at === effects) {
      marks += 1;
      yield { volume: volume.fork(), step: { model: "process", effects, marks } };
    }
    const next = recording.effects[effects];
    if (next === undefined) return;
    const half = halfOf(next);
    if (half !== undefined) {
      const cut = volume.fork();
      applyEffect(cut, half.effect, half.atMs);
      yield { volume: cut, step: { model: "process", effects, marks, half: true } };
    }
    applyEffect(volume, next.effect, next.atMs);
  }
}

/** The disk after one such kill. */
export function killedVolume(recording: Recording, { effects, half }: KillStep): Volume {
  const volume = recording.base.fork();
  for (const { effect, atMs } of recording.effects.slice(0, effects)) applyEffect(volume, effect, atMs);
  const next = recording.effects[effects];
  const cut = half === true && next !== undefined ? halfOf(next) : undefined;
  if (cut !== undefined) applyEffect(volume, cut.effect, cut.atMs);
  return volume;
}

/**
 * Linux looks for a fatal signal between two pages of a write (generic_perform_write in mm/filemap.c), so what is cut
 * ends with a page.
 */
const pageBytes = 4096;

/** A write as far as the page before its last; `undefined` for what is not cut. */
function halfOf({ effect, atMs }: RecordedEffect): RecordedEffect | undefined {
  if (effect.kind !== "write") return undefined;
  const end = effect.position + effect.bytes.byteLength;
  const cut = Math.ceil(end / pageBytes - 1) * pageBytes - effect.position;
  return cut <= 0 ? undefined : { effect: { ...effect, bytes: effect.bytes.subarray(0, cut) }, atMs };
}
