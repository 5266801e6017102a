import type { Crashed, Explorer } from "./explorer.ts";
import type { PersistenceModel } from "./model.ts";
import { allPoints } from "./recording.ts";
import type { CrashPoint, Recording } from "./recording.ts";
import { StateSpace } from "./states.ts";
import type { StateChoice } from "./states.ts";

/** Checks that a shrinking may take. */
const triesMax = 400;

export interface Shrinking<V> {
  readonly crashed: Crashed<V>;
  readonly recordings: readonly Recording[];
  readonly seed: number;
  readonly isSame: (error: unknown) => boolean;
}

/**
 * Looks for a simpler state that is wrong in the same way: an earlier power cut, less that is lost, the newest content.
 * Only the last crash of a chain is changed: the ones before it decide what the recovery did.
 */
export async function shrink<V>(
  explorer: Explorer<V>,
  model: PersistenceModel | undefined,
  { crashed, recordings, seed, isSame }: Shrinking<V>,
): Promise<Crashed<V>> {
  const last = crashed.steps.at(-1);
  const recording = recordings[crashed.steps.length - 1];
  if (model === undefined || last === undefined || recording === undefined || !("choice" in last)) return crashed;
  const space = new StateSpace(recording, model, { seed, perPoint: 1 });
  const points = allPoints(recording);
  const first = crashed.steps.length === 1;
  const withChoice = (choice: StateChoice): Crashed<V> => ({
    steps: [...crashed.steps.slice(0, -1), { model: model.name, choice }],
    marks: first ? (recording.marks as Crashed<V>["marks"]).slice(0, choice.point.marks) : crashed.marks,
  });
  let best = last.choice;
  for (let tries = 0; tries < triesMax;) {
    let better: StateChoice | undefined;
    for (const candidate of simpler(space, points, best)) {
      tries += 1;
      if (tries > triesMax) break;
      const error = await explorer.verdict(space.build(candidate), withChoice(candidate), crashed.steps.length);
      if (error === undefined || !isSame(error)) continue;
      better = candidate;
      break;
    }
    if (better === undefined) break;
    best = better;
  }
  return withChoice(best);
}

/** States that are simpler: first the power is cut much earlier, then a little, then less is lost. */
function* simpler(space: StateSpace, points: readonly CrashPoint[], choice: StateChoice): Generator<StateChoice> {
  const place = points.findIndex(
    ({ effects, marks }) => effects === choice.point.effects && marks === choice.point.marks,
  );
  for (let back = place; back >= 1; back = Math.floor(back / 2)) {
    const earlier = points[place - back] as CrashPoint;
    const { units, durable } = space.view(earlier);
    const kept = units.map((_, index) => durable[index] === true || choice.kept[index] !== false);
    if (space.model.entries === "any" || isPrefix(kept, durable)) yield { ...choice, point: earlier, kept };
  }
  const { durable } = space.view(choice.point);
  const lost = choice.kept.flatMap((kept, index) => (kept ? [] : [index]));
  // Where the order is kept, only the first of the lost units can be kept after all.
  for (const index of space.model.entries === "any" ? lost : lost.slice(0, 1)) {
    const kept = choice.kept.map((flag, other) => flag || other === index);
    if (space.model.entries === "any" || isPrefix(kept, durable)) yield { ...choice, kept };
  }
  for (const [ino, index] of choice.contents) {
    if (index === 0) continue;
    yield { ...choice, contents: new Map([...choice.contents, [ino, 0]]) };
  }
}

/** Whether nothing uncertain is kept that comes after something lost. */
function isPrefix(kept: readonly boolean[], durable: readonly boolean[]): boolean {
  const lost = kept.indexOf(false);
  return lost === -1 || kept.every((flag, index) => index < lost || !flag || durable[index] === true);
}
