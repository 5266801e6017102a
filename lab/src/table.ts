import { nameOf } from "./cells.ts";
import type { Cell } from "./cells.ts";
import type { Exploration } from "./explore.ts";

/** A cell that was tried; `seconds` of recording and of exploration. */
export interface Result {
  readonly cell: Cell;
  readonly exploration: Exploration;
  readonly seconds: readonly [number, number];
  /** Where the image of the first failing state is. */
  readonly kept: string | undefined;
}

/** Whether a row is as it must be: sound cells without damage, and damage where it must be found. No states show nothing. */
export function isRight({ cell, exploration }: Result): boolean {
  if (exploration.states === 0) return false;
  return (exploration.first === undefined) === (cell.expect === "good");
}

const faultTitles = {
  none: "",
  "no-file-sync": "no file sync",
  "no-directory-sync": "no directory sync",
  "no-recovery": "no recovery",
} as const;

/** The rows of a run, cells that differ in their seed alone added up, as Markdown. */
export function tableOf(results: readonly Result[]): string {
  const header = [
    "filesystem",
    "workload",
    "taken out",
    "epochs",
    "states",
    "torn",
    "lost",
    "stuck",
    "no mount",
    "verdict",
  ];
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const key = nameOf(result.cell);
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  const rows = [...groups.values()].map((group) => {
    const { cell } = group[0] as Result;
    const sum = (of: (exploration: Exploration) => number): string =>
      String(group.reduce((total, { exploration }) => total + of(exploration), 0));
    return [
      cell.filesystem,
      cell.during === "recovery" ? `${cell.workload}, in recovery` : cell.workload,
      faultTitles[cell.fault] || (cell.filesystem === "ext4-nobarrier" ? "flushes" : "-"),
      sum(({ epochs }) => epochs),
      sum(({ states }) => states),
      sum(({ counts }) => counts.torn),
      sum(({ counts }) => counts.lost),
      sum(({ counts }) => counts.stuck),
      sum(({ counts }) => counts.unmountable + counts.inconsistent),
      verdict(group),
    ];
  });
  return aligned([header, ...rows], [3, 8]);
}

function verdict(group: readonly Result[]): string {
  const right = group.every(isRight);
  const { expect } = (group[0] as Result).cell;
  if (expect === "good") return right ? "good" : "WRONG";
  return right ? "found" : "NOT FOUND";
}

/** As Markdown; the columns from the first to the last of `numbers` are numbers. */
export function aligned(rows: readonly (readonly string[])[], numbers: readonly [number, number]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const isNumber = (column: number): boolean => column >= numbers[0] && column <= numbers[1];
  const lines = rows.map((row) =>
    row.map((text, column) =>
      isNumber(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0),
    ),
  );
  const rule = widths.map((width, column) => (isNumber(column) ? `${"-".repeat(width - 1)}:` : "-".repeat(width)));
  const [head = [], ...body] = lines;
  return [head, rule, ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
