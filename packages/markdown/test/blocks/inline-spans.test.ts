import assert from "node:assert/strict";
import { test } from "node:test";
import { fromMarkdown } from "mdast-util-from-markdown";
import { BlockScanner, hiddenSpans } from "../../src/blocks/index.ts";
import { property } from "../choices.ts";

const pieces = [
  ..."a|b c|`|``|```|\\|\\`|<|>|<a>|</a>|<b c='|'|\"|=|<!--|-->|<!-->|<!-|-|<?|?>|<!X|<![CDATA[|]]>|<http:|<m@n.o>|/>|*|_|&lt;".split(
    "|",
  ),
  "\n",
  "\n",
  " ",
];

interface Node {
  readonly type: string;
  readonly children?: readonly Node[];
  readonly position?: { readonly start: { readonly offset?: number }; readonly end: { readonly offset?: number } };
}

test("code spans, raw HTML and autolinks of random paragraphs are where micromark finds them", () => {
  let found = 0;
  property("hidden spans", 6000, (choices, note) => {
    let text = "x";
    for (let count = choices.below(14); count > 0; count -= 1) text += choices.pick(pieces);
    note({ text });
    const leaf = new BlockScanner(text).next();
    if (leaf?.kind !== "paragraph") return;
    const tree: Node = fromMarkdown(text);
    const paragraph = tree.children?.[0];
    assert.equal(
      paragraph?.position?.end.offset,
      leaf.lines.at(-1) === leaf.end ? paragraph?.position?.end.offset : -1,
    );
    const expected: [number, number][] = [];
    const walk = (node: Node): void => {
      const start = node.position?.start.offset ?? 0;
      const raw = node.type === "inlineCode" || node.type === "html" || (node.type === "link" && text[start] === "<");
      if (raw) expected.push([start, node.position?.end.offset ?? 0]);
      else for (const child of node.children ?? []) walk(child);
    };
    if (paragraph !== undefined) walk(paragraph);
    assert.deepEqual(
      hiddenSpans(text, leaf).map(({ start, end }) => [start, end]),
      expected,
    );
    found += expected.length;
  });
  assert.ok(found > 1000, `only ${found} spans`);
});
