import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { nodePort } from "../../src/platform/index.ts";
import type { Port } from "../../src/platform/index.ts";
import { faultPlan, interceptPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import { folder, openDescriptors } from "../atomic/support/places.ts";

/** A folder in which there has never been a transaction, and the names of its files; each holds its own name. */
function fresh(t: TestContext, count: number): { place: string; names: string[] } {
  const place = folder(t);
  const names = Array.from({ length: count }, (_, index) => `file-${index}`);
  for (const name of names) writeFileSync(join(place, name), name);
  return { place, names };
}

/** Reads in both ways, and gives the contents. */
async function read(port: Port, place: string, names: readonly string[]): Promise<string[][]> {
  const { readTogether, readTogetherSync } = transactionsOn(port);
  const contents = [await readTogether(place, names), readTogetherSync(place, names)];
  return contents.map((files) => files.map((file) => Buffer.from(file?.data ?? "none").toString()));
}

test("many files of a folder without any transaction are read", async (t) => {
  for (const count of [100, 101]) {
    const { place, names } = fresh(t, count);
    assert.deepEqual(await read(nodePort, place, [...names, "no-such-file"].slice(-count)), [
      [...names, "none"].slice(-count),
      [...names, "none"].slice(-count),
    ]);
  }
});

/** Every look at the first file finds it changed, and longer: not every runtime tells times within a millisecond. */
function moving(place: string): Port {
  let version = 0;
  return interceptPort(nodePort, {
    before(call) {
      if (call.verb === "stat" && call.path === join(place, "file-0"))
        writeFileSync(call.path, "1".repeat((version += 1)));
      return undefined;
    },
  });
}

test("files of a root inside that never keep still are not read as if they were of one moment", async (t) => {
  const { place, names } = fresh(t, 2);
  mkdirSync(join(place, "in/.untorn"), { recursive: true });
  writeFileSync(join(place, "in/log"), "");
  const { readTogether } = transactionsOn(moving(place));
  await assert.rejects(readTogether(place, [...names, "in/log"]), { code: "UNTORN_LOCKED", outcome: "unchanged" });
});

test("files of a folder without any transaction are read while one of them goes on changing", async (t) => {
  const { place, names } = fresh(t, 2);
  for (const [first, second] of await read(moving(place), place, names)) {
    assert.ok(Number(first) > 1, first);
    assert.equal(second, "file-1");
  }
});

test("who may not write reads all the same, or is told that it takes a lock", async (t) => {
  for (const [fail, code] of [
    ["EACCES", "UNTORN_PERMISSION"],
    ["EROFS", "UNTORN_READ_ONLY"],
  ] as const) {
    const { place, names } = fresh(t, 101);
    const readOnly = (port: Port): Port => faultPlan(port, { fail, when: ({ verb }) => verb === "mkdir" });
    assert.deepEqual(await read(readOnly(nodePort), place, names), [names, names]);
    const open = openDescriptors();
    const refused = {
      code,
      phase: "lock",
      outcome: "unchanged",
      message: /under a lock, which cannot be taken.*who may write here/,
    };
    await assert.rejects(read(readOnly(moving(place)), place, names), refused);
    await assert.rejects(read(readOnly(moving(place)), place, names.slice(0, 2)), refused);
    await assert.rejects(read(readOnly(nodePort), place, Array<string>(1_001).fill("file-1")), refused);
    assert.equal(openDescriptors(), open, "a file stayed open");
    assert.deepEqual(readdirSync(place).toSorted(), names.toSorted());
  }
});
