import assert from "node:assert/strict";
import { test } from "node:test";
import { appendSection, getSection, listSections, replaceSection } from "../../src/index.ts";
import { assertRefused } from "../refused.ts";

const text =
  "# A\n\none\n\n## B ##\n\ntwo\n\nC\nC\n---\n\nthree\n\n## B\n\nfour\n\n# D\n\n> # Quoted\n\n- # In a list\n";

test("sections open at headings of the document: ATX and setext, not in lists, quotes or code", () => {
  assert.deepEqual(
    listSections(`${text}\n\`\`\`\n# code\n\`\`\`\n`).map(({ heading, level }) => [heading, level]),
    [
      ["A", 1],
      ["B", 2],
      ["C C", 2],
      ["B", 2],
      ["D", 1],
    ],
  );
});

test("a section reaches to the next heading of its rank; a path, an index or nested: false narrow it", () => {
  assert.equal(getSection(text, "C C"), "three");
  assert.equal(getSection(text, "B", { index: 1 }), "four");
  assert.equal(getSection(text, "A", { nested: false }), "one");
  assert.ok(getSection(text, "A").endsWith("four"));
  assert.equal(getSection(text, ["A", { heading: "B", index: 0 }]), "two");
  assertRefused(() => getSection(text, ["D", "B"]), "UNTORN_NO_MATCH", /"B" under "D"/);
  assertRefused(() => getSection(text, ["A", "B"]), "UNTORN_AMBIGUOUS", /2 of heading "B" under "A"/);
  assertRefused(() => getSection(text, []), "UNTORN_NO_MATCH", /heading/);
});

test("replacing keeps the heading and the blank lines; the text's line ends become the file's", () => {
  assert.equal(replaceSection("# A\r\n\r\nx\r\n\r\n# B\r\n", "A", "\n1\n2\n\n"), "# A\r\n\r\n1\r\n2\r\n\r\n# B\r\n");
  assert.equal(replaceSection("# A\nx\n# B", "A", "y"), "# A\ny\n# B");
  assert.equal(replaceSection("# A\n***\nB\n===\n", "A", "y"), "# A\ny\n\nB\n===\n");
  assert.equal(replaceSection("# A\n\nx\n\n# B\n", "A", ""), "# A\n\n# B\n");
  assert.equal(replaceSection("# A\n# B\n", "A", "x"), "# A\n\nx\n\n# B\n");
  assert.equal(replaceSection("# A", "A", "x"), "# A\n\nx");
  assert.equal(replaceSection("# A\n", "A", "x"), "# A\n\nx\n");
  assert.equal(replaceSection("# A\n\n\n\n# B", "A", "x"), "# A\n\nx\n\n\n# B");
  assert.equal(replaceSection("# A\n\n## S\n\nx\n", "A", "y", { nested: false }), "# A\n\ny\n\n## S\n\nx\n");
});

test("text that would not stay in its section is refused", () => {
  for (const body of ["# x", "x\n===", "```\nopen", "<!-- open", "<pre>", "<?"]) {
    assertRefused(
      () => replaceSection(text, "D", body),
      "UNTORN_INVALID_ARGUMENT",
      /would not stay in the section "D"/,
    );
  }
  assertRefused(() => replaceSection(text, "C C", "## x"), "UNTORN_INVALID_ARGUMENT", /level 2 or higher/);
  assertRefused(
    () => replaceSection(text, "A", "### x", { nested: false }),
    "UNTORN_INVALID_ARGUMENT",
    /nor any other/,
  );
  assertRefused(() => replaceSection(text, "A", "a\0"), "UNTORN_INVALID_ARGUMENT", /NUL/);
  assert.ok(replaceSection(text, "C C", "### x").includes("### x"));
});

test("a code fence that is open at the end of a document can be replaced, and nothing is added inside of it", () => {
  const open = "# A\n\nx\n\n# B\n\n```\nopen\n";
  assert.equal(replaceSection(open, "B", "mended"), "# A\n\nx\n\n# B\n\nmended\n");
  assert.equal(appendSection(open, "A", "y"), open.replace("x\n", "x\n\ny\n"));
  assertRefused(() => appendSection(open, "B", "y"), "UNTORN_INVALID_ARGUMENT", /leave a code fence/);
});

test("appending adds a paragraph at the end, and a missing heading only if asked", () => {
  assert.equal(appendSection("# A\n\nx\n\n# B\n", "A", "y\n"), "# A\n\nx\n\ny\n\n# B\n");
  assert.equal(appendSection("# A\n\nx", "A", "y"), "# A\n\nx\n\ny");
  assert.equal(appendSection("# A\n\nx\n", "A", "\n \n"), "# A\n\nx\n");
  assertRefused(() => appendSection("# A\n\n```\nopen\n", "A", "y"), "UNTORN_INVALID_ARGUMENT", /leave a code fence/);
  assertRefused(() => appendSection("# A\n", "B", "y"), "UNTORN_NO_MATCH", /"A" \(line 1\)/);
  assert.equal(appendSection("# A\n\nx\n", "B", "y", { add: true }), "# A\n\nx\n\n## B\n\ny\n");
  assert.equal(appendSection("# A\n\n# C\n", ["A", "B"], "y", { add: true, level: 3 }), "# A\n\n### B\n\ny\n\n# C\n");
  assert.equal(appendSection("", "B", "y", { add: true, level: 1 }), "# B\n\ny\n");
  assertRefused(
    () => appendSection("# A", ["A", "B"], "y", { add: true, level: 1 }),
    "UNTORN_INVALID_ARGUMENT",
    /level 1/,
  );
  assertRefused(() => appendSection("# A", "B #", "y", { add: true }), "UNTORN_INVALID_ARGUMENT", /cannot be added/);
});
