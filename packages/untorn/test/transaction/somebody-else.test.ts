import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { lock, transaction, updateFile } from "../../src/index.ts";
import { faultPlan, memoryPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import { listing, read, rejects, rootFor } from "./roots.ts";

/** Somebody else changes a file while a transaction is made. */

test("a file that was read twice: both reads must have seen the same", async (t) => {
  const root = rootFor(t, { "a.txt": "1", "b.txt": "1" });
  const failing = transaction(
    root,
    async (tx) => {
      await tx.read("a.txt");
      writeFileSync(join(root, "a.txt"), "2");
      await tx.read("b.txt");
      await tx.write("b.txt", (await tx.readText("a.txt")).data);
    },
    { onConflict: "fail" },
  );
  await assert.rejects(failing, rejects("UNTORN_CONFLICT"));
  assert.equal(read(root, "b.txt"), "1");
});

test("a file that changes each time anew: it is given up after ten times", async (t) => {
  const root = rootFor(t, { "a.txt": "0" });
  let runs = 0;
  const hopeless = transaction(root, async (tx) => {
    assert.ok(runs < 20, "it goes on and on");
    await tx.read("a.txt");
    writeFileSync(join(root, "a.txt"), `${(runs += 1)}`);
    await tx.write("b.txt", "b");
  });
  await assert.rejects(hopeless, rejects("UNTORN_CONFLICT"));
  assert.deepEqual([runs, read(root, "a.txt")], [10, "10"]);
});

test("a file that was read: the function runs again on what is there now", async (t) => {
  const root = rootFor(t, { "count.txt": "1" });
  let runs = 0;
  const { receipt } = await transaction(root, async (tx) => {
    const count = Number((await tx.readText("count.txt")).data);
    if ((runs += 1) === 1) writeFileSync(join(root, "count.txt"), "10");
    await tx.write("count.txt", String(count + 1));
  });
  assert.equal(read(root, "count.txt"), "11");
  assert.equal(receipt.attempts, 2);
});

test("a file that was read, and conflicts are to fail: nothing is changed", async (t) => {
  const root = rootFor(t, { "a.txt": "1", "b.txt": "1" });
  const failing = transaction(
    root,
    async (tx) => {
      await tx.read("a.txt");
      writeFileSync(join(root, "a.txt"), "2");
      await tx.write("b.txt", "2");
    },
    { onConflict: "fail" },
  );
  await assert.rejects(failing, rejects("UNTORN_CONFLICT"));
  assert.deepEqual([read(root, "a.txt"), read(root, "b.txt")], ["2", "1"]);
  assert.deepEqual(listing(root), ["a.txt", "b.txt"]);
});

test("a file that was looked for and not there: it is noticed when it appears", async (t) => {
  const root = rootFor(t);
  const failing = transaction(
    root,
    async (tx) => {
      if (!(await tx.exists("once.txt"))) await tx.write("once.txt", "mine");
      writeFileSync(join(root, "once.txt"), "theirs");
    },
    { onConflict: "fail" },
  );
  await assert.rejects(failing, rejects("UNTORN_CONFLICT"));
  assert.equal(read(root, "once.txt"), "theirs");
});

test("a file that is removed while the transaction is prepared: no new one gets its mode", () => {
  // Of the same size it has been read when the changes are planned, of another size only under the journal.
  for (const text of ["new", "longer"]) {
    for (const onConflict of ["fail", "retry"] as const) {
      const port = memoryPort();
      port.put("/root/a.txt", "old", 0o600);
      let gone = false;
      const racing = faultPlan(port, {
        fail: "EIO",
        when({ verb, path }) {
          if (verb === "open" && path.endsWith(".journal") && !gone) {
            gone = true;
            port.fs.unlink("/root/a.txt");
          }
          return false;
        },
      });
      const write = (): unknown =>
        transactionsOn(racing).transactionSync("/root", (tx) => tx.write("a.txt", text), { onConflict });
      if (onConflict === "fail") assert.throws(write, rejects("UNTORN_CONFLICT"));
      else write();
      assert.ok(gone);
      assert.deepEqual(port.openPaths(), []);
      assert.equal(port.tree()["/root/a.txt"], onConflict === "fail" ? undefined : text);
      assert.equal(port.fs.lstat("/root/a.txt")?.mode, onConflict === "fail" ? undefined : 0o644);
    }
  }
});

test("who holds the lock of a file is waited for, and named when that takes too long", async (t) => {
  const root = rootFor(t, { "a.txt": "1" });
  const held = await lock(join(root, "a.txt"), { purpose: "an edit by hand" });
  const write = (lockTimeoutMs: number) => transaction(root, async (tx) => tx.write("a.txt", "2"), { lockTimeoutMs });
  await assert.rejects(write(50), rejects("UNTORN_LOCKED"));
  assert.equal(read(root, "a.txt"), "1");
  const waiting = write(10_000);
  await held.release();
  await waiting;
  assert.equal(read(root, "a.txt"), "2");
  assert.deepEqual(listing(root), ["a.txt"]);
});

test("updates and transactions of one counter lose nothing", async (t) => {
  const root = rootFor(t, { "n.txt": "0", "other.txt": "0" });
  const add = (text: string | undefined): string => String(Number(text) + 1);
  await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      index % 2 === 0
        ? updateFile(join(root, "n.txt"), add)
        : transaction(root, async (tx) => {
            await tx.edit("n.txt", add);
            await tx.edit("other.txt", add);
          }),
    ),
  );
  assert.deepEqual([read(root, "n.txt"), read(root, "other.txt")], ["60", "30"]);
});
