import assert from "node:assert/strict";
import { test } from "node:test";
import { tempName } from "../../src/atomic/index.ts";
import { isEditorFile, isOrdinary, orphanNameOf } from "../../src/recovery/index.ts";
import { memoryPort, SeededRandom } from "../../src/testing/index.ts";

const now = Date.UTC(2026, 0, 1);

test("every scheme is told by its name, with its target and its writer", () => {
  const cases: readonly (readonly [name: string, scheme: string, target: string | undefined, pid?: number])[] = [
    ["state.json.tmp.4242", "NAME.tmp.PID", "state.json", 4242],
    ["state.json.tmp.4242.1767225600000", "NAME.tmp.PID.TIME", "state.json", 4242],
    ["state.json.4242.1767225600000.tmp", "NAME.PID.TIME.tmp", "state.json", 4242],
    ["state.json.4242.tmp", "NAME.PID.tmp", "state.json", 4242],
    ["state.json.tmp", "NAME.tmp", "state.json"],
    [".tmp_aB3xY9.json", ".tmp_*", undefined],
    ["state.json.3735928559", "write-file-atomic", "state.json"],
    ["state.json.tmp-1767225600a1b2c3", "atomically", "state.json"],
    [".state.json.tmp", "steno", "state.json"],
    [".4242.17", "fast-write-atomic", undefined, 4242],
    ["state.json.tmp.3f2504e0-4f89-41d3-9a0c-0305e82c3301", "NAME.tmp.RANDOM", "state.json"],
    ["state.json.3f2504e0-4f89-41d3-9a0c-0305e82c3301.tmp", "NAME.RANDOM.tmp", "state.json"],
    ["state.json.a8f3c2.tmp", "NAME.RANDOM.tmp", "state.json"],
    [".goutputstream-AB12CD", "gedit", undefined],
  ];
  for (const [name, scheme, target, pid] of cases) {
    const named = orphanNameOf(name, now);
    assert.deepEqual([named?.scheme, named?.target, named?.pid], [scheme, target, pid], name);
  }
  const port = memoryPort();
  const own = orphanNameOf(tempName(port, "tmp", "state.json", ["0123456789abcdef0123"]), now);
  assert.deepEqual([own?.scheme, own?.target, own?.pid], ["untorn", "state.json", port.identity.pid]);
});

test("documents, rotated logs and copies with a date are no orphans", () => {
  for (const name of [
    "state.json",
    "app.log.1",
    "app.log.20260101",
    "app.log.2026001",
    "access.log.2026022823",
    "access.log.202602281",
    "access.log.2602282359",
    "access.log.26022823",
    "dump.28022026",
    "v1.2.3",
    "4711",
    "data.2024",
    "STATE.md",
    ".gitignore",
    "tmp",
    "a.tmpl",
  ]) {
    assert.equal(orphanNameOf(name, now), undefined, name);
  }
  // A copy that was named after the second it was made in; the same digits long before or after are a hash.
  assert.equal(orphanNameOf("state.json.1767225600", now), undefined);
  assert.equal(orphanNameOf("state.json.1767225600", now - 9e9)?.scheme, "write-file-atomic");
  // A log that was begun in that second, and was written to for three months.
  assert.equal(orphanNameOf("app.log.1767225600", now + 8e9), undefined);
  assert.equal(orphanNameOf("state.json.1767225600", now + 4e10)?.scheme, "write-file-atomic");
  for (const hash of ["2026023323", "2026132823", "3735928559", "12345678", "9876543", "2026022825"])
    assert.equal(orphanNameOf(`state.json.${hash}`, now)?.scheme, "write-file-atomic", hash);
});

test("editors' files are told apart, and are no orphans", () => {
  for (const name of [
    ".state.json.swp",
    "state.json~",
    "#state.json#",
    ".#state.json",
    "state.json.~1~",
    "4913",
    "a.orig",
    "a.bak",
    "a.json.bak.2",
  ]) {
    assert.equal(isEditorFile(name), true, name);
    assert.equal(orphanNameOf(name, now), undefined, name);
  }
  for (const name of ["state.json", "backup.json", "old.md", ".state.json.tmp"])
    assert.equal(isEditorFile(name), false, name);
});

test("a name that is ordinary at first sight is no orphan and no editor's file, whatever it is put together from", () => {
  const random = new SeededRandom(Number(process.env["UNTORN_SEED"] ?? 1));
  const parts = [
    "state",
    ".",
    "json",
    "tmp",
    "temp",
    ".tmp",
    "~",
    "#",
    "4913",
    "1767225600",
    "-",
    "a8f3c2",
    "bak",
    "orig",
  ];
  parts.push(
    ".swp",
    "old",
    "save",
    ".untorn.",
    "kate-swp",
    "Tmp",
    "BAK",
    "goutputstream-AB12CD",
    "md",
    "1767225600a1b2c3",
    "_x",
  );
  let special = 0;
  let ordinary = 0;
  for (let round = 0; round < 50_000; round += 1) {
    const count = 1 + random.below(6);
    const name = Array.from({ length: count }, () => parts[random.below(parts.length)] ?? "").join("");
    const isSpecial = orphanNameOf(name, now - 9e9) !== undefined || isEditorFile(name);
    if (isSpecial) special += 1;
    if (!isOrdinary(name)) continue;
    ordinary += 1;
    assert.ok(!isSpecial, name);
  }
  assert.ok(special > 1000 && ordinary > 1000, `${special} special, ${ordinary} ordinary`);
});
