import { invalidArgument } from "../../platform/index.ts";
import type { CrashTest } from "./crash-test.ts";
import { Explorer } from "./explorer.ts";
import type { FailureBook } from "./failure-book.ts";
import { killedVolume } from "./killed.ts";
import { persistenceModel } from "./model.ts";
import type { PersistenceModel } from "./model.ts";
import type { Mark, Recording } from "./recording.ts";
import type { ModelReport } from "./report.ts";
import { StateSpace } from "./states.ts";
import { parseToken } from "./token.ts";
import type { CrashStep } from "./token.ts";
import type { Volume } from "../volume.ts";

/** Builds the one state that a token names and checks it. */
export async function replay<V>(
  test: CrashTest<V>,
  recording: Recording<V>,
  token: string,
  book: FailureBook<V>,
): Promise<ModelReport> {
  const { seed, steps } = parseToken(token);
  const first = steps[0] as CrashStep;
  const model = "choice" in first ? modelOf(test, first.model) : undefined;
  const explorer = new Explorer({ ...test, seed }, model, () => undefined);
  const recordings: Recording[] = [recording];
  const whole: CrashStep[] = [];
  let volume: Volume | undefined;
  let marks: readonly Mark<V>[] = recording.marks;
  for (const [index, parsed] of steps.entries()) {
    const current = recordings[index] as Recording;
    const at = "choice" in parsed ? parsed.choice.point : parsed;
    if (at.effects > current.effects.length || at.marks > current.marks.length) throw noSuchMoment(token);
    const step = complete(parsed, current, model, seed);
    whole.push(step);
    volume = volumeOf(step, current, model, seed);
    if (index === 0) marks = recording.marks.slice(0, at.marks).filter((mark) => mark.at <= at.effects);
    if (index < steps.length - 1) recordings.push(await explorer.record(volume.fork(), index + 1));
  }
  const crashed = { steps: whole, marks };
  const error = await explorer.verdict((volume as Volume).fork(), crashed, steps.length);
  if (error !== undefined) book.add(explorer, model, { crashed, recordings, error });
  return { model: model?.name ?? "process", states: 1, failures: error === undefined ? 0 : 1, exhaustive: false };
}

function noSuchMoment(token: string): Error {
  return invalidArgument(token, "this run has no such moment: its code was changed since, or the token is another's");
}

/** The disk that a crash step leaves. */
export function volumeOf(
  step: CrashStep,
  recording: Recording,
  model: PersistenceModel | undefined,
  seed: number,
): Volume {
  if (!("choice" in step) || model === undefined) {
    return killedVolume(recording, "choice" in step ? { model: "process", ...step.choice.point } : step);
  }
  return new StateSpace(recording, model, { seed, perPoint: 1 }).build(step.choice);
}

function complete(step: CrashStep, recording: Recording, model: PersistenceModel | undefined, seed: number): CrashStep {
  if (!("choice" in step) || model === undefined) return step;
  const { durable } = new StateSpace(recording, model, { seed, perPoint: 1 }).view(step.choice.point);
  // The code may have been changed since: what it syncs now cannot be lost any more.
  const kept = durable.map((certain, index) => certain || step.choice.kept[index] !== false);
  return { ...step, choice: { ...step.choice, kept } };
}

function modelOf<V>(test: CrashTest<V>, name: string): PersistenceModel {
  const own = test.models?.find((model) => typeof model !== "string" && model.name === name);
  return typeof own === "object" ? own : persistenceModel(name);
}
