import assert from "node:assert/strict";
import { test } from "node:test";
import { deleteFrontmatter, editFrontmatter, parseFrontmatter, setFrontmatter } from "../../src/frontmatter.ts";

const matter = (yaml: string): string => `---\n${yaml}---\nbody\n`;
const refused = { code: "UNTORN_INVALID_ARGUMENT", outcome: "unchanged" };

test("two keys that have one name in JavaScript are one key that comes twice", () => {
  for (const yaml of [
    '1: first\n"1": second\n',
    'true: first\n"true": second\n',
    'null: first\n"": second\n',
    '1.0: first\n"1": second\n',
    'ports:\n  80: first\n  "80": second\n',
    'a: [{ 1: x, "1": y }]\n',
    '? [a]\n: first\n"[ a ]": second\n',
  ]) {
    const check = { code: "UNTORN_CORRUPT", message: /comes twice/ };
    assert.throws(() => setFrontmatter(matter(yaml), "new", "x"), check, yaml);
    assert.throws(() => parseFrontmatter(matter(yaml)), check, yaml);
  }
  assert.deepEqual(parseFrontmatter(matter('1: a\n"01": b\nl: [{ a: 1 }, { a: 2 }]\n')).data, {
    1: "a",
    "01": "b",
    l: [{ a: 1 }, { a: 2 }],
  });
});

test("an alias inside its own anchor is corrupt, with its place, however it is read", () => {
  for (const yaml of ["a: &A\n  b: *A\n  t: 1\nz: 2\n", "x: 1\na: &A [1, [*A]]\n"]) {
    for (const read of [
      () => parseFrontmatter(matter(yaml)),
      () => parseFrontmatter(matter(yaml), { bigints: true }),
      () => setFrontmatter(matter(yaml), "z", 3),
    ]) {
      assert.throws(read, { code: "UNTORN_CORRUPT", message: /:3:\d+: an alias/ });
    }
  }
  assert.deepEqual(parseFrontmatter(matter("a: &A [1]\nb: [*A, *A]\nc: &A\n  d: 1\ne: *A\n")).data.e, { d: 1 });
});

test("an ampersand or a star in a word changes nothing about an edit", () => {
  const text = (title: string): string =>
    matter(
      `title: ${title}\ntags: [ # none yet\n  ]\nowner:\n    opts: {}\n    none: [ ]\n    name: 'ann' # who\n    list: [ a,  b ]\n    when: 2024-01-01\n    n: 0x1F\n`,
    );
  for (const title of ["R+D", "R&D", '"src/**"']) {
    assert.equal(setFrontmatter(text(title), "owner.name", "bob"), text(title).replace("ann", "bob"));
  }
  const anchored = text("&t x\nsame: *t");
  assert.equal(setFrontmatter(anchored, "owner.name", "bob"), anchored.replace("ann", "bob"));
});

test("where a whole member would have to be written anew, what stays in it is not: the change is refused", () => {
  for (const stays of ["when: 2024-01-01", "n: 0x1F", "l: [ a,  b ]", "s: 'x'", "t: !t x", "t: &t x", "e: []"]) {
    const tangled = matter(`a:\n  ? k\n  : [!t x, 1]\n  ${stays}\n`);
    const ask = (): string => setFrontmatter(tangled, "a.k.1", 2);
    if (stays !== "e: []") assert.throws(ask, refused, stays);
  }
  assert.equal(setFrontmatter(matter("'a': !t x\n"), "a", "new"), matter("'a': new\n"));
  assert.equal(setFrontmatter(matter("a:\n  l: [&x 1, 2]\n  t: u\n"), "a.l", 5), matter("a:\n  l: 5\n  t: u\n"));
});

test("the comment of a member that stays is kept", () => {
  for (const [before, path, value, after] of [
    ["text: | # note\n  a\n  b\nz: 1\n", "text", "c", "text: c # note\nz: 1\n"],
    ["text: >- # note\n  a\nz: 1\n", "text", "x\ny", "text: |- # note\n  x\n  y\nz: 1\n"],
    ["text: | # note\n  a\nz: 1\n", "text", ["x"], "text: # note\n  - x\nz: 1\n"],
    ["l:\n  - |+ # note\n    a\n  - b\n", "l.0", "c", "l:\n  - c # note\n  - b\n"],
    ["a: # note\n  old\nz: 1\n", "a", "x\ny", 'a: # note\n  "x\\ny"\nz: 1\n'],
    ["tags: [ # keep\n  a\n  ]\n", "tags.0", undefined, "tags: [ # keep\n  ]\n"],
    ["m: { # keep\n  a: 1, # of a\n  }\n", "m.a", undefined, "m: { # keep\n  }\n"],
    ["tags: [ # keep\n  ]\n", "tags", ["c", 1], "tags: [ # keep\n  c, 1\n  ]\n"],
    ["m:\n  n: { # keep\n    }\n", "m.n.a", "c", "m:\n  n: { # keep\n    a: c\n    }\n"],
    ['tags: [ "x # y" ]\n', "tags.0", undefined, "tags: []\n"],
    ["{ # c\n}\n", "a", "x", "{ # c\n  a: x\n}\n"],
    ["l:\n  # above\n  - a # one\n  # between\n  - b\nz: 1\n", "l", 5, "l: 5\n  # above\nz: 1\n"],
  ] as const) {
    for (const newline of ["\n", "\r\n"]) {
      const text = matter(before).replaceAll("\n", newline);
      const edited = value === undefined ? deleteFrontmatter(text, path) : setFrontmatter(text, path, value);
      assert.equal(edited, matter(after).replaceAll("\n", newline));
    }
  }
});

