import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addTask,
  appendRow,
  appendSection,
  checkTask,
  getBlock,
  getCell,
  getRow,
  getTable,
  listBlocks,
  listTasks,
  replaceBlock,
  replaceSection,
  setField,
  setRow,
  uncheckTask,
  validateMarkdown,
} from "../../src/index.ts";
import { assertRefused } from "../refused.ts";

test("marker blocks: lines between markers, or what is between them on one line", () => {
  assert.equal(getBlock("<!-- X:BEGIN -->\na\n\nb\n<!-- X:END -->", "X"), "a\n\nb");
  assert.equal(
    replaceBlock("<!-- X:BEGIN -->\r\n<!-- X:END -->", "X", "a\nb\n"),
    "<!-- X:BEGIN -->\r\na\r\nb\r\n<!-- X:END -->",
  );
  assert.equal(replaceBlock("<!-- X:BEGIN -->\na\n<!-- X:END -->", "X", ""), "<!-- X:BEGIN -->\n<!-- X:END -->");
  const inline = "Version <!-- v:BEGIN -->1.2<!-- v:END --> of it";
  assert.equal(replaceBlock(inline, "v", "$&"), "Version <!-- v:BEGIN -->$&<!-- v:END --> of it");
  assert.equal(replaceBlock("text\n", "X", "a", { add: true }), "text\n\n<!-- X:BEGIN -->\na\n<!-- X:END -->\n");
  assert.deepEqual(listBlocks("<!-- A:BEGIN -->\n<!-- B:BEGIN -->\n<!-- B:END -->\n<!-- A:END -->"), ["A", "B"]);
});

test("markers in code or in a comment are none; half a block, and text that hides the end, are refused", () => {
  const fenced = "```\n<!-- X:BEGIN -->\n<!-- X:END -->\n```\n";
  assertRefused(() => getBlock(fenced, "X"), "UNTORN_NO_MATCH", /no block "X"; there is none at all/);
  assertRefused(() => getBlock("<!--\n<!-- X:BEGIN -->\na\n<!-- X:END -->", "X"), "UNTORN_NO_MATCH", /other half/);
  assertRefused(() => getBlock("<!-- X:BEGIN -->\n", "X"), "UNTORN_NO_MATCH", /"X:BEGIN" \(line 1\)/);
  const twice = "<!-- X:BEGIN -->\n<!-- X:END -->\n".repeat(2);
  assertRefused(() => replaceBlock(twice, "X", "a"), "UNTORN_AMBIGUOUS", /2 of block "X"/);
  assert.equal(replaceBlock(twice, "X", "a", { index: 1 }), twice.slice(0, 49) + "a\n" + twice.slice(49));
  for (const text of ["```", "<!-- X:END -->", "<!--", "<pre>", "~~~\nx"]) {
    assertRefused(() => replaceBlock(twice, "X", text, { index: 0 }), "UNTORN_INVALID_ARGUMENT", /would not stay/);
  }
  assertRefused(() => replaceBlock("", "a-->b", "x", { add: true }), "UNTORN_INVALID_ARGUMENT", /cannot be added/);
});

const tasks = "# T\n\n- [ ] one\n- [X] two\n  - [x] two.a\n- [ ] ten\n\n1. [ ] first\n\n- [ ]\n- [ ]no\n- x [ ] no\n";

test("tasks are checked by their exact text, or by a part of it if asked", () => {
  assert.deepEqual(
    listTasks(tasks).map(({ label, checked, depth }) => [label, checked, depth]),
    [
      ["one", false, 1],
      ["two", true, 1],
      ["two.a", true, 2],
      ["ten", false, 1],
      ["first", false, 1],
    ],
  );
  assert.equal(checkTask(tasks, "one"), tasks.replace("[ ] one", "[x] one"));
  assert.equal(checkTask(tasks, "two"), tasks);
  assert.equal(uncheckTask(tasks, "two"), tasks.replace("[X]", "[ ]"));
  assertRefused(() => checkTask(tasks, "tw"), "UNTORN_NO_MATCH", /"one" \(line 3\), "two"/);
  assertRefused(() => checkTask(tasks, "two", { match: "start" }), "UNTORN_AMBIGUOUS", /"two" \(line 4\), "two.a"/);
  assert.equal(checkTask(tasks, "ne", { match: "part" }), tasks.replace("[ ] one", "[x] one"));
});

