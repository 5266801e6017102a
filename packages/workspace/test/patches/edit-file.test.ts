import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isUntornError } from "untorn";
import { editFile } from "../../src/patches/index.ts";
import type { FileEdit } from "../../src/patches/index.ts";
import { folderFor } from "../folders.ts";

const code = (wanted: string) => (error: unknown) => isUntornError(error) && error.code === wanted;

test("lines are replaced, inserted and deleted; line ends stay; undo takes it back", async (t) => {
  const path = join(folderFor(t), "f.ts");
  for (const [end, tail] of [
    ["\n", "\n"],
    ["\r\n", "\r\n"],
    ["\n", ""],
    ["\r\n", ""],
  ] as const) {
    const before = ["one", "two", "three"].join(end) + tail;
    const cases: [FileEdit, string[]][] = [
      [{ replace: [2, 2], with: "2 & $&\nmore", expect: "two" }, ["one", "2 & $&", "more", "three"]],
      [{ replace: [3, 3], with: "last\n" }, ["one", "two", "last"]],
      [{ insertAfter: 0, text: "zero" }, ["zero", "one", "two", "three"]],
      [{ insertAfter: 3, text: "four\r\n", expect: "three" }, ["one", "two", "three", "four"]],
      [{ delete: [1, 2], expect: "one\r\ntwo\r\n" }, ["three"]],
      [{ delete: [3, 3] }, ["one", "two"]],
      [
        { patch: "--- a/f.ts\n+++ b/f.ts\n@@ -1,2 +1,3 @@\n one\n+and a half\n two\n" },
        ["one", "and a half", "two", "three"],
      ],
    ];
    for (const [edit, after] of cases) {
      writeFileSync(path, before);
      const { undo, etag } = await editFile(path, edit);
      assert.equal(readFileSync(path, "utf8"), after.join(end) + tail, JSON.stringify(edit));
      assert.match(etag, /^[0-9a-f]{64}$/);
      await editFile(path, { patch: undo });
      assert.equal(readFileSync(path, "utf8"), before, `back from ${JSON.stringify(edit)}`);
    }
  }
});

test("what is not as expected, or not there, is refused, and nothing is changed", async (t) => {
  const path = join(folderFor(t), "f.ts");
  writeFileSync(path, "one\ntwo\n");
  for (const [edit, wanted] of [
    [{ replace: [2, 2], with: "x", expect: "three" }, "UNTORN_CONFLICT"],
    [{ insertAfter: 1, text: "x", expect: "two" }, "UNTORN_CONFLICT"],
    [{ delete: [2, 3] }, "UNTORN_INVALID_ARGUMENT"],
    [{ replace: [0, 1], with: "x" }, "UNTORN_INVALID_ARGUMENT"],
    [{ insertAfter: 3, text: "x" }, "UNTORN_INVALID_ARGUMENT"],
    [{ delete: [1.5, 2] }, "UNTORN_INVALID_ARGUMENT"],
    [{ patch: "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-other\n+x\n" }, "UNTORN_CONFLICT"],
    [{ patch: "--- a/f\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n" }, "UNTORN_INVALID_ARGUMENT"],
  ] as [FileEdit, string][]) {
    await assert.rejects(editFile(path, edit), code(wanted), JSON.stringify(edit));
    assert.equal(readFileSync(path, "utf8"), "one\ntwo\n");
  }
  await assert.rejects(editFile(`${path}.none`, { delete: [1, 1] }), code("UNTORN_NOT_FOUND"));
});

test("undo takes an edit back byte for byte: an emptied file, and line ends that are mixed", async (t) => {
  const path = join(folderFor(t), "f.txt");
  const mixed = "one\r\ntwo\nthree\r\nfour\nfive";
  const edits: FileEdit[] = [
    { delete: [1, 5] },
    { delete: [1, 2] },
    { delete: [2, 5] },
    { insertAfter: 5, text: "six" },
  ];
  for (let line = 1; line <= 5; line += 1) {
    edits.push(
      { delete: [line, line] },
      { replace: [line, line], with: "new\r\nlines" },
      { insertAfter: line, text: "x" },
    );
  }
  for (const before of [mixed, `${mixed}\n`, `${mixed}\r\n`]) {
    for (const edit of edits) {
      writeFileSync(path, before);
      const { undo } = await editFile(path, edit);
      await editFile(path, { patch: undo });
      assert.equal(readFileSync(path, "utf8"), before, JSON.stringify([edit, undo]));
    }
  }
  writeFileSync(path, "");
  await assert.rejects(editFile(path, { insertAfter: 0, text: "x" }), code("UNTORN_CORRUPT"), "an empty file is torn");
});

test("a byte order mark is no part of the first line, and stays before it", async (t) => {
  const path = join(folderFor(t), "f.ts");
  const mark = "\uFEFF";
  const cases: [FileEdit, string][] = [
    [{ replace: [1, 1], with: "A", expect: "a" }, "A\nb\n"],
    [{ replace: [1, 1], with: `${mark}A\n`, expect: `${mark}a` }, "A\nb\n"],
    [{ insertAfter: 0, text: "top" }, "top\na\nb\n"],
    [{ insertAfter: 1, text: "x", expect: "a" }, "a\nx\nb\n"],
    [{ delete: [1, 1], expect: "a" }, "b\n"],
    [{ delete: [1, 2] }, ""],
  ];
  for (const [edit, after] of cases) {
    writeFileSync(path, `${mark}a\nb\n`);
    const { undo } = await editFile(path, edit);
    assert.equal(readFileSync(path, "utf8"), mark + after, JSON.stringify(edit));
    await editFile(path, { patch: undo });
    assert.equal(readFileSync(path, "utf8"), `${mark}a\nb\n`);
  }
});
