import assert from "node:assert/strict";
import { test } from "node:test";
import { isUntornError } from "untorn";
import { property } from "../choices.ts";
import type { Choices } from "../choices.ts";
import { anyLines, closedBlocksText, lineValue } from "../random-documents.ts";
import { assertRefused } from "../refused.ts";
import {
  addTask,
  appendRow,
  appendSection,
  checkTask,
  getBlock,
  getField,
  getSection,
  getTable,
  isTaskChecked,
  listBlocks,
  listFields,
  listSections,
  listTasks,
  replaceBlock,
  replaceSection,
  setField,
  setRow,
  uncheckTask,
} from "../../src/index.ts";

const lineEnds = ["\n", "\r\n", "\r"];

/** Text before and after a target, of blocks that leave nothing open: an edit between them must succeed. */
function surroundings(choices: Choices): { head: string; tail: string; lineEnd: string } {
  const lineEnd = choices.pick(lineEnds);
  const mark = choices.chance(10) ? "\u{feff}" : "";
  // The rule ends a list, which would else take in what is indented after it.
  const head = `${mark}${closedBlocksText(choices, lineEnd)}***${lineEnd}${lineEnd}`;
  const tail = choices.chance(80) ? lineEnd + lineEnd + closedBlocksText(choices, lineEnd) : "";
  return { head, tail, lineEnd };
}

test("a field that is set reads as it was asked, and no other byte changes", () => {
  property("set field", 20_000, (choices, note) => {
    const { head, tail } = surroundings(choices);
    const lead = choices.pick([
      "Zz:",
      "**Zz:**",
      "**Zz**:",
      "__Zz:__",
      "- Zz:",
      "> **Zz:**",
      "1. a\n   - Zz:",
      "  Zz:",
    ]);
    const space = choices.pick([" ", "  ", "\t"]);
    const end = choices.pick(["", "  ", "\t"]);
    const old = choices.pick(["old", "a: b", "`code`", "x | y"]);
    const value = lineValue(choices);
    const text = `${head}${lead}${space}${old}${end}${tail}`;
    note({ text, value });
    const after = setField(text, "Zz", value);
    assert.equal(after, `${head}${lead}${space}${value}${end}${tail}`);
    assert.equal(getField(after, "Zz"), value);
    assert.equal(setField(after, "Zz", value), after);
  });
});

test("a field among any lines is set without another one changing, or not at all", () => {
  let set = 0;
  property("set field among any lines", 20_000, (choices, note) => {
    const text = `${anyLines(choices, 4)}${choices.pick(["Zz: old", "**Zz:** old", "> Zz: old"])}\n${anyLines(choices, 4)}`;
    const value = lineValue(choices);
    note({ text, value });
    const fields = listFields(text);
    const at = fields.findIndex(({ key }) => key === "Zz");
    const after = orRefused(() => setField(text, "Zz", value));
    if (after === undefined) return;
    set += 1;
    const now = listFields(after);
    assert.deepEqual(
      now.map((field) => [field.key, field.value]),
      fields.map((field, index) => [field.key, index === at ? value : field.value]),
    );
    assertOnlyChanged(text, after, fields[at]?.start ?? 0, "old");
    assert.deepEqual(
      listSections(after).map(({ heading }) => heading),
      listSections(text).map(({ heading }) => heading),
    );
  });
  assert.ok(set > 8000, `only ${set} were set`);
});

test("a field that is added reads as it was asked, and what was there stays", () => {
  property("add field", 10_000, (choices, note) => {
    const { head, tail, lineEnd } = surroundings(choices);
    const body = choices.pick(["", "Text.", "A: b", "**A:** b", "- A: b", "Text:", "- x", "A: `b`"]);
    const text = `${head}# Zz${lineEnd}${lineEnd}${body}${lineEnd}${lineEnd}# Next${tail}`;
    const value = lineValue(choices, 3);
    note({ text, value });
    const after = setField(text, "New key", value, { add: true, under: "Zz" });
    assert.equal(getField(after, "New key", { under: "Zz" }), value);
    assertInserted(text, after);
    assert.equal(listFields(after).length, listFields(text).length + 1);
  });
});