test("a task that is added joins the last list, after all of its last item", () => {
  assert.equal(
    addTask("- [ ] a\n  - [ ] b\n\n  more\n\ntext\n", "c"),
    "- [ ] a\n  - [ ] b\n\n  more\n- [ ] c\n\ntext\n",
  );
  assert.equal(addTask("* [ ] a\n\n* [ ] b\n", "c", { checked: true }), "* [ ] a\n\n* [ ] b\n\n* [x] c\n");
  assert.equal(addTask("9. [ ] a\r\n", "b"), "9. [ ] a\r\n10. [ ] b\r\n");
  assert.equal(addTask("# T\n# U\n", "a", { under: "T" }), "# T\n\n- [ ] a\n# U\n");
  assert.equal(addTask("", "a"), "- [ ] a\n");
  assertRefused(() => addTask("", "a\nb"), "UNTORN_INVALID_ARGUMENT", /line end/);
  assertRefused(() => addTask("```\n", "a"), "UNTORN_INVALID_ARGUMENT", /cannot be added/);
  assertRefused(() => addTask("", ""), "UNTORN_INVALID_ARGUMENT", /cannot be added/);
});

const table = "| K | V |\n|---|---|\n| a | 1 \\| 2 |\n| b |\n| c | `x` | more |\n";

test("tables are read with their escapes, and short rows filled up", () => {
  assert.deepEqual(getTable(table), {
    columns: ["K", "V"],
    rows: [
      ["a", "1 | 2"],
      ["b", ""],
      ["c", "`x`"],
    ],
  });
  assert.deepEqual(getRow(table, { V: "`x`" }), ["c", "`x`"]);
  assert.deepEqual(getRow(table, 1), ["b", ""]);
  assert.equal(setRow(table, "b", { V: "x|" }), table.replace("| b |", "| b | x\\| |"));
  assert.equal(setRow(table, "a", ["a", "1 | 2"]), table);
  assert.equal(setRow(table, "c", { K: "d" }), table.replace("| c |", "| d |"));
  assert.equal(appendRow("> a|b\n> -|-\n> 1|2", ["", "x"]), "> a|b\n> -|-\n> 1|2\n> |  | x |");
});

test("of the backslashes in a cell only that before a divider is not its own, in code and outside", () => {
  const text = "| K | V |\n|---|---|\n| a | `\\\\d+` |\n| b | \\\\\\\\srv\\x \\\\\\| |\n";
  assert.equal(getCell(text, "a", "V"), "`\\\\d+`");
  assert.equal(getCell(text, "b", "V"), "\\\\\\\\srv\\x \\\\|");
  for (const value of ["`\\\\w+`", "\\\\srv", "a\\", "`\\d|\\\\`", "\\\\|", "\\*"]) {
    const after = setRow(text, "a", { V: value });
    assert.equal(getCell(after, "a", "V"), value);
    assert.ok(after.includes(`| a | ${value.replaceAll("|", "\\|")} |\n`), after);
  }
  assertRefused(
    () => setRow(text, "a", { V: "x\\|" }),
    "UNTORN_INVALID_ARGUMENT",
    /behind a backslash.* Give the \| alone/,
  );
  assertRefused(
    () => setRow("|a|\n|-|\n|x|\n", "x", { a: "y\\" }),
    "UNTORN_INVALID_ARGUMENT",
    /not be one of the table/,
  );
});

