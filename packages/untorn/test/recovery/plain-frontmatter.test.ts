import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFrontmatter } from "../../src/documents/frontmatter/index.ts";
import { isPlainFrontmatter } from "../../src/formats/index.ts";
import { SeededRandom } from "../../src/testing/index.ts";

const seed = Number(process.env["UNTORN_SEED"] ?? 1);
const effort = Number(process.env["UNTORN_EFFORT"] ?? 1);

const withYaml = (yaml: string): string => `---\n${yaml}\n---\n\n# Title\n`;

function isYaml(text: string): boolean {
  try {
    parseFrontmatter(text, { path: "a.md" });
    return true;
  } catch {
    return false;
  }
}

test("what people write is told without the YAML reader", () => {
  for (const yaml of [
    'id: WI-012\ntitle: Hello, world (again)\nstatus: in-progress\ntags: [a, b-c, "d e"]\ncreated: 2026-01-01T00:00:00Z',
    "name: deploy\ndescription: Ships it. Use when asked to - it's safe\nallowed-tools: Read, Grep, Bash(git:*)",
    "phase: 01-foundation\nplan: 02\ndepends_on: []\nprovides:\n  - a thing\n  - another: no".replace(": no", ""),
    "# why\nlimits:\n  low: 1\n  high: -2.5\n\nlist:\n- a\n- b\nurl: https://example.org/x#y",
    "quoted: \"a: b # c\"\nsingle: 'it''s'\nempty:\nlast: Grüße an alle 🎉",
  ]) {
    assert.equal(isPlainFrontmatter(withYaml(yaml)), true, yaml);
    assert.equal(isYaml(withYaml(yaml)), true, yaml);
    assert.equal(isPlainFrontmatter(withYaml(yaml).replaceAll("\n", "\r\n")), true, yaml);
  }
});

test("what is wrong, or could mean something to YAML, is left to the YAML reader", () => {
  for (const yaml of [
    "a: b: c",
    "a: 'it's'",
    'a: "x',
    "a: 1\na: 2",
    "a: [1, 2",
    "a: b\n  c: d",
    "a:\n  - b\n - c",
    "a:\n  - b\n  c: d",
    "a:\tb",
    "\ta: b",
    "a: *x",
    "a: &x 1",
    "a: !!binary x",
    "a: |\n  x",
    "a: @x",
    "a: `x`",
    "a: %x",
    "True: 1\ntrue: 2",
    "a:\n  b: 1\n  b: 2",
    "just text",
    "- a",
    "? a\n: b",
    "a: {b: c}",
    "a: b #c: d\n e",
  ]) {
    assert.equal(isPlainFrontmatter(withYaml(yaml)), false, yaml);
  }
  for (const text of ["---\na: 1\n", "---\na: 1", "--- \na: 1\n---\n", "\uFEFF---\na: 1\n---\n", "", "---\n", "text"]) {
    assert.equal(isPlainFrontmatter(text), false, text);
  }
});

test(`whatever passes for plain, the YAML reader takes (seed ${seed})`, () => {
  const random = new SeededRandom(seed);
  const one = (from: readonly string[]): string => from[random.below(from.length)] ?? "";
  const keys = ["a", "b", "title", "true", "Null", "x-y", "_z", "a b", "é", '"q"', "1", "<<", "__proto__"];
  const pieces = [
    "a",
    "B1",
    " ",
    "  ",
    ":",
    ": ",
    "#",
    " #",
    ",",
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    "-",
    "- ",
    "*",
    "&",
    "!",
    "|",
    ">",
  ];
  pieces.push(
    "%",
    "@",
    "`",
    "\\",
    "é",
    "🎉",
    "\u00a0",
    "\u0085",
    "\u2028",
    "\t",
    "=",
    "~",
    "?",
    "0x1",
    "1e3",
    ".inf",
    "...",
    "---",
    "null",
  );
  pieces.push(
    "'it''s'",
    '"a: b"',
    "[a, b]",
    "[a,b ,c]",
    "2026-01-01",
    "/",
    ".",
    "+",
    "$",
    "(",
    ";",
    "\ufeff",
    "\u200b",
    "word",
    "word",
  );
  const value = (): string => Array.from({ length: random.below(5) }, () => one(pieces)).join("");
  const line = (): string => {
    const indent = one(["", "", "", "", "  ", "  ", " ", "    ", "\t"]);
    const kind = random.below(10);
    if (kind === 0) return one(["", "# comment", "  # more", "#\u0085x", "...", "---x", " "]);
    if (kind < 4) return `${indent}- ${value()}`;
    return `${indent}${one(keys)}${one([":", ": ", ": ", ": ", ":  ", " : "])}${value()}`;
  };
  let plain = 0;
  for (let round = 0; round < 20_000 * effort; round += 1) {
    const yaml = Array.from({ length: 1 + random.below(4) }, line).join(one(["\n", "\n", "\n", "\r\n"]));
    const text = withYaml(yaml);
    if (!isPlainFrontmatter(text)) continue;
    plain += 1;
    assert.ok(isYaml(text), JSON.stringify(text));
  }
  assert.ok(plain > 200, `only ${plain} of them were plain`);
});
