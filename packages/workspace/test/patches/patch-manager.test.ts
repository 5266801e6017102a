import assert from "node:assert/strict";
import { chmodSync, existsSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createTwoFilesPatch } from "diff";
import { isUntornError } from "untorn";
import { assertCrashSafe, SeededRandom } from "untorn/testing";
import type { CrashTest } from "untorn/testing";
import { PatchManager } from "../../src/patches/index.ts";
import { filesBelow, folderFor, put } from "../folders.ts";
import { memoryGround } from "../memory-ground.ts";

const code = (wanted: string) => (error: unknown) => isUntornError(error) && error.code === wanted;
const lines = (count: number, end = "\n") =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}${end}`).join("");
const sources = (folder: string) => {
  const found = filesBelow(folder);
  return Object.fromEntries(Object.entries(found).filter(([name]) => !name.startsWith(".patches")));
};
const diffOf = (name: string, before: string, after: string) =>
  createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after);

const several =
  "diff --git a/src/old.ts b/src/old.ts\ndeleted file mode 100644\n--- a/src/old.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n" +
  "diff --git a/src/new.ts b/src/new.ts\nnew file mode 100644\n--- /dev/null\n+++ b/src/new.ts\n@@ -0,0 +1,2 @@\n+made\n+here\n" +
  "diff --git a/a.txt b/dir/b.txt\nsimilarity index 80%\nrename from a.txt\nrename to dir/b.txt\n--- a/a.txt\n+++ b/dir/b.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+2 & $&\n" +
  diffOf("long.txt", lines(30), lines(30).replace("line 15", "LINE 15"));

test("a series that is gone while its patches are there is not begun anew", async (t) => {
  const folder = folderFor(t);
  put(join(folder, "a.txt"), "one\n");
  const manager = new PatchManager(folder);
  assert.deepEqual(manager.list(), []);
  await manager.create("first", diffOf("a.txt", "one\n", "two\n"));
  rmSync(join(folder, ".patches/series.json"));
  assert.throws(() => manager.list(), code("UNTORN_CORRUPT"));
  await assert.rejects(manager.create("second", diffOf("a.txt", "one\n", "three\n")), code("UNTORN_CORRUPT"));
});

test("a patch over several files is applied whole, taken back whole, and noted", async (t) => {
  const folder = folderFor(t);
  put(join(folder, "src/old.ts"), "gone\n");
  put(join(folder, "a.txt"), "one\ntwo\n");
  put(join(folder, "long.txt"), lines(30));
  const modes = (...names: string[]) => names.map((name) => (statSync(join(folder, name)).mode & 0o777).toString(8));
  chmodSync(join(folder, "long.txt"), 0o600);
  chmodSync(join(folder, "src/old.ts"), 0o600);
  chmodSync(join(folder, "a.txt"), 0o640);
  const before = sources(folder);
  const patches = new PatchManager(folder);
  const { number, file } = await patches.create("Fix: the Größe & more", several);
  assert.deepEqual([number, file], ["0001", "0001-fix-the-gro-e-more.patch"]);
  const { patch, files } = await patches.apply("1");
  assert.deepEqual([patch.applied?.fuzz, patch.applied?.offset, files.length], [0, 0, 4]);
  assert.deepEqual(sources(folder), {
    "dir/b.txt": "one\n2 & $&\n",
    "src/new.ts": "made\nhere\n",
    "long.txt": lines(30).replace("line 15", "LINE 15"),
  });
  assert.deepEqual(modes(".patches/undo/0001/long.txt", "long.txt", "dir/b.txt"), ["600", "600", "640"]);
  await assert.rejects(patches.apply("1"), /it is applied since/);
  await patches.revert("0001");
  assert.deepEqual(sources(folder), before);
  assert.deepEqual(modes("long.txt", "src/old.ts", "a.txt"), ["600", "600", "640"], "also what was removed and moved");
  assert.equal(existsSync(join(folder, ".patches/undo/0001/long.txt")), false);
  await assert.rejects(patches.revert("1"), /it is not applied/);
  assert.equal(patches.show("1").diff, several);
  assert.equal((await patches.create("Next", several)).number, "0002");
  await assert.rejects(patches.apply("7"), code("UNTORN_NOT_FOUND"));
});

test("a file that a group may write is an ordinary one", async (t) => {
  const folder = folderFor(t);
  put(join(folder, "f"), "x\n");
  const patches = new PatchManager(folder);
  const made = "diff --git a/n b/n\nnew file mode 100664\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+hi\n";
  const changed = `diff --git a/f b/f\nold mode 100664\nnew mode 100644\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-x\n+y\n`;
  await patches.apply((await patches.create("x", made + changed)).number);
  assert.deepEqual(sources(folder), { f: "y\n", n: "hi\n" });
});

test("a patch of which one hunk does not fit changes nothing", async (t) => {
  const folder = folderFor(t);
  put(join(folder, "src/old.ts"), "gone\n");
  put(join(folder, "a.txt"), "one\ntwo\n");
  put(join(folder, "long.txt"), lines(30).replace("line 15", "other"));
  const patches = new PatchManager(folder);
  await patches.create("x", several);
  const before = filesBelow(folder);
  await assert.rejects(patches.apply("1", { fuzz: 3 }), /long\.txt: hunk 1 \(line 11\) does not fit/);
  put(join(folder, "src/new.ts"), "in the way\n");
  await assert.rejects(patches.apply("1"), /it is there already/);
  assert.deepEqual({ ...filesBelow(folder), "src/new.ts": undefined }, { ...before, "src/new.ts": undefined });
});

test("a file with lines that the patch does not know is not removed", async (t) => {
  const folder = folderFor(t);
  put(join(folder, "f"), "one\ntwo\nmore\n");
  const patches = new PatchManager(folder);
  await patches.create("x", "--- a/f\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n");
  await assert.rejects(patches.apply("1"), /it has lines that the patch does not know/);
  assert.equal(filesBelow(folder)["f"], "one\ntwo\nmore\n");
});

test("offset and fuzz are bounded, and reported", async (t) => {
  const folder = folderFor(t);
  const diff = diffOf("f", lines(20), lines(20).replace("line 10\n", "LINE 10\n"));
  const patches = new PatchManager(folder);
  await patches.create("x", diff);
  put(join(folder, "f"), `new\nnew\n${lines(20)}`);
  await assert.rejects(patches.apply("1"), code("UNTORN_CONFLICT"));
  const moved = await patches.apply("1", { fuzz: 1 });
  assert.deepEqual(moved.files[0]?.places, [{ line: 8, offset: 2, fuzz: 0 }]);
  await patches.revert("1");
  assert.equal(filesBelow(folder)["f"], `new\nnew\n${lines(20)}`);
  writeFileSync(join(folder, "f"), lines(20).replace("line 6\n", "other\n"));
  const fuzzy = await patches.apply("1", { fuzz: 2 });
  assert.deepEqual([fuzzy.patch.applied?.fuzz, fuzzy.patch.applied?.offset], [1, 0]);
  assert.match(filesBelow(folder)["f"] ?? "", /other\nline 7\nline 8\nline 9\nLINE 10\n/);
  await assert.rejects(patches.apply("1", { fuzz: 4 }), code("UNTORN_INVALID_ARGUMENT"));
  // Changed meanwhile elsewhere: only its own lines are taken back.
  writeFileSync(join(folder, "f"), `${filesBelow(folder)["f"]}added\n`);
  await patches.revert("1", { fuzz: 2 });
  assert.equal(filesBelow(folder)["f"], `${lines(20).replace("line 6\n", "other\n")}added\n`);
});

test("a hunk fits nowhere but where its lines are, in their order, whatever the fuzz", async (t) => {
  const folder = folderFor(t);
  const patches = new PatchManager(folder);
  const noEnd = lines(2).replace(/\n$/, "");
  const cases: readonly (readonly [name: string, content: string, diff: string])[] = [
    // The patch knows a file that ends without a line end.
    ["end", lines(2), diffOf("end", noEnd, noEnd.replace("line 2", "two"))],
    // Lines that only come in, and nothing of what is around them is there.
    ["added", "a\n".repeat(6), diffOf("added", lines(6), lines(6).replace("line 3\n", "line 3\nnew\n"))],
    // What the second hunk changes stands before what the first one changes.
    ["order", "b\na\n", "--- a/order\n+++ b/order\n@@ -1 +1 @@\n-a\n+A\n@@ -2 +2 @@\n-b\n+B\n"],
  ];
  for (const [name, content, diff] of cases) {
    put(join(folder, name), content);
    const { number } = await patches.create(name, diff);
    for (const fuzz of [0, 3]) await assert.rejects(patches.apply(number, { fuzz }), /does not fit/, `${name} ${fuzz}`);
    assert.equal(filesBelow(folder)[name], content);
  }
});

test("what is kept for taking back is only used if it is what was there; a patch file of nobody's is not replaced", async (t) => {
  const folder = folderFor(t);
  const patches = new PatchManager(folder);
  put(join(folder, "f"), "1\n");
  const { number } = await patches.create("y", diffOf("f", "1\n", "2\n"));
  put(join(folder, ".patches/0002-x.patch"), "mine");
  await assert.rejects(patches.create("x", diffOf("f", "1\n", "2\n")), /the series does not know it/);
  assert.equal(filesBelow(folder)[".patches/0002-x.patch"], "mine");
  await patches.apply(number);
  writeFileSync(join(folder, `.patches/undo/${number}/f`), "tampered\n");
  await patches.revert(number);
  assert.equal(filesBelow(folder)["f"], "1\n");
});

test("line ends and the end of the file stay", async (t) => {
  const folder = folderFor(t);
  put(join(folder, "f"), lines(9, "\r\n").replace(/\r\n$/, ""));
  const patches = new PatchManager(folder);
  const unix = lines(9).replace(/\n$/, "");
  await patches.create(
    "x",
    diffOf("f", unix, unix.replace("line 9", "LINE 9\nline 10").replace("line 2", "two\ntwo again")),
  );
  await patches.apply("1");
  assert.equal(
    filesBelow(folder)["f"],
    `line 1\r\ntwo\r\ntwo again\r\n${[3, 4, 5, 6, 7, 8].map((n) => `line ${n}\r\n`).join("")}LINE 9\r\nline 10`,
  );
  await patches.revert("1");
  assert.equal(filesBelow(folder)["f"], lines(9, "\r\n").replace(/\r\n$/, ""));
});

test("what would leave the folder, is binary or is no patch is refused", async (t) => {
  const folder = folderFor(t);
  const outside = folderFor(t);
  put(join(outside, "f"), "one\n");
  symlinkSync(outside, join(folder, "link"));
  const patches = new PatchManager(folder);
  for (const bad of [
    "",
    "hello\n",
    "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-x\n",
    "diff --git a/f b/f\nindex 1..2\nBinary files a/f and b/f differ\n",
    "diff --git a/f b/f\nold mode 100644\nnew mode 100755\n",
    "diff --git a/n b/n\nnew file mode 100755\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+hi\n",
    "diff --git a/n b/n\nnew file mode 120000\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+/etc\n\\ No newline at end of file\n",
    "diff --git a/n b/n\ndeleted file mode 120000\n--- a/n\n+++ /dev/null\n@@ -1 +0,0 @@\n-/etc\n\\ No newline at end of file\n",
  ]) {
    await assert.rejects(patches.create("x", bad), code("UNTORN_INVALID_ARGUMENT"), bad);
  }
  const names = ["../x", "/etc/x", "link/f"];
  for (const name of names) {
    const diff = `--- ${name}\n+++ ${name}\n@@ -1 +1 @@\n-one\n+two\n`;
    // A name that leads out is refused at once; a link that does is found when the file is looked at.
    await assert.rejects(
      patches.create("x", diff).then(({ number }) => patches.apply(number)),
      (error) => isUntornError(error) && /OUTSIDE|INVALID/.test(error.code),
      name,
    );
  }
  assert.equal(filesBelow(outside)["f"], "one\n");
});

test("random edits: a patch made by diff is applied exactly and taken back exactly", async (t) => {
  const seed = Number(process.env["UNTORN_SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`UNTORN_SEED=${seed}`);
  const random = new SeededRandom(seed);
  const folder = folderFor(t);
  const patches = new PatchManager(folder);
  for (let round = 0; round < 12; round += 1) {
    const content = (): string => {
      const words = Array.from(
        { length: random.below(25) },
        () => ["a", "b", "", "-- c", "+d", "@@ -1 +1 @@"][random.below(6)],
      );
      return words.join("\n") + (words.length > 0 && random.below(2) === 0 ? "\n" : "");
    };
    const [before, after] = [content(), content()];
    if (before === after || before === "" || after === "") continue;
    writeFileSync(join(folder, "f"), before);
    const { number } = await patches.create("r", diffOf("f", before, after));
    await patches.apply(number);
    assert.equal(filesBelow(folder)["f"], after);
    await patches.revert(number);
    assert.equal(filesBelow(folder)["f"], before);
  }
});

test("a patch of a file with very many lines is applied", async (t) => {
  const folder = folderFor(t);
  const before = lines(300_000);
  put(join(folder, "f"), before);
  const hunk = "--- a/f\n+++ b/f\n@@ -299999,2 +299999,2 @@\n line 299999\n-line 300000\n+last\n";
  const patches = new PatchManager(folder);
  await patches.create("x", hunk);
  await patches.apply("1");
  assert.equal(sources(folder)["f"], before.replace("line 300000\n", "last\n"));
});

test("a series with a record that is none is corrupt, and so is one that is not UTF-8", async (t) => {
  const folder = folderFor(t);
  const patches = new PatchManager(folder);
  await patches.create("x", diffOf("f", "1\n", "2\n"));
  const path = join(folder, ".patches/series.json");
  const whole = filesBelow(folder)[".patches/series.json"] ?? "";
  const bad = [
    whole.replace('"applied": null', '"other": null'),
    whole.replace("null", '{"at": "2026-01-01", "files": null}'),
    whole.replace("null", '{"at": "2026-01-01", "files": [null]}'),
    whole.replace(/\[[^]*\]/, "[null]"),
    "null",
    Buffer.from(whole.replace('"x"', '"\xe9"'), "latin1"),
  ];
  for (const text of bad) {
    writeFileSync(path, text);
    assert.throws(() => patches.list(), code("UNTORN_CORRUPT"), String(text));
    await assert.rejects(patches.apply("1"), code("UNTORN_CORRUPT"));
  }
});

test("a crash while a patch is applied leaves all files and the series old, or all new", async () => {
  const two = diffOf("a", "1\n", "2\n") + diffOf("dir/b", "1\n", "2\n");
  const crash: CrashTest<string> = {
    states: 120 * Number(process.env["UNTORN_EFFORT"] ?? 1),
    seed: Number(process.env["UNTORN_SEED"] ?? 1),
    setup: async (port) => {
      const ground = memoryGround(port);
      for (const path of ["/p/a", "/p/dir/b"]) await ground.write(path, "1\n", { mkdir: true });
      await new PatchManager("/p", { ground }).create("x", two);
    },
    workload: async (port, run) => {
      run.begin("2 2 true");
      await new PatchManager("/p", { ground: memoryGround(port) }).apply("1");
      run.returned("2 2 true");
    },
    recover: async (port) => void (await memoryGround(port).store("/p").readTogether(["a"])),
    check: async (port, knowledge) => {
      const ground = memoryGround(port);
      const [a, b] = (await ground.store("/p").readTogether(["a", "dir/b"])).map((file) =>
        new TextDecoder().decode(file?.data).trim(),
      );
      const applied = new PatchManager("/p", { ground }).list()[0]?.applied !== null;
      assert.ok(knowledge.allowed("1 1 false").includes(`${a} ${b} ${applied}`), `${a} ${b} ${applied}`);
    },
  };
  await assertCrashSafe(crash);
});