test("rows, columns and cells that do not fit are refused", () => {
  assertRefused(() => getTable("text"), "UNTORN_NO_MATCH", /no table/);
  assertRefused(() => getTable(`${table}\n${table}`), "UNTORN_AMBIGUOUS", /2 of table/);
  assertRefused(() => getRow(table, "z"), "UNTORN_NO_MATCH", /"a" \(line 3\), "b" \(line 4\)/);
  assertRefused(() => getRow(table, 3), "UNTORN_NO_MATCH", /index 3/);
  assertRefused(() => setRow(table, "a", { W: "1" }), "UNTORN_NO_MATCH", /no column "W"; there is "K"/);
  assertRefused(() => setRow(table, "a", ["1", "2", "3"]), "UNTORN_INVALID_ARGUMENT", /3 cells/);
  assertRefused(() => setRow(table, "a", { V: "1\n2" }), "UNTORN_INVALID_ARGUMENT", /line end/);
  assertRefused(() => appendRow(table, { V: "\0" }), "UNTORN_INVALID_ARGUMENT", /NUL/);
  assertRefused(
    () => setRow("a | b\n--|--\nx | y", "x", { a: "# x" }),
    "UNTORN_INVALID_ARGUMENT",
    /not be one of the table/,
  );
});

test("validateMarkdown finds what a torn write leaves", () => {
  assert.equal(validateMarkdown("# x"), undefined);
  assert.equal(validateMarkdown("---\n\ntext"), undefined);
  assert.equal(validateMarkdown("---\na: 1\n---\n"), undefined);
  assert.equal(validateMarkdown("---\r\na: 1\r\n---"), undefined);
  assert.deepEqual(validateMarkdown(""), { problem: "it is empty", line: 1 });
  assert.deepEqual(validateMarkdown("\u{feff} \r\n\t"), { problem: "it is empty", line: 1 });
  assert.deepEqual(validateMarkdown("a\nb\0"), { problem: "it holds NUL characters", line: 2 });
  assert.deepEqual(validateMarkdown("---\na: 1\nb: 2\n"), { problem: "its frontmatter has no closing ---", line: 1 });
  assert.deepEqual(validateMarkdown("+++\na = 1\n"), { problem: "its frontmatter has no closing +++", line: 1 });
});

test("no edit breaks another marker block: half a pair does not come, and does not go", () => {
  const text =
    "<!-- B:BEGIN -->\nb\n<!-- B:END -->\n\n# S\n\nx\n\n# T\n\nKey: v\n\n<!-- C:BEGIN -->\nc\n<!-- C:END -->\n";
  const half = "<!-- C:BEGIN -->";
  for (const edit of [
    () => replaceBlock(text, "B", half),
    () => replaceSection(text, "S", half),
    () => appendSection(text, "S", half),
    () => setField(text, "Key", half),
    () => setField(text, "New", half, { add: true, under: "S" }),
  ]) {
    assertRefused(edit, "UNTORN_INVALID_ARGUMENT", /"C" would not be the whole marker block/);
  }
  const overlapping = "<!-- A:BEGIN -->\n<!-- B:BEGIN -->\nx\n<!-- A:END -->\ny\n<!-- B:END -->\n";
  assertRefused(() => replaceBlock(overlapping, "A", "z"), "UNTORN_INVALID_ARGUMENT", /"B" would not be/);
  assert.ok(replaceBlock(text, "B", "<!-- D:BEGIN -->\nd\n<!-- D:END -->").includes("D:END"), "a whole pair may come");
  assert.ok(!replaceSection(text, "T", "all").includes("C:"), "and a whole one may go");
});

test("under narrows blocks, and a block that reaches out of the section is none of it", () => {
  const text = "# A\n\n<!-- S:BEGIN -->\n1\n<!-- S:END -->\n\n# B\n\n<!-- S:BEGIN -->\n2\n<!-- S:END -->\n";
  assert.equal(getBlock(text, "S", { under: "B" }), "2");
  assert.equal(replaceBlock(text, "S", "3", { under: "B" }), text.replace("2", "3"));
  assert.deepEqual([listBlocks(text), listBlocks(text, { under: "B" })], [["S", "S"], ["S"]]);
  const across = "# A\n\n<!-- S:BEGIN -->\n1\n\n# B\n\n<!-- S:END -->\n";
  assertRefused(() => getBlock(across, "S", { under: "B" }), "UNTORN_NO_MATCH", /lacks its other half/);
});
