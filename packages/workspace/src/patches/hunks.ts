import type { StructuredPatchHunk } from "diff";
import { endNear } from "./lines.ts";
import type { TextLine } from "./lines.ts";

/** How a hunk came to its place. */
export interface HunkPlace {
  /** The line that it was applied at, from 1. */
  readonly line: number;
  /** So many lines away from where the patch says. */
  readonly offset: number;
  /** So many lines of context at each end did not count. */
  readonly fuzz: number;
}

/** Why a hunk does not fit. */
export class HunkRefused extends Error {}

interface Step {
  readonly kind: " " | "-" | "+";
  readonly text: string;
  /** How it ends in the patch. */
  readonly end: "\n" | "\r\n";
  /** It is the last line of its file, and that ends without a line end. */
  readonly last: boolean;
}

/**
 * Applies hunks to lines, in order. With `fuzz` 0 a hunk fits only where the patch says, with all its context; with more, it may
 * also be elsewhere (the nearest place counts), and up to so many lines of context at either end may differ; never a line that is
 * taken out. Line ends are no part of the comparison and stay as the file has them; new lines end as those around them, or, where all
 * old lines of a hunk end as the file's do, as the hunk says.
 */
export function applyHunks(
  lines: readonly TextLine[],
  hunks: readonly StructuredPatchHunk[],
  fuzz: number,
): { lines: TextLine[]; places: HunkPlace[] } {
  const result: TextLine[] = [];
  const places: HunkPlace[] = [];
  let from = 0;
  let drift = 0;
  for (const [index, hunk] of hunks.entries()) {
    const steps = stepsOf(hunk);
    // Of a hunk without old lines the parser has already added 1 to the line that it comes after.
    const stated = hunk.oldStart - 1;
    const found = find(lines, steps, stated, drift, from, fuzz);
    if (found === undefined) throw new HunkRefused(`hunk ${index + 1} (line ${hunk.oldStart}) does not fit`);
    copy(lines, from, found.at, result);
    from = write(lines, found.steps, found.at, result);
    drift = found.at - found.skipped - stated;
    places.push({ line: found.at - found.skipped + 1, offset: drift, fuzz: found.fuzz });
  }
  copy(lines, from, lines.length, result);
  return { lines: withEnds(result), places };
}

/** One by one: a call takes no hundred thousand arguments. */
function copy(lines: readonly TextLine[], from: number, to: number, result: TextLine[]): void {
  for (let at = from; at < to; at += 1) result.push(lines[at] as TextLine);
}

function stepsOf(hunk: StructuredPatchHunk): Step[] {
  const steps: Step[] = [];
  for (const line of hunk.lines) {
    if (line.startsWith("\\")) {
      const before = steps.pop();
      if (before !== undefined) steps.push({ ...before, last: true });
      continue;
    }
    const kind = (line[0] ?? " ") as Step["kind"];
    const end = line.endsWith("\r") ? "\r\n" : "\n";
    steps.push({ kind, text: line.slice(1).replace(/\r$/, ""), end, last: false });
  }
  return steps;
}

interface Found {
  readonly at: number;
  readonly steps: readonly Step[];
  /** Context lines at the beginning that were left out. */
  readonly skipped: number;
  readonly fuzz: number;
}

function find(
  lines: readonly TextLine[],
  steps: readonly Step[],
  stated: number,
  drift: number,
  from: number,
  most: number,
): Found | undefined {
  for (let fuzz = 0; fuzz <= most; fuzz += 1) {
    const head = Math.min(fuzz, contextAt(steps, false));
    const tail = Math.min(fuzz, contextAt(steps, true));
    const trimmed = steps.slice(head, steps.length - tail);
    const old = trimmed.filter(({ kind }) => kind !== "+");
    // Lines that only come in, without any context that counts, would fit anywhere.
    if (fuzz > 0 && old.length === 0) return undefined;
    const at = place(lines, old, stated + drift + head, from, most > 0 && old.length > 0);
    if (at !== undefined) return { at, steps: trimmed, skipped: head, fuzz };
  }
  return undefined;
}

/** How many lines of context stand at an end of a hunk. */
function contextAt(steps: readonly Step[], end: boolean): number {
  const ordered = end ? steps.toReversed() : steps;
  const first = ordered.findIndex(({ kind }) => kind !== " ");
  return first === -1 ? steps.length : first;
}

/** Where old lines stand: at the wanted place, or, if it may be elsewhere, at the nearest. */
function place(lines: readonly TextLine[], old: readonly Step[], wanted: number, from: number, elsewhere: boolean) {
  const fits = (at: number): boolean =>
    at >= from && at + old.length <= lines.length && old.every((step, index) => isSame(lines, at + index, step));
  if (fits(wanted)) return wanted;
  if (!elsewhere) return undefined;
  for (let distance = 1; distance <= lines.length + Math.abs(wanted); distance += 1) {
    if (fits(wanted - distance)) return wanted - distance;
    if (fits(wanted + distance)) return wanted + distance;
  }
  return undefined;
}

function isSame(lines: readonly TextLine[], at: number, step: Step): boolean {
  const line = lines[at];
  if (line?.text !== step.text) return false;
  return !step.last || (at === lines.length - 1 && line.end === "");
}

/** Adds what a hunk makes of the lines at a place; returns where the file goes on. */
function write(lines: readonly TextLine[], steps: readonly Step[], start: number, result: TextLine[]): number {
  let at = start;
  const old = steps.filter(({ kind }) => kind !== "+");
  const exact = old.length > 0 && old.every(({ end, last }, index) => (last ? "" : end) === lines[start + index]?.end);
  for (const { kind, text, end, last } of steps) {
    if (kind === "+") {
      result.push({ text, end: last ? "" : exact ? end : endNear(lines, at, end) });
      continue;
    }
    const line = lines[at] as TextLine;
    at += 1;
    // Context whose line end comes or goes with the hunk is given as a removal and an addition; the rest is the file's own.
    if (kind === " ") result.push(line);
  }
  return at;
}

/** Only the last line may end without a line end. */
function withEnds(lines: TextLine[]): TextLine[] {
  return lines.map((line, at) =>
    line.end === "" && at < lines.length - 1
      ? { ...line, end: endNear(lines, at + 1, lines[at - 1]?.end || "\n") }
      : line,
  );
}
