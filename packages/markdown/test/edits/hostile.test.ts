import assert from "node:assert/strict";
import { test } from "node:test";
import { isUntornError } from "untorn";
import { getField, getSection, replaceSection, setField } from "../../src/index.ts";

/** Text made to be slow, or to overflow a stack, of about so many characters. */
const bodies: Readonly<Record<string, (size: number) => string>> = {
  "a line": (size) => "x".repeat(size),
  "a line of white space": (size) => `a${" ".repeat(size)}b`,
  "nested block quotes": (size) => `\n\n${">".repeat(size)} a`,
  "nested lists": (size) => `\n\n${"- ".repeat(size / 2)}a`,
  "nested lists, then blank lines": (size) => `\n\n${"- ".repeat(size / 4)}a\n${"\n".repeat(size / 2)}b`,
  "nested lists, then an indented line": (size) => `\n\n${"- ".repeat(size / 4)}a\n\n${" ".repeat(size / 2)}b`,
  "nested lists, then lazy lines": (size) => `\n\n${"- ".repeat(size / 4)}a\n${"b\n".repeat(size / 4)}`,
  "look-alikes of a thematic break": (size) => `\n\n${"* ".repeat(size / 2)}x`,
  "nested lists, then a thematic break": (size) => `\n\n${"* ".repeat(size / 4)}${"- ".repeat(size / 4)}`,
  "backticks of all lengths": (size) => {
    let text = "";
    for (let run = 1; text.length < size; run += 1) text += `${"`".repeat(run)} `;
    return text;
  },
  "tags that never end": (size) => "<a b='".repeat(size / 6),
  "tags with many attributes": (size) => `<a ${"b ".repeat(size / 2)}`,
  "many tags in one another's quotes": (size) => `<a b="<a b='" c='`.repeat(size / 17),
  "comments that never end": (size) => "a <!-- ".repeat(size / 7),
  "processing instructions that never end": (size) => "a <? ".repeat(size / 5),
  brackets: (size) => "[".repeat(size),
  "a label": (size) => `[${"a".repeat(size)}`,
  definitions: (size) => "[a]: /u\n".repeat(size / 8),
  "definitions with titles that never end": (size) => `\n${`[a]: /u "t\n`.repeat(size / 11)}`,
  "underlines after definitions": (size) => `\n${"[a]: /u\n===\n".repeat(size / 12)}`,
  headings: (size) => "# h\n".repeat(size / 4),
  "marks after a heading": (size) => `\n# h ${"# ".repeat(size / 2)}`,
  "delimiter rows": (size) => `\n${"a\n-|\n\n".repeat(size / 6)}`,
  "a wide table": (size) => `\n${"|a".repeat(size / 4)}\n${"|-".repeat(size / 4)}`,
  "open HTML": (size) => `\n<div>\n${"<!-- x\n".repeat(size / 7)}`,
  "a scheme": (size) => `<${"a".repeat(size)}`,
  "carriage returns": (size) => "\r".repeat(size),
};

for (const [name, body] of Object.entries(bodies)) {
  // One long line; or many short ones, or containers, which cost more a byte.
  const most =
    /nested|look-alikes/.test(name) || /[\r\n]./.test(body(1000).trimStart()) || name === "carriage returns"
      ? 2_000_000
      : 10_000_000;
  test(`${most / 1_000_000} MB: ${name}`, { timeout: 60_000 }, () => {
    const cost = (size: number): number => {
      // The field is in the same paragraph as what is hostile, where that is a paragraph.
      const text = `Zz: old\n\n# Target\n\nold\n\n# Hostile\n\nK: v ${body(size)}\n`;
      const started = process.cpuUsage();
      assert.equal(setField(text, "Zz", "new"), text.replace("old", "new"));
      assert.equal(getSection(replaceSection(text, "Target", "new"), "Target"), "new");
      try {
        const old = getField(text, "K");
        assert.equal(setField(text, "K", `w ${old}`).length, text.length + 2);
      } catch (error) {
        if (!isUntornError(error)) throw error;
        assert.match(error.code, /^UNTORN_(INVALID_ARGUMENT|NO_MATCH)$/);
      }
      return process.cpuUsage(started).user / 1000;
    };
    const small = cost(most / 10);
    const large = cost(most);
    // Ten times the size: linear time is ten times, quadratic a hundred. Processor time, for the machine may be busy;
    // the line is between the two, for the processor is shared too.
    assert.ok(
      large < Math.max(small, 50) * 45,
      `a tenth of it took ${small.toFixed(0)} ms, all ${large.toFixed(0)} ms`,
    );
  });
}
