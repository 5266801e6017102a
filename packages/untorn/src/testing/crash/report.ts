import { printable } from "../../platform/index.ts";
import type { CrashStep } from "./token.ts";

/** One kind of wrong state: the same words from the check. */
export interface CrashFailure {
  /** What the check (or the recovery) threw. */
  readonly message: string;
  /** The model under which it was found first; `process` for a killed process. */
  readonly model: string;
  /** In how many states, by model. */
  readonly states: Readonly<Record<string, number>>;
  /** Give it to `exploreCrashes` as `replay` to see that one state again. */
  readonly token: string;
  readonly steps: readonly CrashStep[];
  /** The calls up to the crash, what was lost, and what was on the disk then. */
  readonly timeline: string;
  readonly error: unknown;
}

/** What came out under one persistence model. */
export interface ModelReport {
  readonly model: string;
  /** Different states that were recovered and checked, those after crashes of the recovery among them. */
  readonly states: number;
  readonly failures: number;
  /** Whether these were all states that the model allows. */
  readonly exhaustive: boolean;
}

/** What came out of enumerating the crash states of a run. */
export interface CrashReport {
  readonly ok: boolean;
  readonly states: number;
  readonly failures: readonly CrashFailure[];
  readonly models: readonly ModelReport[];
  /** How many effects (changes and syncs) the workload had. */
  readonly effects: number;
  readonly seed: number;
  readonly durationMs: number;
}

/** The report as text: a line per model, then one story per kind of failure. */
export function formatCrashReport(report: CrashReport): string {
  const lines = report.models.map(({ model, states, failures, exhaustive }) => {
    const how = exhaustive ? "all states" : "a seeded choice";
    return `${model.padEnd(14)} ${String(states).padStart(8)} states (${how})  ${failures === 0 ? "good" : `${failures} WRONG`}`;
  });
  for (const failure of report.failures) {
    const counts = Object.entries(failure.states).map(([model, count]) => `${count} in ${model}`);
    lines.push(
      "",
      `${printable(failure.message)}  (${counts.join(", ")})`,
      failure.timeline,
      `    replay: ${failure.token}`,
    );
  }
  lines.push("", `${report.states} states, seed ${report.seed}, ${(report.durationMs / 1000).toFixed(1)} s`);
  return lines.join("\n");
}
