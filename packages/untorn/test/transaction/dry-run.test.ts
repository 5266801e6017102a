import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { transaction, transactionSync } from "../../src/index.ts";
import type { TransactionSync } from "../../src/index.ts";
import { faultPlan } from "../../src/testing/index.ts";
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

test("a dry run sees what a crashed transaction has committed", () => {
  const port = freshPort();
  const applied = faultPlan(port, {
    crash: "after",
    when: ({ verb, args }) => verb === "rename" && args[1] === "/root/a.txt",
  });
  assert.throws(() => change(applied));
  const survivor = port.anotherProcess();
  port.kill();
  const both = (tx: TransactionSync): string[] => ["a.txt", "b.txt"].map((name) => tx.readText(name).data);
  const { value } = transactionsOn(survivor).transactionSync("/root", both, { dryRun: true });
  assert.deepEqual(value, ["new a", "new b"]);
});
