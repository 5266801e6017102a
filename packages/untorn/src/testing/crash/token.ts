import { invalidArgument } from "../../platform/index.ts";
import type { StateChoice } from "./states.ts";

/** One crash: of the workload, or of the recovery after the crash before it. */
export type CrashStep = PowerStep | KillStep;

export interface PowerStep {
  readonly model: string;
  readonly choice: StateChoice;
}

/** The process was killed after so many effects. */
export interface KillStep {
  readonly model: "process";
  readonly effects: number;
  readonly marks: number;
  /** In the middle of the next write. */
  readonly half?: boolean;
}

/** A crash state as a short text: `7/posix@5.2:1,3:4=2` (seed, then per crash: model, moment, what was lost, contents). */
export function toToken(seed: number, steps: readonly CrashStep[]): string {
  return [String(seed), ...steps.map(stepToken)].join("/");
}

function stepToken(step: CrashStep): string {
  if (!("choice" in step)) return `process@${step.effects}${step.half === true ? "+" : ""}.${step.marks}`;
  const { point, kept, contents } = step.choice;
  const lost = kept.flatMap((flag, index) => (flag ? [] : [index]));
  const picked = [...contents].filter(([, index]) => index > 0).map(([ino, index]) => `${ino}=${index}`);
  return `${step.model}@${point.effects}.${point.marks}:${lost.join(",")}:${picked.join(",")}`;
}

/** The opposite; `kept` names only the lost units, the others are kept. Throws UNTORN_INVALID_ARGUMENT for anything else. */
export function parseToken(token: string): { seed: number; steps: CrashStep[] } {
  const [seed = "", ...rest] = token.split("/");
  if (!/^\d+$/.test(seed) || rest.length === 0) throw noToken(token);
  return { seed: Number(seed), steps: rest.map((part) => parseStep(part, token)) };
}

function parseStep(part: string, token: string): CrashStep {
  const match = /^([a-z0-9-]+)@(\d+)(\+?)\.(\d+)(?::([\d,]*):([\d=,]*))?$/.exec(part);
  if (match === null) throw noToken(token);
  const [, model = "", effects, half, marks, lost, picked] = match;
  const point = { effects: Number(effects), marks: Number(marks) };
  if (model === "process") return { model, ...point, half: half === "+" };
  const kept: boolean[] = [];
  for (const index of numbers(lost)) kept[index] = false;
  const contents = new Map(
    (picked ?? "")
      .split(",")
      .filter(Boolean)
      .map((pair) => numbers(pair, "=") as [number, number]),
  );
  return { model, choice: { point, kept, contents } };
}

function noToken(token: string): Error {
  return invalidArgument(token, "that is no replay token, such as `1/posix@5.2:1,3:4=2`");
}

function numbers(text: string | undefined, separator: string = ","): number[] {
  return (text ?? "").split(separator).filter(Boolean).map(Number);
}
