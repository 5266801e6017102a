import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createTwoFilesPatch } from "diff";
import { isUntornError } from "untorn";
import { PatchManager } from "../../src/patches/index.ts";
import { filesBelow, folderFor, put } from "../folders.ts";

const code = (wanted: string) => (error: unknown) => isUntornError(error) && error.code === wanted;
const diffOf = (name: string, before: string, after: string) =>
  createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after);

test("a patch of what the patches are kept in is refused, also where its file was changed by hand", async (t) => {
  const folder = folderFor(t);
  put(join(folder, "f"), "x\n");
  const patches = new PatchManager(folder);
  const ours = (name: string) =>
    `--- a/${name}\n+++ b/${name}\n@@ -1,2 +1,2 @@\n {\n-  "version": 1,\n+  "version": 2,\n`;
  for (const name of [".patches/series.json", "./x/../.patches/series.json", ".Patches/series.json", ".patches"])
    await assert.rejects(patches.create("x", ours(name)), code("UNTORN_INVALID_ARGUMENT"), name);
  const { file } = await patches.create("x", diffOf("f", "x\n", "y\n"));
  const series = filesBelow(folder)[".patches/series.json"];
  writeFileSync(join(folder, ".patches", file), ours(".patches/series.json"));
  await assert.rejects(patches.apply("1"), code("UNTORN_INVALID_ARGUMENT"));
  assert.equal(filesBelow(folder)[".patches/series.json"], series);
  // What only begins so is another's.
  await patches.create("x", diffOf(".patches2/f", "x\n", "y\n"));
});
