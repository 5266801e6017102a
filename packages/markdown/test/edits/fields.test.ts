import assert from "node:assert/strict";
import { test } from "node:test";
import { getField, listFields, setField } from "../../src/index.ts";
import { assertRefused } from "../refused.ts";

const keysOf = (text: string): string[] => listFields(text).map(({ key }) => key);

test("fields are lines of paragraphs, also in lists and block quotes, plain or bold", () => {
  const text = "A: 1\n**B:** 2\n**C**: 3\n__D:__ 4\n\n- E: 5\n  - F: 6\n\n> G: 7\n> H: 8\nI: 9\n\n_J: 10\nK:\n";
  assert.deepEqual(keysOf(text), ["A", "B", "C", "D", "E", "F", "G", "H", "I", "_J", "K"]);
  assert.deepEqual(
    listFields(text).map(({ value }) => value),
    ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", ""],
  );
});

test("what is in code, comments, frontmatter, headings, tables, definitions and tasks is no field", () => {
  const hidden = [
    "---\nK: v\n---\n",
    "---yaml\nK: v\n---\n",
    "+++\nK: v\n+++\n",
    "```\nK: v\n```\n",
    "> ~~~\n> K: v\n",
    "    K: v\n",
    "- a\n\n      K: v\n",
    "<!--\nK: v\n-->\n",
    "text <!--\nK: v\n--> text\n",
    "text `code\nK: v` text\n",
    "`K: v`\n",
    "<div>\nK: v\n</div>\n",
    "# K: v\n",
    "K: v\n---\n",
    "K: v | b\n---|---\n",
    "[a]: /u\n'K: t\nK: v\n'\n",
    "- [ ] K: v\n",
    "K:v http://x\n",
  ];
  for (const text of hidden) assert.deepEqual(keysOf(text), [], JSON.stringify(text));
});

test("values keep what stands around them: white space, hard breaks, line ends, byte order mark, no final newline", () => {
  assert.equal(setField("\u{feff}A:  1  \r\nB: 2", "A", "x"), "\u{feff}A:  x  \r\nB: 2");
  assert.equal(setField("A: 1\rB: 2", "B", "x"), "A: 1\rB: x");
  assert.equal(setField("A:", "A", "x"), "A: x");
  assert.equal(setField("A: \nB:", "A", "x"), "A: x\nB:");
  assert.equal(setField("**A:**\nB:", "A", "x"), "**A:** x\nB:");
  assert.equal(setField("A: 1\nB: 2", "A", ""), "A: \nB: 2");
  assert.equal(getField("A: \nB: 2", "A"), "");
  assert.equal(setField("K: a\0b\u{d800}\nL: 1", "L", "2"), "K: a\0b\u{d800}\nL: 2");
});

test("a value that would not be read back as it is, is refused", () => {
  for (const value of ["a\nb", "a\rb", "a\r\nb", "\n"]) {
    assertRefused(() => setField("K: v", "K", value), "UNTORN_INVALID_ARGUMENT", /line end/);
  }
  for (const value of [" a", "a ", "\ta", " "]) {
    assertRefused(() => setField("K: v", "K", value), "UNTORN_INVALID_ARGUMENT", /white space/);
  }
  assertRefused(() => setField("K: v", "K", "a\0"), "UNTORN_INVALID_ARGUMENT", /NUL/);
  assertRefused(() => setField("K: v", "K", "\u{dc00}\u{d800}"), "UNTORN_INVALID_ARGUMENT", /surrogate/);
  assertRefused(() => setField("K: v\nL: `x`", "K", "`"), "UNTORN_INVALID_ARGUMENT", /lines around it/);
  assertRefused(() => setField("K: v\nL: -->", "K", "<!--"), "UNTORN_INVALID_ARGUMENT", /lines around it/);
  // The field itself would be in a code span, or in a comment, and none.
  for (const [key, value] of [
    ["K`ey", "x`"],
    ["K <!-- ey", "x -->"],
  ] as const) {
    for (const line of [`${key}:`, `**${key}:**`]) {
      assertRefused(() => setField(`${line} v\n`, key, value), "UNTORN_INVALID_ARGUMENT", /lines around it/);
      assert.equal(getField(setField(`${line} v\n`, key, "w"), key), "w");
    }
    for (const form of ["plain", "bold", "bold-key"] as const)
      assertRefused(() => setField("", key, value, { add: true, form }), "UNTORN_INVALID_ARGUMENT", /cannot be added/);
  }
  assertRefused(() => setField("K: v\n--|--", "K", "a|b"), "UNTORN_INVALID_ARGUMENT", /lines around it/);
});

