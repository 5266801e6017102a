import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { attempt } from "../dist/disks/attempt.js";
import { leftovers, look, problemsOf } from "../dist/disks/judge.js";
import { operationNames, operations, textOf } from "../dist/disks/operations.js";

/** The judge of full and failing disks must see what is wrong. */

function folderFor(t) {
  const folder = mkdtempSync(join(tmpdir(), "untorn-disks-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const refused = (outcome, message) => ({
  code: "UNTORN_DISK_FULL",
  outcome,
  phase: "stage",
  message: message ?? "f: there is no room. What was there is unchanged. Free some space and call again.",
});

test("what an answer does not fit is told: old, new, torn, another code, a message that says nothing", async (t) => {
  const folder = folderFor(t);
  const given = { operation: "write", folder, version: 2, before: [1], codes: ["UNTORN_DISK_FULL"] };
  const put = (text) => writeFileSync(join(folder, "state.txt"), text);
  put(textOf(1));
  assert.deepEqual(problemsOf(given, refused("unchanged")), []);
  assert.match(problemsOf(given, undefined)[0], /it succeeded, and the disk shows versions 1/);
  assert.match(problemsOf({ ...given, codes: ["UNTORN_IO"] }, refused("unchanged"))[0], /the code is UNTORN_DISK_FULL/);
  assert.match(problemsOf(given, refused("unchanged", "f: no room."))[0], /does not say what is on the disk/);
  put(textOf(2));
  assert.deepEqual(problemsOf(given, undefined), []);
  assert.match(problemsOf(given, refused("unchanged"))[0], /the outcome is unchanged, and the disk shows versions 2/);
  for (const torn of ["", textOf(2).slice(0, 4096), textOf(1).slice(0, 3000) + textOf(2).slice(3000)]) {
    put(torn);
    assert.match(problemsOf(given, refused("unchanged"))[0], /bytes that are no version/);
    assert.match(problemsOf(given, undefined)[0], /bytes that are no version/);
  }
});

test("what stays is told by its name; what is kept on purpose is not", (t) => {
  const folder = folderFor(t);
  const owner = "1-1-0123abcd-0123456789abcdef";
  const names = [`.a.untorn.${owner}.tmp`, `.untorn/.b.untorn.${owner}.part`, ".untorn/tx-1.journal"];
  for (const name of [...names, ".a.untorn.lock/record", ".untorn/quarantine/x.tmp", ".untorn/durable", "a.tmp"]) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), "");
  }
  assert.deepEqual(leftovers(folder).toSorted(), [".a.untorn.lock/record", ...names].toSorted());
});

test("every operation shows what it has done, and is torn where a file of it is cut or another version", async (t) => {
  for (const operation of operationNames) {
    const folder = folderFor(t);
    for (const version of [0, 1, 2]) assert.equal(await attempt({ operation, folder, version }), undefined);
    const { after } = operations[operation];
    const begun = operation === "create" || operation === "item" ? [] : [0];
    assert.deepEqual(look(operation, folder, 2), after(after(begun, 1), 2), operation);
    const files = { write: "state.txt", create: "made-2/deep/item.txt", update: "state.json", append: "events.jsonl" };
    const more = {
      transaction: "active/four.md",
      generations: "state.txt",
      store: "deep/c.txt",
      pipeline: "state.json",
    };
    const file = { ...files, ...more, item: ".project/registry.json" }[operation];
    writeFileSync(join(folder, file), textOf(1).slice(0, 500));
    assert.equal(typeof look(operation, folder, 2), "string", operation);
  }
});
