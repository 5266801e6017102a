import type { Crashed, Explorer } from "./explorer.ts";
import type { PersistenceModel } from "./model.ts";
import type { Recording } from "./recording.ts";
import { volumeOf } from "./replay.ts";
import type { CrashFailure } from "./report.ts";
import { shrink } from "./shrink.ts";
import { StateSpace } from "./states.ts";
import { diskLines, killTimeline, powerTimeline } from "./timeline.ts";
import { toToken } from "./token.ts";
import type { CrashStep } from "./token.ts";

interface Found<V> {
  readonly crashed: Crashed<V>;
  /** The workload's, then those of the recoveries that were crashed. */
  readonly recordings: readonly Recording[];
  readonly error: unknown;
}

interface Page<V> {
  readonly explorer: Explorer<V>;
  readonly model: PersistenceModel | undefined;
  readonly found: Found<V>;
  readonly states: Record<string, number>;
}

/** Different kinds of failure that are told in full; what comes after is counted under the last. */
const kindsMax = 20;

/** Wrong states, gathered by what was said about them; one of each kind is shrunk and told. */
export class FailureBook<V> {
  readonly #pages = new Map<string, Page<V>>();

  add(explorer: Explorer<V>, model: PersistenceModel | undefined, found: Found<V>): void {
    const name = model?.name ?? "process";
    let message = messageOf(found.error);
    if (!this.#pages.has(message) && this.#pages.size >= kindsMax) message = [...this.#pages.keys()].at(-1) as string;
    let page = this.#pages.get(message);
    if (page === undefined) {
      page = { explorer, model, found, states: {} };
      this.#pages.set(message, page);
    }
    page.states[name] = (page.states[name] ?? 0) + 1;
  }

  async close(seed: number): Promise<CrashFailure[]> {
    const failures: CrashFailure[] = [];
    for (const [message, page] of this.#pages) failures.push(await tell(message, page, seed));
    return failures;
  }
}

async function tell<V>(message: string, page: Page<V>, seed: number): Promise<CrashFailure> {
  const { explorer, model, states } = page;
  const { recordings } = page.found;
  const isSame = (error: unknown): boolean => messageOf(error) === message;
  const crashed = await shrink(explorer, model, { ...page.found, seed, isSame });
  const lines: string[] = [];
  for (const [index, step] of crashed.steps.entries()) {
    const recording = recordings[index] as Recording;
    if (index > 0) lines.push("    then the recovery:");
    lines.push(...timelineOf(step, recording, model, seed));
    lines.push("    on the disk:", ...diskLines(volumeOf(step, recording, model, seed)).map((line) => `  ${line}`));
  }
  return {
    message,
    model: model?.name ?? "process",
    states,
    token: toToken(seed, crashed.steps),
    steps: crashed.steps,
    timeline: lines.join("\n"),
    error: page.found.error,
  };
}

function timelineOf(
  step: CrashStep,
  recording: Recording,
  model: PersistenceModel | undefined,
  seed: number,
): string[] {
  if (!("choice" in step) || model === undefined) {
    return killTimeline(recording, "choice" in step ? { model: "process", ...step.choice.point } : step);
  }
  return powerTimeline(recording, new StateSpace(recording, model, { seed, perPoint: 1 }), step.choice);
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n")[0] ?? "";
}