test("a section that is replaced reads as it was asked, and no other byte changes", () => {
  property("replace section", 15_000, (choices, note) => {
    const { head, tail, lineEnd } = surroundings(choices);
    const heading = choices.pick(["# Zz", "# Zz ##", `Zz${lineEnd}===`, "  # Zz"]);
    const body = choices.pick(["old", "- a", "> q", "```\nx\n```", "## Sub\n\nold"]).replaceAll("\n", lineEnd);
    const next = choices.pick(["# Next", `Next${lineEnd}===`]);
    const gap = lineEnd.repeat(choices.below(2) + 1);
    const rest = choices.chance(80) ? `${lineEnd}${lineEnd}${next}${tail}` : "";
    const text = `${head}${heading}${gap}${body}${rest}`;
    const value = lineValue(choices) + lineEnd + lineEnd + closedBlocksText(choices, lineEnd);
    note({ text, value });
    const after = orRefused(() => replaceSection(text, "Zz", value));
    const wanted = trimBlankLines(value, lineEnd);
    // Values can hold a heading of level 1 (a setext title, a line of `#`): that ends the section, and is refused.
    const own = listSections(value).some(({ level }) => level === 1);
    if (after === undefined) assert.ok(own || /<|```/.test(value), "refused for no reason");
    else if (wanted !== "") assert.equal(after, `${head}${heading}${gap}${wanted}${rest}`);
    if (after !== undefined) assert.equal(getSection(after, "Zz"), wanted);
  });
});

test("text appended to a section among any lines ends it, and the other sections stay as they are", () => {
  let done = 0;
  property("append to section", 10_000, (choices, note) => {
    const text = `${anyLines(choices, 3)}\n# Zz\n${anyLines(choices, 3)}`;
    const addition = anyLines(choices, 2);
    note({ text, addition });
    const after = orRefused(() => appendSection(text, "Zz", addition));
    if (after === undefined) return;
    done += 1;
    if (/^[ \t\r\n]*$/.test(addition)) {
      assert.equal(after, text);
      return;
    }
    assertInserted(text, after);
    const was = getSection(text, "Zz");
    const is = getSection(after, "Zz");
    assert.ok(is.startsWith(was));
    assert.equal(is.slice(was.length).replace(/\s/g, ""), addition.replace(/\s/g, ""));
  });
  assert.ok(done > 4000, `only ${done} were appended to`);
});

test("a marker block that is replaced reads as it was asked, and no other byte changes", () => {
  property("replace block", 10_000, (choices, note) => {
    const { head, tail, lineEnd } = surroundings(choices);
    const begin = choices.pick(["<!-- Zz:BEGIN -->", "<!--Zz:BEGIN-->", "  <!-- Zz:BEGIN -->  "]);
    const inner = choices.pick(["", "old", "- a\n\n- b", "```\n<!-- Zz:END -->\n```"]).replaceAll("\n", lineEnd);
    const start = `${head}${begin}${lineEnd}`;
    const stop = `<!-- Zz:END -->${tail}`;
    const text = `${start}${inner === "" ? "" : inner + lineEnd}${stop}`;
    const value = choices.chance(50) ? lineValue(choices) : closedBlocksText(choices, lineEnd).trim();
    note({ text, value });
    assert.equal(getBlock(text, "Zz"), inner);
    const after = orRefused(() => replaceBlock(text, "Zz", value));
    if (after === undefined) {
      assert.ok(/<|```/.test(value), "refused for no reason");
      return;
    }
    assert.equal(after, `${start}${value === "" ? "" : value + lineEnd}${stop}`);
    assert.equal(getBlock(after, "Zz"), value);
    assert.deepEqual(listBlocks(after).includes("Zz"), true);
  });
});

test("a task is checked and unchecked by one character; one that is added joins its list", () => {
  property("tasks", 10_000, (choices, note) => {
    const { head, tail, lineEnd } = surroundings(choices);
    const bullet = choices.pick(["- ", "* ", "1. ", "  + ", "12) "]);
    const text = `${head}# Zz${lineEnd}${lineEnd}${bullet}[ ] first task${lineEnd}${lineEnd}# Next${tail}`;
    const label = `q${lineValue(choices, 3)}`;
    note({ text, label });
    const checked = checkTask(text, "first task");
    assert.equal(
      checked,
      text.replace("[ ] first", () => "[x] first"),
    );
    assert.equal(uncheckTask(checked, "first task"), text);
    const added = addTask(text, label, { under: "Zz", checked: true });
    assertInserted(text, added);
    assert.equal(isTaskChecked(added, label, { under: "Zz" }), true);
    assert.equal(listTasks(added).length, listTasks(text).length + 1);
  });
});

test("cells of a table are what they were set to, whatever is in them, and all else keeps its bytes", () => {
  property("tables", 10_000, (choices, note) => {
    const { head, tail, lineEnd } = surroundings(choices);
    const prefix = choices.pick(["", "", "> ", "  "]);
    const row = choices.pick(["| k | b | c |", "k | b | c", "| k | b", "|k||c|", "| k | a\\|b | `x` |"]);
    const lines = ["| K | Zz | L |", "|---|:-:|---|", "| other | 1 | 2 |", row, "| last | 3 | 4 |"];
    const text = `${head}# Zz${lineEnd}${lineEnd}${lines.map((line) => prefix + line).join(lineEnd)}${tail}`;
    const value = lineValue(choices);
    note({ text, value });
    const old = getTable(text, { under: "Zz", index: 0 });
    if (/(?<!\\)\\(?:\\\\)*\|/.test(value)) {
      // The divider would be taken for one: GFM reads two backslashes as a pair, also in code.
      assertRefused(
        () => setRow(text, "k", { Zz: value }, { under: "Zz", index: 0 }),
        "UNTORN_INVALID_ARGUMENT",
        /behind/,
      );
      return;
    }
    const after = setRow(text, "k", { Zz: value }, { under: "Zz", index: 0 });
    assert.deepEqual(
      getTable(after, { under: "Zz", index: 0 }).rows,
      old.rows.with(1, ["k", value, old.rows[1]?.[2] ?? ""]),
    );
    const [start, end] = [text.indexOf(row), text.indexOf(row) + row.length];
    assert.ok(after.startsWith(text.slice(0, start)) && after.endsWith(text.slice(end)));
    const more = appendRow(after, [value, "", value], { under: "Zz", index: 0 });
    assert.deepEqual(getTable(more, { under: "Zz", index: 0 }).rows.at(-1), [value, "", value]);
    assertInserted(after, more);
  });
});

/** The edit's result, or undefined if it was refused as an edit can be. */
function orRefused(edit: () => string): string | undefined {
  try {
    return edit();
  } catch (error) {
    if (isUntornError(error) && /^UNTORN_(NO_MATCH|AMBIGUOUS|INVALID_ARGUMENT)$/.test(error.code)) return undefined;
    throw error;
  }
}

/** Whether one text is another with one piece put in. */
function assertInserted(text: string, after: string): void {
  let same = 0;
  while (same < text.length && text[same] === after[same]) same += 1;
  assert.ok(after.length > text.length && after.endsWith(text.slice(same)), JSON.stringify(after));
}

/** Whether all before `from`, and all after the first `old` from there on, is as it was. */
function assertOnlyChanged(text: string, after: string, from: number, old: string): void {
  const start = text.indexOf(old, from);
  assert.equal(after.slice(0, start), text.slice(0, start));
  assert.ok(after.endsWith(text.slice(start + old.length)));
}

function trimBlankLines(text: string, lineEnd: string): string {
  const lines = text.split(/\r\n|\r|\n/);
  while (lines.length > 0 && /^[ \t]*$/.test(lines[0] ?? "")) lines.shift();
  while (lines.length > 0 && /^[ \t]*$/.test(lines.at(-1) ?? "")) lines.pop();
  return lines.join(lineEnd);
}
