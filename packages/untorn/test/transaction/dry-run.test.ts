import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readFile, transaction, transactionSync } from "../../src/index.ts";
import type { Transaction, TransactionSync } from "../../src/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { faultPlan, interceptPort } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import { read, rejects, rootFor } from "./roots.ts";
import { change, freshPort } from "./two-files.ts";

test("a dry run says what would be changed, and makes nothing", async (t) => {
  const root = rootFor(t, { "a.txt": "a", "b.txt": "b", "c.txt": "c" });
  const { value, receipt } = await transaction(
    root,
    async (tx) => {
      await tx.write("a.txt", "new");
      await tx.write("c.txt", "c");
      await tx.remove("b.txt");
      await tx.write("d/e.txt", "made", { ifAbsent: true });
      return (await tx.readText("a.txt")).data;
    },
    { dryRun: true },
  );
  assert.deepEqual(
    [value, receipt.written, receipt.removed, receipt.syncs],
    ["new", ["a.txt", "d/e.txt"], ["b.txt"], 0],
  );
  assert.deepEqual(readdirSync(root).toSorted(), ["a.txt", "b.txt", "c.txt"]);
  assert.deepEqual([read(root, "a.txt"), read(root, "b.txt")], ["a", "b"]);
  assert.throws(() => transactionSync(root, (tx) => tx.remove("none"), { dryRun: true }), rejects("UNTORN_NOT_FOUND"));
});

test("a dry run looks at conditions as a commit does, and at what is read twice", async (t) => {
  const root = rootFor(t, { "a.txt": "old", "b.txt": "b" });
  const { etag } = await readFile(join(root, "b.txt"));
  for (const name of ["a.txt", "none.txt"]) {
    const call = transaction(root, (tx) => tx.write(name, "new", { ifMatch: etag }), { dryRun: true });
    await assert.rejects(call, rejects("UNTORN_CONFLICT"), name);
  }
  let runs = 0;
  const work = async (tx: Transaction): Promise<string> => {
    const { data } = await tx.readText("a.txt");
    if ((runs += 1) === 1) writeFileSync(join(root, "a.txt"), "other");
    await tx.write("b.txt", data);
    return data;
  };
  const { value, receipt } = await transaction(root, work, { dryRun: true });
  assert.deepEqual([value, receipt.attempts, read(root, "b.txt")], ["other", 2, "b"]);
});

test("a dry run takes no lock", async (t) => {
  const root = rootFor(t, { "a.txt": "old", "b.txt": "old" });
  const committing = transaction(root, async (tx) => {
    for (const name of ["a.txt", "b.txt"]) await tx.write(name, "new");
    await sleep(50);
  });
  await sleep(20);
  const both = async (tx: Transaction): Promise<string> =>
    `${(await tx.readText("a.txt")).data} ${(await tx.readText("b.txt")).data}`;
  const before = await transaction(root, both, { dryRun: true, lockTimeoutMs: 0 });
  assert.equal(before.value, "old old", "nothing is committed yet");
  await committing;
  assert.equal((await transaction(root, both, { dryRun: true })).value, "new new");
});

test("a dry run waits for a commit that is under way", async (t) => {
  const root = rootFor(t, { "a.txt": "old", "b.txt": "old" });
  const both = async (tx: Transaction): Promise<string> =>
    `${(await tx.readText("a.txt")).data} ${(await tx.readText("b.txt")).data}`;
  const seen: Promise<{ value: string }>[] = [];
  const watched = interceptPort(nodePort, {
    before({ verb, args }) {
      if (verb === "rename" && args[1] === join(root, "b.txt")) seen.push(transaction(root, both, { dryRun: true }));
      return undefined;
    },
  });
  await transactionsOn(watched).transaction(root, async (tx) => {
    for (const name of ["a.txt", "b.txt"]) await tx.write(name, "new");
  });
  assert.deepEqual(
    (await Promise.all(seen)).map(({ value }) => value),
    ["new new"],
  );
});

/** Another process commits and is killed with the first of its files in place */
function killedHalfway(port: MemoryPort): void {
  const applied = faultPlan(port, {
    crash: "after",
    when: ({ verb, args }) => verb === "rename" && args[1] === "/root/a.txt",
  });
  assert.throws(() => change(applied));
  port.kill();
}

const agreed = (tx: TransactionSync): string => {
  const [a, b] = ["a.txt", "b.txt"].map((name) => tx.readText(name).data.slice(0, 3));
  if (a !== b) throw new Error(`${a} and ${b}`);
  return a ?? "";
};

test("a dry run sees what a crashed transaction has committed", () => {
  const port = freshPort();
  const survivor = port.anotherProcess();
  killedHalfway(port);
  assert.equal(transactionsOn(survivor).transactionSync("/root", agreed, { dryRun: true }).value, "new");
});

test("a dry run in the middle of which another transaction is committed, and left, is run again", () => {
  const port = freshPort();
  const survivor = port.anotherProcess();
  let runs = 0;
  const work = (tx: TransactionSync): string[] => {
    if ((runs += 1) === 1) killedHalfway(port);
    return ["a.txt", "b.txt"].map((name) => tx.readText(name).data);
  };
  const { value, receipt } = transactionsOn(survivor).transactionSync("/root", work, { dryRun: true });
  assert.deepEqual([value, receipt.attempts], [["new a", "new b"], 2]);
});
