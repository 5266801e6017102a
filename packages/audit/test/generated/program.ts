import assert from "node:assert/strict";
import * as fc from "fast-check";
import { factsOf } from "../../src/analysis/facts.ts";
import type { Source } from "../../src/analysis/source.ts";
import { LineTable } from "../../src/analysis/source.ts";
import type { Language } from "../../src/engine/index.ts";
import { familyOf, loadParser, parse } from "../../src/engine/index.ts";
import { loadFamily } from "../../src/languages.ts";
import { nonAtomicWrite } from "../../src/rules/non-atomic-write.ts";

/** Some lines of code, and which of them (counting from 0) hold a write that can tear. */
export interface Piece {
  readonly lines: readonly string[];
  readonly torn: readonly number[];
}

export const seed = Number(process.env["UNTORN_SEED"] ?? Date.now() % 2 ** 31);

/** Programs for each language; the issue asks for a thousand. */
export const programs = 1000;

export function piece(lines: readonly string[] | string, ...torn: readonly number[]): Piece {
  return { lines: [lines].flat(), torn };
}

/** One piece after the other. */
export function sequence(pieces: readonly Piece[]): Piece {
  const lines: string[] = [];
  const torn: number[] = [];
  for (const one of pieces) {
    torn.push(...one.torn.map((line) => line + lines.length));
    lines.push(...one.lines);
  }
  return { lines, torn };
}

/** A piece between an opening and a closing line, indented. */
export function wrapped(before: readonly string[], inner: Piece, after: readonly string[], indent: string): Piece {
  const body = { ...inner, lines: inner.lines.map((line) => (line === "" ? "" : indent + line)) };
  return sequence([piece(before), body, piece(after)]);
}

/** Checks that exactly the torn lines are found. */
export function check(language: Language, program: Piece): void {
  const text = `${program.lines.join("\n")}\n`;
  const root = parse(language, text);
  assert.deepEqual(
    root.findAll(["ERROR"]).map((node) => node.text),
    [],
    text,
  );
  const source: Source = { path: "src/program", language, family: familyOf(language), text, root };
  const lines = new LineTable(text);
  const found = nonAtomicWrite.check(source, factsOf(source)).map((report) => lines.position(report.start).line);
  const expected = program.torn.map((line) => line + 1);
  assert.deepEqual(
    [...new Set(found)].sort((a, b) => a - b),
    expected.toSorted((a, b) => a - b),
    text,
  );
}

export async function run(language: Language, program: fc.Arbitrary<Piece>): Promise<void> {
  await loadFamily(familyOf(language));
  await loadParser(language);
  console.log(`${language}: seed ${seed}`);
  fc.assert(
    fc.property(program, (one) => check(language, one)),
    { seed, numRuns: programs, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true },
  );
}
