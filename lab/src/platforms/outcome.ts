import { aligned } from "../table.ts";
import type { CaseResult } from "./case-result.ts";
import { known, knownFor } from "./known.ts";
import type { Known } from "./known.ts";

/** What became of one platform. */
export interface Outcome {
  readonly title: string;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: readonly CaseResult[];
  /** By reason. */
  readonly skipped: ReadonlyMap<string, number>;
  readonly unsupported: ReadonlyMap<string, number>;
}

/** Sorts the cases; a known one that passes fails, so that the list stays true. */
export function outcomeOf(platform: string, title: string, seconds: number, results: readonly CaseResult[]): Outcome {
  const failed: CaseResult[] = [];
  const skipped = new Map<string, number>();
  const unsupported = new Map<string, number>();
  const came = new Set<Known>();
  let passed = 0;
  const add = (to: Map<string, number>, reason: string): void => void to.set(reason, (to.get(reason) ?? 0) + 1);
  for (const result of results) {
    const entry = knownFor(platform, result);
    if (result.status === "passed") passed += 1;
    else if (result.status === "skipped") add(skipped, result.detail || "no reason given");
    else if (entry === undefined) failed.push(result);
    else {
      came.add(entry);
      add(unsupported, entry.reason);
    }
  }
  const ran = new Set(results.map(({ file }) => file));
  for (const entry of known) {
    if (!platform.startsWith(entry.platform) || came.has(entry) || entry.sometimes === true) continue;
    const file = [...ran].find((each) => each.endsWith(entry.file));
    if (file === undefined) continue;
    const detail = "it passes by now: take it off the list in lab/src/platforms/known.ts";
    failed.push({ file, suite: entry.suite ?? "", name: entry.name ?? "(every case)", status: "failed", detail });
  }
  return { title, seconds, passed, failed, skipped, unsupported };
}

/** The table, and below it the reasons. */
export function report(outcomes: readonly Outcome[], absent: readonly (readonly [string, string])[]): string {
  const sum = (map: ReadonlyMap<string, number>): number => [...map.values()].reduce((a, b) => a + b, 0);
  const rows = outcomes.map(({ title, passed, failed, skipped, unsupported, seconds }) =>
    [title, passed, failed.length, sum(unsupported), sum(skipped), Math.round(seconds)].map(String),
  );
  const head = ["platform", "passed", "failed", "not supported", "skipped", "seconds"];
  const reasons = (word: "unsupported" | "skipped", title: string): string[] =>
    outcomes.flatMap((outcome) =>
      [...outcome[word]].map(([reason, count]) => `${title}: ${outcome.title}: ${count} x ${reason}`),
    );
  return [
    "",
    aligned([head, ...rows], [1, 5]),
    "",
    ...reasons("unsupported", "not supported"),
    ...reasons("skipped", "skipped"),
    ...absent.map(([name, reason]) => `cannot run here: ${name}: ${reason}`),
  ].join("\n");
}
