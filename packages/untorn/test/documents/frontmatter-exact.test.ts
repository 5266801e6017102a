import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import {
  deleteFrontmatter,
  editFrontmatter,
  getFrontmatter,
  parseFrontmatter,
  setFrontmatter,
} from "../../src/frontmatter.ts";

const matter = (yaml: string): string => `---\n${yaml}---\nbody\n`;
const big = "12345678901234567890";
const near = Number(big);

test("an integer is set digit for digit, also where both look the same in JavaScript", () => {
  const text = matter(`id: ${big}\n`);
  assert.equal(setFrontmatter(text, "id", 12345678901234567891n), matter("id: 12345678901234567891\n"));
  assert.equal(setFrontmatter(text, "id", 12345678901234567890n), text);
  assert.equal(setFrontmatter(text, "id", near), text, "the double that was read is no change");
  assert.equal(editFrontmatter(text, { id: 5n }), matter("id: 5\n"));
  assert.equal(getFrontmatter(text, "id"), near);
  assert.equal(getFrontmatter(text, "id", { bigints: true }), 12345678901234567890n);
  assert.deepEqual(parseFrontmatter(matter(`a: [${big}, 1.5, 2]\n`), { bigints: true }).data, {
    a: [12345678901234567890n, 1.5, 2],
  });
  assert.throws(() => setFrontmatter(text, "id.canonical", 1), /it has no member "canonical"/);
});

test("numbers that a double cannot hold keep their digits where their member is written anew", () => {
  const anchored = matter(`base: &b\n  id: ${big}\n  n: 1\ncopy: *b\n`);
  const set = setFrontmatter(anchored, "base.n", 2);
  assert.equal(set.split(big).length, 3, set);
  assert.equal(editFrontmatter(matter(`old: ${big}\n`), { fresh: near }), matter(`fresh: ${big}\n`));
  const queue = matter(`queue:\n  - id: ${big}\ndone: []\n`);
  assert.match(editFrontmatter(queue, { queue: [], done: [{ id: near }] }), new RegExp(`done: .*id: ${big}`));
  for (const literal of ["0.12345678901234567890123", "1e400", "-1e400", "0xFFFFFFFFFFFFFFFFFF", "1e-400"]) {
    const text = matter(`a: ${literal}\nl: [1]\n`);
    assert.match(setFrontmatter(text, "l.0", 2), new RegExp(`^a: ${literal}$`, "m"));
    if (literal !== "1e-400")
      assert.equal(editFrontmatter(text, { l: [1], b: Number(literal) }), matter(`l: [1]\nb: ${literal}\n`));
  }
});

test("where two numbers read as one double, what moved is refused, and what stayed keeps its own", () => {
  const list = matter("l:\n  - id: 12345678901234567890\n    n: a\n  - id: 12345678901234567891\n    n: b\n");
  assert.match(editFrontmatter(list, { l: [{ id: near, n: "b" }] }), /id: 12345678901234567891\n {4}n: b\n---/);
  assert.throws(() => editFrontmatter(list, { l: [{ id: near, n: "c" }] }), /two numbers look the same/);
  assert.match(setFrontmatter(list, "l.1.n", "c"), /890\n {4}n: a\n {2}- id: 12345678901234567891\n {4}n: c/);
  assert.match(deleteFrontmatter(list, "l.0"), /^---\nl:\n {2}- id: 12345678901234567891\n {4}n: b\n---/);
});

test("a member of a flow collection goes with its comma and its comment, and no other comment goes", () => {
  const list = "tags: [\n  a, # one\n  b, # two\n  0x1F # three\n]\n";
  assert.equal(deleteFrontmatter(matter(list), "tags.0"), matter(list.replace("  a, # one\n", "")));
  assert.equal(deleteFrontmatter(matter(list), "tags.1"), matter(list.replace("  b, # two\n", "")));
  assert.equal(deleteFrontmatter(matter(list), "tags.2"), matter(list.replace("  0x1F # three\n", "")));
  const map = "x: {\n  # of a\n  a: 1, # one\n  b: [\n    2 ], # two\n  c: 3,\n}\n";
  assert.equal(deleteFrontmatter(matter(map), "x.b"), matter(map.replace("  b: [\n    2 ], # two\n", "")));
  const crlf = matter(list).replaceAll("\n", "\r\n");
  assert.equal(deleteFrontmatter(crlf, "tags.1"), crlf.replace("  b, # two\r\n", ""));
  for (const [tangled, path] of [
    ["tags: [a, # one\n  b, # two\n]\n", "tags.0"],
    ["tags: [\n  a # one\n  , b # two\n]\n", "tags.0"],
    ["l: !t # all\n  - 1 # one\n  - 2\n", "l.0"],
  ] as const) {
    assert.throws(
      () => deleteFrontmatter(matter(tangled), path),
      /comments, unusual keys or .* are in the way/,
      tangled,
    );
  }
});

test("a first line that names YAML is frontmatter, and one that names another language is an error", () => {
  for (const first of ["---yaml", "--- yml", "---YAML "]) {
    assert.equal(setFrontmatter(`${first}\na: 1\n---\n`, "a", 2), `${first}\na: 2\n---\n`);
  }
  for (const first of ["---ruby", "---toml", "--- lisp", "--- # note"]) {
    assert.throws(() => setFrontmatter(`${first}\na: 1\n---\n`, "a", 2), { code: "UNTORN_CORRUPT" }, first);
  }
  assert.match(setFrontmatter("--- two words\n", "a", 2), /^---\na: 2\n---\n--- two words/);
});

const hard = [
  "a\tb",
  "\t",
  "a\u2028b",
  "a\u2029",
  "a\u0085b",
  "a\x7f",
  "\ufeffa",
  "a\ufffeb",
  "=",
  "?a",
  ":b",
  "<<",
  "a\tb\nc",
];

test("strings that readers of YAML 1.1 refuse or change are quoted and escaped", (t) => {
  const value = { value: hard, inside: Object.fromEntries(hard.map((text) => [text, text])) };
  const block = setFrontmatter("x\n", "v", value);
  const flow = setFrontmatter(matter("v: [1]\n"), "v", hard);
  const quoted = hard.reduce((text, each, at) => setFrontmatter(text, `k${at}`, each), matter("a: 'x'\n"));
  assert.deepEqual(getFrontmatter(block, "v"), value);
  assert.deepEqual(getFrontmatter(flow, "v"), hard);
  for (const text of [block, flow, quoted]) assert.doesNotMatch(text, /[\x7f-\x9f\u2028\u2029\ufeff\ufffe]/);
  assert.equal(setFrontmatter(matter("a: 'x'\n"), "a", "b\tc"), matter('a: "b\\tc"\n'));
  const python =
    "import json,sys,yaml; json.dump([next(yaml.safe_load_all(t)) for t in json.load(sys.stdin)], sys.stdout)";
  try {
    execFileSync("python3", ["-c", "import yaml"], { stdio: "ignore" });
  } catch {
    t.diagnostic("no PyYAML here: what is written is checked by its form only");
    return;
  }
  const read = JSON.parse(
    execFileSync("python3", ["-c", python], { input: JSON.stringify([block, flow]), encoding: "utf8" }),
  ) as { v: unknown }[];
  assert.deepEqual(read[0]?.v, value);
  assert.deepEqual(read[1]?.v, hard);
});
