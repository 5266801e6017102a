import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseFrontmatter } from "untorn/frontmatter";
import { plainData } from "../../src/artifacts/frontmatter.ts";

const seed = Number(process.env["UNTORN_SEED"] ?? Date.now() % 1e9);

/** Pieces that YAML gives a meaning to, and pieces that it does not. */
const pieces = [
  ..."aZ09 _-.,:#'\"[]{}&*!|>%@`~?/\\+\t=".split(""),
  "null",
  "Null",
  "true",
  "FALSE",
  "no",
  "1.5",
  "0x1f",
  "0o7",
  "1e3",
  ".inf",
  ".nan",
  "-1",
  "007",
  "2026-03-04",
  "2026-03-04T05:06:07Z",
  "2026-03-04 05:06:07",
  ": ",
  " #",
  "- ",
  "''",
  "é",
  "日",
  "\u2028",
  "\u0085",
  "\u00a0",
  "...",
  "---",
  "<<",
  "=",
  "__proto__",
];
const value = fc.array(fc.constantFrom(...pieces), { maxLength: 5 }).map((parts) => parts.join(""));
const written = fc.oneof(
  value,
  value.map((text) => `"${text}"`),
  value.map((text) => `'${text}'`),
);
const key = fc.constantFrom("id", "title", "status", "a_b", "null", "true", "y", "A", "__proto__", "constructor");

test(`the plain reader agrees with the YAML parser wherever it answers (UNTORN_SEED=${seed})`, () => {
  let answered = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, fc.constantFrom(" ", "", "  "), written), { minLength: 1, maxLength: 3 }),
      (lines) => {
        const text = `---\n${lines.map(([name, space, rest]) => `${name}:${space}${rest}\n`).join("")}---\nbody\n`;
        const plain = plainData(text);
        if (plain === undefined) return;
        answered += 1;
        assert.deepEqual(plain, parseFrontmatter(text).data, text);
      },
    ),
    { seed, numRuns: 3_000 * Number(process.env["UNTORN_EFFORT"] ?? 1) },
  );
  assert.ok(answered > 50, `only ${answered} were plain`);
});
