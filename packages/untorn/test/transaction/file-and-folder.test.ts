import assert from "node:assert/strict";
import { test } from "node:test";
import { transaction } from "../../src/index.ts";
import type { Transaction } from "../../src/index.ts";
import { openStore } from "../../src/store.ts";
import { listing, read, rootFor } from "./roots.ts";

const refused = { code: "UNTORN_INVALID_ARGUMENT", outcome: "unchanged", message: /a file and a folder/ };

test("one path is not a file and a folder in one transaction, and nothing stands in the way of the next", async (t) => {
  const both: ((tx: Transaction) => Promise<unknown>)[] = [
    async (tx) => (await tx.write("a", "1"), await tx.write("a/b", "2")),
    async (tx) => (await tx.write("a/b/c", "1"), await tx.write("a", "2")),
    async (tx) => (await tx.mkdir("a"), await tx.write("a", "2")),
  ];
  for (const work of both) {
    const root = rootFor(t, { "x.txt": "x" });
    await assert.rejects(transaction(root, work), refused);
    assert.deepEqual(listing(root), ["x.txt"]);
    await transaction(root, async (tx) => {
      await tx.write("a", "file");
      await tx.write("a.txt", "beside");
      await tx.mkdir("ab");
    });
    assert.equal(read(root, "a"), "file");
    await transaction(root, async (tx) => {
      await tx.remove("a");
      await tx.write("b/a", "inside");
    });
    assert.equal(read(root, "b/a"), "inside");
  }
});

test("nor in one commit of a store", async (t) => {
  const root = rootFor(t);
  const store = await openStore(root);
  t.after(() => store.close());
  const commit = store.commit([
    { key: "a", put: "1" },
    { key: "a/b", put: "2" },
  ]);
  await assert.rejects(commit, refused);
  assert.deepEqual((await store.list()).keys, []);
});
