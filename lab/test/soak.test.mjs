import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { check, strayTemps } from "../dist/soak/check.js";
import { setTimeout as sleep } from "node:timers/promises";
import { SeededRandom } from "untorn/testing";
import { Crowd } from "../dist/soak/crowd.js";
import { lastingFiles } from "../dist/soak/files.js";
import { prepare, textOf } from "../dist/soak/operations.js";

/** Who checks a soak must see what is wrong. */

function folderFor(t) {
  const folder = mkdtempSync(join(tmpdir(), "untorn-soak-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function put(folder, files) {
  for (const [path, text] of Object.entries(files)) {
    if (text === null) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const counter = (...ids) => JSON.stringify({ count: ids.length, ids });

/** Three changes of a counter: one done, one refused, one cut off; and two writes of a file, one after the other. */
const witness = [
  [1, "begun", "a-1", "counter", "counters/0.json"],
  [2, "done", "a-1"],
  [3, "begun", "a-2", "counter", "counters/0.json"],
  [4, "failed", "a-2", "unchanged", "UNTORN_DISK_FULL", "no room"],
  [5, "begun", "a-3", "counter", "counters/0.json"],
  [6, "begun", "b-1", "whole", "whole/0.txt"],
  [7, "done", "b-1"],
  [8, "begun", "b-2", "whole", "whole/0.txt"],
  [9, "done", "b-2"],
  [10, "begun", "c-1", "log", "logs/0.jsonl"],
  [11, "done", "c-1"],
  [12, "begun", "d-1", "group", "groups/0"],
  [13, "done", "d-1"],
];

const good = {
  "counters/0.json": counter("a-1"),
  "whole/0.txt": textOf("b-2"),
  "logs/0.jsonl": '{"id":"first"}\n{"id":"c-1"}\n',
  "groups/0/0.json": counter("d-1"),
  "groups/0/1.json": counter("d-1"),
};

function problems(t, files, lines = witness) {
  const [root, witnesses] = [join(folderFor(t), "work"), join(folderFor(t), "witnesses")];
  put(root, { ...good, ...files });
  const text = lines.map(([time, ...words]) => `${time} ${words.map((word) => JSON.stringify(word)).join(" ")}\n`);
  put(witnesses, { "a.log": text.join("") });
  return check(root, witnesses, Object.keys(good)).problems;
}

test("what is as it should be: what was done is there, what was refused is not, what was cut off may be", (t) => {
  assert.deepEqual(problems(t, {}), []);
  assert.deepEqual(problems(t, { "counters/0.json": counter("a-1", "a-3") }), []);
  assert.deepEqual(problems(t, { ".untorn/quarantine/x.untorn.1-.tmp": "kept on purpose" }), []);
});

/** @type {[string, Record<string, string | null>, RegExp][]} */
const wrong = [
  ["a lost change", { "counters/0.json": counter() }, /a-1 is lost/],
  ["a change that was refused", { "counters/0.json": counter("a-1", "a-2") }, /a-2 is there, and its error said/],
  ["a change twice", { "counters/0.json": counter("a-1", "a-1") }, /twice/],
  ["a change of nobody", { "counters/0.json": counter("a-1", "z-9") }, /nobody made it/],
  ["a cut file", { "counters/0.json": counter("a-1").slice(0, 9) }, /SyntaxError/],
  ["a torn text", { "whole/0.txt": textOf("b-2").slice(0, -70) }, /torn/],
  ["an empty text", { "whole/0.txt": "" }, /torn/],
  ["a mixed text", { "whole/0.txt": textOf("b-1").slice(0, 200) + textOf("b-2").slice(200) }, /torn/],
  ["an older text", { "whole/0.txt": textOf("b-1") }, /b-2 was written after it and is lost/],
  ["a lost line", { "logs/0.jsonl": '{"id":"first"}\n' }, /c-1 is lost/],
  ["a line that was glued", { "logs/0.jsonl": '{"id":"fir{"id":"c-1"}\n' }, /SyntaxError/],
  ["a line that has no end", { "logs/0.jsonl": '{"id":"c-1"}' }, /no end/],
  ["files that disagree", { "groups/0/1.json": counter() }, /disagree/],
  ["a temp", { "whole/.0.txt.untorn.1-1-0123abcd-0123456789abcdef.tmp": "" }, /left: whole/],
  ["a journal", { ".untorn/tx-1-1-00000000-abcdefghijklm.journal": "" }, /left: .untorn/],
  ["a lock", { "whole/.0.txt.untorn.lock/record": "" }, /left: whole/],
  ["a file that is gone", { "counters/0.json": null }, /^counters\/0\.json: is missing$/],
  ["a replaced file that is gone", { "whole/0.txt": null }, /^whole\/0\.txt: is missing$/],
  ["a log that is gone", { "logs/0.jsonl": null }, /^logs\/0\.jsonl: is missing$/],
  ["one of several files that is gone", { "groups/0/1.json": null }, /^groups\/0\/1\.json: is missing$/],
  ["a torn generation", { "kept/.untorn/generations/0.txt/00000001-0123456789abcdef": "x" }, /torn/],
];

for (const [what, files, found] of wrong) {
  test(`${what} is found`, (t) => assert.match(problems(t, files).join("\n"), found));
}

test("what must be there in the end is all that was made in the beginning", async (t) => {
  const root = folderFor(t);
  await prepare(root);
  const made = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !`${entry.parentPath}/`.includes("/.untorn/"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  assert.deepEqual(lastingFiles().toSorted(), made.toSorted());
});

test("what the processes themselves saw is told, and a file that they were told is corrupt", (t) => {
  const more = [
    [14, "begun", "e-1", "look", "groups/0"],
    [15, "seen", "e-1", "read in 2 versions"],
    [16, "begun", "e-2", "counter", "counters/0.json"],
    [17, "failed", "e-2", "unchanged", "UNTORN_CORRUPT", "it is not JSON"],
  ];
  const told = problems(t, {}, [...witness, ...more]);
  assert.match(told.join("\n"), /read in 2 versions[^]*it is not JSON/);
});

test("temps are only of those who were killed", (t) => {
  const root = folderFor(t);
  const owner = (4711).toString(36);
  put(root, {
    [`a/.x.untorn.${owner}-1-0123abcd-0123456789abcdef.tmp`]: "",
    [`.untorn/tx-${owner}-1-00000000-x.journal`]: "",
  });
  assert.deepEqual(strayTemps(root, new Set([4711])), { temps: 2, problems: [] });
  assert.equal(strayTemps(root, new Set()).problems.length, 2);
});

test("a soak that fails itself says so at once, and leaves no process", { timeout: 60_000 }, async (t) => {
  const [root, witnesses] = [join(folderFor(t), "work"), join(folderFor(t), "witnesses")];
  mkdirSync(witnesses);
  await prepare(root);
  // The disk is filled a second after the beginning at the earliest; by which draw, decides the seed after this one.
  const seed = Array.from({ length: 1000 }, (_, n) => n).find((n) => new SeededRandom(n + 1).below(6000) < 50);
  const broken = async () => {
    while (readdirSync(witnesses).length < 3) await sleep(100);
    throw new Error("the disk is gone");
  };
  const disk = { root, scarce: "disk", tighten: broken, loosen: broken, close: broken };
  const crowd = new Crowd({ root, witnesses, processes: 3, seed, disk });
  t.after(() => crowd.end());
  const begun = performance.now();
  await assert.rejects(crowd.run(50, new AbortController().signal), /the disk is gone/);
  assert.ok(performance.now() - begun < 40_000, "it does not wait for its time to be over");
  await crowd.end();
  const written = () => readdirSync(witnesses).map((name) => [name, readFileSync(join(witnesses, name), "utf8")]);
  const before = written();
  await sleep(1500);
  assert.deepEqual(written(), before);
});

test("the checker knows nothing of the library", () => {
  const source = readFileSync(fileURLToPath(new URL("../src/soak/check.ts", import.meta.url)), "utf8");
  const imported = [...source.matchAll(/from "([^"]+)"/g)].map((match) => match[1]);
  assert.ok(imported.length > 1 && imported.every((name) => name.startsWith("node:")), imported.join());
  // Its own way to tell a whole text, against the one that the processes write.
  assert.equal(textOf("x").slice(-65, -1), createHash("sha256").update(textOf("x").slice(0, -65)).digest("hex"));
});