test("an item that moves in its list keeps its form and its comment", () => {
  const items = ["- 'b' # why b\n", "- 0x1F # why 31\n", "- k: [ 1,  2 ] # why k\n    l: 1.0\n", '- "\\x41" # why A\n'];
  const list = (order: string): string =>
    matter(`l:\n${Array.from(order, (at) => `  ${items[Number(at)]}`).join("")}z: 1\n`);
  const { l } = parseFrontmatter(list("0123")).data as { l: unknown[] };
  for (const order of ["1023", "3210", "1230", "3012", "1032", "0321"]) {
    assert.equal(editFrontmatter(list("0123"), { l: Array.from(order, (at) => l[Number(at)]), z: 1 }), list(order));
  }
  assert.equal(
    editFrontmatter(matter("l: [ 'b', 0x1F, { k:  1 } ]\n"), { l: [{ k: 1 }, 31, "b"] }),
    matter("l: [ { k:  1 }, 0x1F, 'b' ]\n"),
  );
});

test("a change that would take the comment of a member that stays is refused", () => {
  for (const [yaml, path, value] of [
    ["tags: [ # keep\n  a ]\n", "tags.0", undefined],
    ["tags: [ # keep\n  a\n  ]\n", "tags", 5],
    ["m: { # keep\n  a: 1\n  }\n", "m", { b: 1 }],
    ["m: { a: 1 # of a\n  # keep\n  }\n", "m", "x"],
    ["tags: [ # keep\n  ]\n", "tags", "x"],
    ["l:\n  - - a\n    # keep\n    - b\n    - c\n", "l.0", ["c"]],
  ] as const) {
    const ask = (): string =>
      value === undefined ? deleteFrontmatter(matter(yaml), path) : setFrontmatter(matter(yaml), path, value);
    assert.throws(ask, refused, yaml);
  }
  const twice = matter("m: # c\n  a: 1 # c\n  b: 2\n");
  assert.equal(editFrontmatter(twice, { m: { b: 2 } }), matter("m: # c\n  b: 2\n"));
});

test("a # in a text is no comment: what stands beside it goes and moves like anything else", () => {
  const colors = "colors: ['#fff', '#000', \"a #b\", C#]\n";
  const data = parseFrontmatter(matter(colors)).data as { colors: string[] };
  assert.deepEqual(data.colors, ["#fff", "#000", "a #b", "C#"]);
  for (const at of [0, 1, 2, 3]) {
    const items = ["'#fff'", "'#000'", '"a #b"', "C#"].toSpliced(at, 1).join(", ");
    assert.equal(deleteFrontmatter(matter(colors), `colors.${at}`), matter(`colors: [${items}]\n`));
  }
  assert.equal(
    editFrontmatter(matter(colors), { colors: data.colors.toReversed() }),
    matter("colors: [C#, \"a #b\", '#000', '#fff']\n"),
  );
  for (const [before, path, after] of [
    ["m: {fg: '#fff', bg: \"#000\", x: 1.50}\n", "m.bg", "m: {fg: '#fff', x: 1.50}\n"],
    ["m: {fg: '#fff', bg: \"#000\", x: ~}\n", "m.fg", 'm: {bg: "#000", x: ~}\n'],
    ["m: {'# k': 1.50, b: '# v'}\n", "m.b", "m: {'# k': 1.50}\n"],
    // A comment beside such a text is one, and stays.
    ["l: [ # keep\n  '# a', # of a\n  'b # b', # of b\n  ]\n", "l.0", "l: [ # keep\n  'b # b', # of b\n  ]\n"],
    ["l: [ # keep\n  '# a', # of a\n  'b # b', # of b\n  ]\n", "l.1", "l: [ # keep\n  '# a', # of a\n  ]\n"],
  ] as const) {
    for (const newline of ["\n", "\r\n"]) {
      const asked = deleteFrontmatter(matter(before).replaceAll("\n", newline), path);
      assert.equal(asked, matter(after).replaceAll("\n", newline));
    }
  }
  assert.throws(() => deleteFrontmatter(matter("l: ['# a', # of a\n  'b']\n"), "l.1"), refused);
});
