import assert from "node:assert/strict";
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readFile, transaction, transactionSync } from "../../src/index.ts";
import type { Transaction } from "../../src/index.ts";
import { listing, read, rejects, rootFor } from "./roots.ts";

test("ifMatch: the known content is replaced, by its etag or by all that was read; tx.write tells the next etag", async (t) => {
  const root = rootFor(t, { "a.txt": "old" });
  const file = await readFile(join(root, "a.txt"));
  const { value } = await transaction(root, (tx) => tx.write("a.txt", "one", { ifMatch: file.etag }));
  const next = await readFile(join(root, "a.txt"));
  assert.equal(value, next.etag);
  await transaction(root, async (tx) => {
    const etag = await tx.write("a.txt", "two", { ifMatch: next });
    // Now it is what the transaction itself has written.
    await assert.rejects(tx.write("a.txt", "three", { ifMatch: next }), rejects("UNTORN_CONFLICT"));
    await tx.write("a.txt", "three", { ifMatch: etag });
  });
  const three = await readFile(join(root, "a.txt"));
  await transaction(root, async (tx) => {
    await tx.write("a.txt", "four");
    await assert.rejects(tx.write("a.txt", "five", { ifMatch: three }), rejects("UNTORN_CONFLICT"));
    await tx.write("a.txt", "three");
  });
  transactionSync(root, (tx) => tx.write("b.txt", "b", { ifAbsent: true }));
  assert.deepEqual([read(root, "a.txt"), read(root, "b.txt")], ["three", "b"]);
});

test("ifMatch: another content is a conflict at the commit, and the function is not run more than twice for it", async (t) => {
  for (const by of ["etag", "content"]) {
    for (const change of [
      (path: string) => writeFileSync(path, "OLD"),
      (path: string) => appendFileSync(path, "er"),
      (path: string) => writeFileSync(path, ""),
      (path: string) => rmSync(path),
    ]) {
      const root = rootFor(t, { "a.txt": "old", "b.txt": "b" });
      const path = join(root, "a.txt");
      const file = await readFile(path);
      change(path);
      let runs = 0;
      const work = async (tx: Transaction): Promise<void> => {
        runs += 1;
        await tx.write("b.txt", "new");
        await tx.write("a.txt", "new", { ifMatch: by === "etag" ? file.etag : file });
      };
      const before = listing(root).map((name) => read(root, name));
      await assert.rejects(transaction(root, work), rejects("UNTORN_CONFLICT"));
      assert.equal(runs, 2);
      await assert.rejects(transaction(root, work, { onConflict: "fail" }), rejects("UNTORN_CONFLICT"));
      assert.equal(runs, 3);
      assert.deepEqual(
        listing(root).map((name) => read(root, name)),
        before,
      );
    }
  }
});

test("ifMatch of what the transaction has read is its read, which is compared at the commit and tried again", async (t) => {
  const root = rootFor(t, { "a.txt": "old", "b.txt": "b" });
  let runs = 0;
  await transaction(root, async (tx) => {
    const { etag } = await tx.read("a.txt");
    await tx.read("b.txt");
    if ((runs += 1) === 1) writeFileSync(join(root, "a.txt"), "other");
    await tx.write("a.txt", "new", { ifMatch: etag });
  });
  assert.deepEqual([runs, read(root, "a.txt")], [2, "new"]);
  const stale = await readFile(join(root, "a.txt"));
  writeFileSync(join(root, "a.txt"), "hers");
  const mixed = transaction(root, async (tx) => {
    await tx.read("a.txt");
    await tx.write("a.txt", "mine", { ifMatch: stale });
  });
  await assert.rejects(mixed, rejects("UNTORN_CONFLICT"));
  assert.equal(read(root, "a.txt"), "hers");
  // Also where the disk agrees with it again: the transaction has read something else.
  const between = transaction(
    root,
    async (tx) => {
      await tx.read("a.txt");
      await tx.read("b.txt");
      writeFileSync(join(root, "a.txt"), "new");
      await tx.write("a.txt", "mine", { ifMatch: stale });
    },
    { onConflict: "fail" },
  );
  await assert.rejects(between, rejects("UNTORN_CONFLICT"));
});

