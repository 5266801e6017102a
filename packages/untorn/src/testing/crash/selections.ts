import type { SeededRandom } from "../seeded-random.ts";
import type { PersistenceModel } from "./model.ts";

/** Which units are kept: one flag per unit. */
export type Selection = readonly boolean[];

/** Up to this many unsynced units every combination is tried; beyond, a seeded choice. */
const exhaustiveUnits = 12;

export interface Selections {
  readonly list: readonly Selection[];
  /** Whether these are all that the model allows. */
  readonly all: boolean;
}

/** The combinations of kept and lost units that a model allows, those that lose the least first. */
export function selections(
  model: PersistenceModel,
  durable: readonly boolean[],
  random: SeededRandom,
  sampled: number,
): Selections {
  const pending = durable.flatMap((kept, index) => (kept ? [] : [index]));
  if (model.entries !== "any") return { list: prefixes(durable, pending), all: true };
  if (pending.length <= exhaustiveUnits) return { list: subsets(durable, pending), all: true };
  return { list: sample(durable, pending, random, sampled), all: false };
}

function prefixes(durable: readonly boolean[], pending: readonly number[]): Selection[] {
  const list: Selection[] = [durable.map(() => true)];
  for (let lost = 1; lost <= pending.length; lost += 1) {
    list.push(without(durable, pending.slice(pending.length - lost)));
  }
  return list;
}

function subsets(durable: readonly boolean[], pending: readonly number[]): Selection[] {
  const masks = Array.from({ length: 2 ** pending.length }, (_, mask) => mask);
  masks.sort((left, right) => bitCount(left) - bitCount(right));
  return masks.map((mask) =>
    without(
      durable,
      pending.filter((_, bit) => (mask & (1 << bit)) !== 0),
    ),
  );
}

function sample(
  durable: readonly boolean[],
  pending: readonly number[],
  random: SeededRandom,
  sampled: number,
): Selection[] {
  const list = [...prefixes(durable, pending)];
  for (const index of pending) {
    list.push(without(durable, [index]));
    list.push(
      without(
        durable,
        pending.filter((other) => other !== index),
      ),
    );
  }
  while (list.length < sampled) {
    // Sometimes few are lost, sometimes most: a fair coin for each would hardly ever try either.
    const odds = 1 + random.below(7);
    list.push(
      without(
        durable,
        pending.filter(() => random.below(8) < odds),
      ),
    );
  }
  return list;
}

function without(durable: readonly boolean[], lost: readonly number[]): Selection {
  const kept = durable.map(() => true);
  for (const index of lost) kept[index] = false;
  return kept;
}

function bitCount(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