test("a key that is absent or there twice is an error that names the candidates", () => {
  const text = "# A\n\nK: 1\n\n## B\n\nK: 2\nL: 3\n";
  assertRefused(
    () => getField(text, "M"),
    "UNTORN_NO_MATCH",
    /no field "M"; there is "K" \(line 3\), "K" \(line 7\), "L"/,
  );
  assertRefused(() => getField(text, "K"), "UNTORN_AMBIGUOUS", /2 of field "K": "K" \(line 3\), "K" \(line 7\)/);
  assertRefused(() => getField(text, "K", { index: 2 }), "UNTORN_NO_MATCH", /index 2/);
  assertRefused(() => getField(text, "K", { index: -1 }), "UNTORN_INVALID_ARGUMENT", /index/);
  assertRefused(() => setField(text, "K", "x", { add: true }), "UNTORN_AMBIGUOUS", /2 of field "K"/);
  assertRefused(
    () => getField(text, "K", { under: "C", path: "STATE.md" }),
    "UNTORN_NO_MATCH",
    /^STATE\.md: .*"C".*"A"/,
  );
  assert.equal(getField(text, "K", { index: 1 }), "2");
  assert.equal(getField(text, "K", { under: ["A", "B"] }), "2");
  assert.equal(setField(text, "K", "x", { under: "B" }), text.replace("K: 2", "K: x"));
});

test("a field is added in the style of what stands before it, directly under its heading", () => {
  const add = { add: true, under: "A" } as const;
  assert.equal(setField("# A\n\nK: 1\n\n## B\n", "L", "2", add), "# A\n\nK: 1\nL: 2\n\n## B\n");
  assert.equal(setField("# A\n\n**K:** 1\n", "L", "2", add), "# A\n\n**K:** 1\n**L:** 2\n");
  assert.equal(setField("# A\n\n- K: 1\n", "L", "2", add), "# A\n\n- K: 1\n- L: 2\n");
  assert.equal(setField("# A\n\ntext\n", "L", "2", add), "# A\n\ntext\n\nL: 2\n");
  assert.equal(setField("# A\r\n# B", "L", "2", add), "# A\r\n\r\nL: 2\r\n# B");
  assert.equal(setField("# A", "L", "2", { ...add, form: "bold" }), "# A\n\n**L:** 2");
  assert.equal(setField("", "L", "2", { add: true }), "L: 2\n");
  assert.equal(setField("\u{feff}", "L", "", { add: true }), "\u{feff}L:\n");
  assertRefused(() => setField("```\nopen", "L", "2", { add: true }), "UNTORN_INVALID_ARGUMENT", /cannot be added/);
  for (const key of ["", "# L", "- L", "[L", "a: b", "*L"]) {
    assertRefused(() => setField("", key, "2", { add: true }), "UNTORN_INVALID_ARGUMENT", /cannot be added/);
  }
});

test("a backslash that breaks the line is no part of a value, and stays when the value is set", () => {
  const text = "Status: x\\\nOwner: y\\\n";
  assert.equal(getField(text, "Status"), "x");
  assert.equal(setField(text, "Status", "done"), "Status: done\\\nOwner: y\\\n");
  assert.equal(getField(text, "Owner"), "y\\", "at the end of a paragraph it is a backslash");
  assert.equal(getField("A: x\\\\\nB: y\n", "A"), "x\\\\", "so is an escaped one");
  assertRefused(() => setField("A: x\nB: y\n", "A", "y\\"), "UNTORN_INVALID_ARGUMENT", /lines around/);
});
