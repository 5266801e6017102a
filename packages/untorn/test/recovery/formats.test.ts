import assert from "node:assert/strict";
import { test } from "node:test";
import { formatOf, isSoundAtOnce, loadFrontmatter, problemIn, registerFormat } from "../../src/formats/index.ts";

const problem = (name: string, text: string) => problemIn(Buffer.from(text), name, `/x/${name}`);

test("JSON: parses, is not empty, holds no NULs; the position is told", () => {
  assert.equal(problem("a.json", '{"a":1}'), undefined);
  assert.match(problem("a.json", "")?.text ?? "", /empty \(0 bytes\)/);
  assert.match(problem("a.json", "\0\0\0")?.text ?? "", /all 3 bytes are NUL/);
  const { position } = problem("a.json", '{\n "a": }') ?? {};
  assert.deepEqual([position?.line, position?.column], [2, 7]);
  assert.equal(problem("tsconfig.json", '{ // why\n "a": [1,], }'), undefined);
  assert.notEqual(problem("a.json", '{ // why\n "a": 1 }'), undefined);
});

test("JSON Lines: bad lines with their position; what is good in it is said; none at all is fine", () => {
  assert.equal(problem("a.jsonl", '{"a":1}\n\n{"b":2}\n'), undefined);
  assert.equal(problem("a.jsonl", ""), undefined);
  const torn = problem("a.jsonl", '{"a":1}\n{"b":');
  assert.match(torn?.text ?? "", /last line was cut off/);
  assert.equal(torn?.position?.line, 2);
  assert.match(torn?.rest ?? "", /^1 record in it is good/);
  assert.match(problem("a.jsonl", "x\ny\n")?.text ?? "", /2 lines are no records/);
  assert.equal(problem("a.jsonl", "x\ny\n")?.rest, undefined);
});

test("Markdown: not empty, no NULs, frontmatter closed, and parsed once the parser is there", async () => {
  assert.equal(problem("a.md", "# Title\n"), undefined);
  assert.match(problem("a.md", " \n\n")?.text ?? "", /white space/);
  assert.match(problem("a.md", "# a\0b")?.text ?? "", /NUL at byte 3/);
  assert.equal(problem("a.md", "---\n\nA rule across the page.\n"), undefined);
  assert.match(problem("a.md", "---\nid: 1\n\n# Title\n")?.text ?? "", /no closing ---/);
  await loadFrontmatter();
  assert.equal(problem("a.md", "---\nid: 1\n---\n# Title\n"), undefined);
  assert.match(problem("a.md", '---\nid: "1\n---\n# Title\n')?.text ?? "", /not YAML/);
});

test("a format of one's own comes first, may throw, and can be taken back", () => {
  const remove = registerFormat({
    name: "registry",
    match: "registry.json",
    validate(bytes) {
      const { nextId } = JSON.parse(Buffer.from(bytes).toString()) as { nextId?: number };
      return typeof nextId === "number" ? undefined : "it has no nextId";
    },
  });
  assert.equal(formatOf("registry.json")?.name, "registry");
  assert.equal(problem("registry.json", "{}")?.text, "it has no nextId");
  assert.match(problem("registry.json", "{")?.text ?? "", /JSON/);
  assert.equal(problem("registry.json", '{"nextId":3}'), undefined);
  remove();
  assert.equal(problem("registry.json", "{}"), undefined);
  assert.throws(() => registerFormat({} as never), { code: "UNTORN_INVALID_ARGUMENT" });
});

test("what is found whole at a glance is whole: zeros, bytes that are no UTF-8 and cut-off ends are not", async () => {
  await loadFrontmatter();
  const contents: Readonly<Record<string, readonly [whole: string, ...damaged: string[]]>> = {
    "a.json": ['{"a":"\xc3\xa4"}', '{"a":"\xff"}', '{"a":1}\0', '{"a":1', ""],
    "a.jsonl": ['{"a":1}\n{"b":2}\n', '{"a":"\xff"}\n', '{"a":1}\n\0\0\n', '{"a":1}\n{"b"'],
    "a.md": ["---\nid: 1\n---\n# \xc3\xa4\n", "# \xff\n", "# Title\n\0\0\0\n", "---\nid: 1\n# Title\n", " \n"],
    "a.txt": ["text", "te\0t", ""],
  };
  for (const [name, [whole, ...damaged]] of Object.entries(contents)) {
    const glance = (text: string): boolean => isSoundAtOnce(Buffer.from(text, "latin1"), name, `/x/${name}`);
    assert.ok(glance(whole), name);
    for (const text of damaged) {
      assert.ok(!glance(text), `${name}: ${JSON.stringify(text)} is whole at a glance`);
      const found = problemIn(Buffer.from(text, "latin1"), name, `/x/${name}`);
      assert.ok(found !== undefined, `${name}: nothing is wrong with ${JSON.stringify(text)}`);
    }
  }
});
