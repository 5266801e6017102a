import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { errorOf, folderFor, namesIn, untorn } from "../binary.ts";

const before = `---
title: "Write" # keep me
a.b: dotted
author:
    name: 'no'
tags: [a, b]
---
# Body

---
title: not this
---
`;

function noteFile(t: TestContext, content: string = before): string {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "note.md"), content);
  return cwd;
}

const text = (cwd: string): string => readFileSync(join(cwd, "note.md"), "utf8");

test("frontmatter get prints a value, strings as they are", (t) => {
  const cwd = noteFile(t);
  const printed = (...args: string[]): string => {
    const { status, stdout, stderr } = untorn(["frontmatter", "note.md", "get", ...args], { cwd });
    assert.deepEqual([status, stderr], [0, ""]);
    return stdout;
  };
  assert.equal(printed("title"), "Write\n");
  assert.equal(printed("title", "--json"), '"Write"\n');
  assert.equal(printed("author.name"), "no\n");
  assert.equal(printed("tags.1"), "b\n");
  assert.equal(printed("a\\.b"), "dotted\n");
  assert.deepEqual(JSON.parse(printed()), {
    title: "Write",
    "a.b": "dotted",
    author: { name: "no" },
    tags: ["a", "b"],
  });
  assert.equal(text(cwd), before);
});

test("frontmatter set and delete touch their own lines only", (t) => {
  const cwd = noteFile(t);
  const did = (...args: string[]): void => {
    const ended = untorn(["frontmatter", "note.md", ...args], { cwd });
    assert.deepEqual([ended.status, ended.stdout, ended.stderr], [0, "", ""], args.join(" "));
  };
  did("set", "author.name", "$& \\1 yes");
  assert.equal(
    text(cwd),
    before.replace("'no'", () => "'$& \\1 yes'"),
  );
  did("set", "author.name", "no");
  assert.equal(text(cwd), before);
  did("set", "count", "3", "--parse");
  did("set", "version", "3");
  assert.equal(text(cwd), before.replace("[a, b]\n", '[a, b]\ncount: 3\nversion: "3"\n'));
  did("delete", "count");
  did("delete", "version");
  did("delete", "never there");
  assert.equal(text(cwd), before);
  did("set", "tags.1", "--", "-x");
  assert.equal(text(cwd), before.replace("[a, b]", "[a, -x]"));
  assert.deepEqual(namesIn(cwd), ["note.md"]);
});

test("a file without frontmatter gets one; a missing file only with --create", (t) => {
  const cwd = noteFile(t, "# Title\r\n");
  assert.equal(untorn(["frontmatter", "note.md", "set", "status", "open"], { cwd }).status, 0);
  assert.equal(text(cwd), "---\r\nstatus: open\r\n---\r\n# Title\r\n");
  const absent = untorn(["frontmatter", "--json", "none.md", "set", "status", "open"], { cwd });
  assert.deepEqual([absent.status, errorOf(absent).code], [1, "UNTORN_NOT_FOUND"]);
  assert.equal(untorn(["frontmatter", "--create", "new.md", "set", "status", "open"], { cwd }).status, 0);
  assert.equal(readFileSync(join(cwd, "new.md"), "utf8"), "---\nstatus: open\n---\n");
});

test("what is not there, not YAML or not understood is an error, and nothing is changed", (t) => {
  const cwd = noteFile(t);
  const refused = (...args: string[]): [number | null, string] => {
    const ended = untorn(["frontmatter", "note.md", "--json", ...args], { cwd });
    assert.equal(ended.stdout, "");
    return [ended.status, errorOf(ended).code];
  };
  assert.deepEqual(refused("get", "titel"), [1, "UNTORN_NO_MATCH"]);
  assert.deepEqual(refused("set", "title"), [2, "UNTORN_USAGE"]);
  assert.deepEqual(refused("set", "title", "a", "b"), [2, "UNTORN_USAGE"]);
  assert.deepEqual(refused("set", "a..b", "x"), [2, "UNTORN_USAGE"]);
  assert.deepEqual(refused("get", "a..b"), [2, "UNTORN_USAGE"]);
  // What the file refuses is no mistake in the command line.
  assert.deepEqual(refused("set", "title.x", "y"), [1, "UNTORN_INVALID_ARGUMENT"]);
  assert.deepEqual(refused("set", "tags.7", "y"), [1, "UNTORN_INVALID_ARGUMENT"]);
  assert.deepEqual(refused("set", "n", "{", "--parse"), [2, "UNTORN_USAGE"]);
  assert.deepEqual(refused("frob", "title"), [2, "UNTORN_USAGE"]);
  assert.equal(text(cwd), before);
  for (const bad of [
    "+++\ntitle = 1\n+++\n",
    "---\ntitle: [\n---\n",
    "---\ntitle: x\n",
    "---\na: 1\na: 2\n---\n",
    "---\na: &A\n  b: *A\n---\n",
  ]) {
    writeFileSync(join(cwd, "note.md"), bad);
    assert.deepEqual(refused("set", "title", "x"), [1, "UNTORN_CORRUPT"], bad);
    assert.equal(text(cwd), bad);
  }
});

test("a number that JavaScript does not hold is kept, digit for digit", (t) => {
  const cwd = noteFile(t);
  assert.equal(untorn(["frontmatter", "note.md", "set", "id", "12345678901234567890", "--parse"], { cwd }).status, 0);
  assert.equal(untorn(["tx"], { cwd, input: "frontmatter note.md other 98765432109876543210\n" }).status, 0);
  assert.match(text(cwd), /\nid: 12345678901234567890\n/);
  assert.match(text(cwd), /\nother: 98765432109876543210\n/);
  const get = (...args: string[]): string => untorn(["frontmatter", "note.md", "get", ...args], { cwd }).stdout;
  assert.equal(get("id"), "12345678901234567890\n");
  assert.match(get(), /"other":98765432109876543210/);
  const set = untorn(["frontmatter", "note.md", "set", "id", "12345678901234567891", "--parse", "--json"], { cwd });
  assert.equal((JSON.parse(set.stdout) as { changed: boolean }).changed, true);
  assert.equal(get("id"), "12345678901234567891\n");
});
