import assert from "node:assert/strict";
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { removeFile, renameFile, renameFileSync, writeFile, writeFileSync as untornSync } from "../../src/index.ts";
import { folder, unexpected } from "./support/places.ts";

/** name -> what it points to, and where a write through it has to arrive. */
const links: readonly (readonly [name: string, text: string, target: string])[] = [
  ["plain", "target", "target"],
  ["dangling", "absent", "absent"],
  ["far", "sub/inner", "sub/inner"],
  ["chain", "plain", "target"],
  ["up", "sub/../target", "target"],
  ["through", "dir/inner", "sub/inner"],
  // `dir` leads to `sub/deep`, so `dir2/..` is `sub`, not this folder.
  ["behind", "dir2/../inner", "sub/inner"],
  ["dots", "./././target", "target"],
  ["chained", "sub/relative", "target"],
];

function prepare(place: string): void {
  mkdirSync(join(place, "sub/deep"), { recursive: true });
  writeFileSync(join(place, "target"), "old");
  writeFileSync(join(place, "sub/inner"), "old");
  symlinkSync("sub", join(place, "dir"));
  symlinkSync("sub/deep", join(place, "dir2"));
  for (const [name, text] of links) symlinkSync(text, join(place, name));
  // A relative link counts from where it lies, not from where it is reached.
  symlinkSync("../target", join(place, "sub/relative"));
}

test("a link is followed to the file that it means, also where that is absent", async (t) => {
  for (const sync of [true, false]) {
    const place = folder(t);
    prepare(place);
    for (const [name, text, target] of [...links, ["dir/relative", "../target", "target"] as const]) {
      const receipt = sync ? untornSync(join(place, name), name) : await writeFile(join(place, name), name);
      assert.equal(readFileSync(join(place, target), "utf8"), name);
      assert.equal(readlinkSync(join(place, name)), text);
      assert.equal(statSync(receipt.path).ino, statSync(join(place, target)).ino);
      assert.equal(receipt.created, name === "dangling");
    }
    assert.deepEqual(unexpected(join(place, "sub"), ["inner", "deep", "relative"]), []);
    assert.deepEqual(unexpected(join(place, "sub/deep"), []), []);
  }
});

test("an absolute link, and a dangling one into a directory that mkdir makes", async (t) => {
  const place = folder(t);
  symlinkSync(join(place, "new/dir/file"), join(place, "link"));
  await assert.rejects(writeFile(join(place, "link"), "x"), { code: "UNTORN_NOT_FOUND" });
  await writeFile(join(place, "link"), "x", { mkdir: true });
  assert.equal(readFileSync(join(place, "new/dir/file"), "utf8"), "x");
});

test("with 'replace' the link itself goes, with 'refuse' nothing does", async (t) => {
  const place = folder(t);
  prepare(place);
  for (const name of ["plain", "dangling"]) {
    const refused = { code: "UNTORN_SYMLINK", outcome: "unchanged" };
    await assert.rejects(writeFile(join(place, name), "x", { symlinks: "refuse" }), refused);
    assert.throws(() => untornSync(join(place, name), "x", { symlinks: "refuse" }), refused);
    assert.ok(lstatSync(join(place, name)).isSymbolicLink());
    await writeFile(join(place, name), "x", { symlinks: "replace" });
    assert.ok(lstatSync(join(place, name)).isFile());
  }
  assert.equal(readFileSync(join(place, "target"), "utf8"), "old");
  await writeFile(join(place, "target"), "fine", { symlinks: "refuse" });
  // A link above the file is not the file: the policy is about the last part.
  await writeFile(join(place, "dir/inner"), "fine", { symlinks: "refuse" });
});

test("a link can be created neither over nor through with ifAbsent", async (t) => {
  const place = folder(t);
  prepare(place);
  await assert.rejects(writeFile(join(place, "plain"), "x", { ifAbsent: true }), { code: "UNTORN_EXISTS" });
  const replace = { ifAbsent: true, symlinks: "replace" } as const;
  await assert.rejects(writeFile(join(place, "dangling"), "x", replace), { code: "UNTORN_EXISTS" });
  await writeFile(join(place, "dangling"), "x", { ifAbsent: true });
  assert.equal(readFileSync(join(place, "absent"), "utf8"), "x");
});

test("a file with two names: only this name is replaced, or the call is refused", async (t) => {
  const place = folder(t);
  writeFileSync(join(place, "a"), "old");
  linkSync(join(place, "a"), join(place, "b"));
  const refused = { code: "UNTORN_HARD_LINK", outcome: "unchanged" };
  await assert.rejects(writeFile(join(place, "a"), "x", { hardlinks: "refuse" }), refused);
  assert.equal(statSync(join(place, "a")).ino, statSync(join(place, "b")).ino);
  await writeFile(join(place, "a"), "new");
  assert.deepEqual(
    ["a", "b"].map((name) => readFileSync(join(place, name), "utf8")),
    ["new", "old"],
  );
  await writeFile(join(place, "a"), "one name now", { hardlinks: "refuse" });
});

test("removing and renaming mean the link itself", async (t) => {
  const place = folder(t);
  prepare(place);
  await removeFile(join(place, "plain"));
  await renameFile(join(place, "dangling"), join(place, "moved"));
  assert.equal(readlinkSync(join(place, "moved")), "absent");
  assert.equal(readFileSync(join(place, "target"), "utf8"), "old");
  await renameFile(join(place, "target"), join(place, "moved"));
  assert.ok(lstatSync(join(place, "moved")).isFile());
});

test("renaming one name of a file over another leaves one name; over itself, everything", async (t) => {
  const place = folder(t);
  for (const rename of [renameFile, async (...args: Parameters<typeof renameFile>) => renameFileSync(...args)]) {
    writeFileSync(join(place, "a"), "content");
    linkSync(join(place, "a"), join(place, "b"));
    assert.equal((await rename(join(place, "a"), join(place, "b"))).changed, true);
    assert.deepEqual(unexpected(place, ["b"]), []);
    linkSync(join(place, "b"), join(place, "c"));
    mkdirSync(join(place, "sub"));
    symlinkSync(".", join(place, "here"));
    for (const same of [join(place, "b"), `${place}/./b`, `${place}/sub/../b`, `${place}/here/b`]) {
      assert.equal((await rename(join(place, "b"), same)).changed, false);
      assert.equal(readFileSync(join(place, "b"), "utf8"), "content");
    }
    await assert.rejects(rename(join(place, "b"), join(place, "c"), { ifAbsent: true }), { code: "UNTORN_EXISTS" });
    for (const name of ["b", "c", "here"]) await removeFile(join(place, name));
    rmdirSync(join(place, "sub"));
  }
});