test("what readText returned is as good as its etag", async (t) => {
  const root = rootFor(t, { "a.txt": "old" });
  const { value: text } = await transaction(root, (tx) => tx.readText("a.txt"));
  await transaction(root, (tx) => tx.write("a.txt", "new", { ifMatch: text }));
  await assert.rejects(
    transaction(root, (tx) => tx.write("a.txt", "again", { ifMatch: text })),
    rejects("UNTORN_CONFLICT"),
  );
});

test("what is written is compared although nothing would change", async (t) => {
  const root = rootFor(t, { "a.txt": "new" });
  const before = await readFile(join(root, "a.txt"));
  writeFileSync(join(root, "a.txt"), "hey");
  for (const ifMatch of [before, before.etag]) {
    // The content that was expected is the one that is wanted: there is nothing to do, if only it were there.
    const call = transaction(root, (tx) => tx.write("a.txt", "new", { ifMatch }));
    await assert.rejects(call, rejects("UNTORN_CONFLICT"));
  }
  assert.equal(read(root, "a.txt"), "hey");
});

test("ifAbsent: a file that is there, or was written by the transaction, is not replaced", async (t) => {
  const root = rootFor(t, { "a.txt": "old" });
  const call = transaction(root, (tx) => tx.write("a.txt", "new", { ifAbsent: true }));
  await assert.rejects(call, rejects("UNTORN_EXISTS"));
  await transaction(root, async (tx) => {
    await tx.write("b.txt", "b", { ifAbsent: true });
    await assert.rejects(tx.write("b.txt", "c", { ifAbsent: true }), rejects("UNTORN_EXISTS"));
    await tx.remove("a.txt");
    await tx.write("a.txt", "again", { ifAbsent: true });
  });
  assert.deepEqual([read(root, "a.txt"), read(root, "b.txt")], ["again", "b"]);
  let runs = 0;
  const race = transaction(root, async (tx) => {
    runs += 1;
    await tx.write("c.txt", "mine", { ifAbsent: true });
    writeFileSync(join(root, "c.txt"), "hers");
  });
  await assert.rejects(race, rejects("UNTORN_EXISTS"));
  assert.deepEqual([runs, readFileSync(join(root, "c.txt"), "utf8")], [2, "hers"]);
});

test("bytes are copied unless the caller says that nobody changes them", async (t) => {
  const root = rootFor(t);
  const bytes = Buffer.from("as it was");
  await transaction(root, async (tx) => {
    await tx.write("a.txt", bytes);
    bytes.fill("x");
  });
  assert.equal(read(root, "a.txt"), "as it was");
  await transaction(root, (tx) => tx.write("b.txt", bytes, { copy: false }));
  await transaction(root, (tx) => tx.write("c.txt", ["in ", bytes], { copy: false }));
  assert.deepEqual([read(root, "b.txt"), read(root, "c.txt")], ["xxxxxxxxx", "in xxxxxxxxx"]);
});

test("conditions that are none are refused, and a misspelt option is answered with the right one", async (t) => {
  const root = rootFor(t, { "a.txt": "old" });
  const { etag } = await readFile(join(root, "a.txt"));
  const wrong: [object, RegExp][] = [
    [{ ifMatch: "sha256" }, /ifMatch takes an etag/],
    [{ ifMatch: null }, /ifMatch takes an etag/],
    [{ ifMatch: { etag: 1 } }, /ifMatch takes an etag/],
    [{ ifMatch: {} }, /ifMatch takes an etag/],
    [{ ifMatch: { etag, data: null } }, /ifMatch takes an etag, or what a read returned/],
    [{ ifMatch: { etag, data: new ArrayBuffer(3) } }, /ifMatch takes an etag, or what a read returned/],
    [null as unknown as object, /options takes an object/],
    ["utf8" as unknown as object, /options takes an object/],
    [{ ifMatch: etag, ifAbsent: true }, /exclude each other/],
    [{ ifmatch: etag }, /did you mean ifMatch\? Nothing/],
    [{ durability: "off" }, /no option durability/],
  ];
  for (const [options, message] of wrong) {
    const call = transaction(root, (tx) => tx.write("a.txt", "new", options));
    await assert.rejects(call, { code: "UNTORN_INVALID_ARGUMENT", outcome: "unchanged", message });
  }
  assert.equal(read(root, "a.txt"), "old");
});
