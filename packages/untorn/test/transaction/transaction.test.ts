import assert from "node:assert/strict";
import { chmodSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { breakLock, readTogether, transaction, transactionSync } from "../../src/index.ts";
import { listing, listingQuietly, read, rejects, rootFor } from "./roots.ts";

describe("inside a transaction", () => {
  test("it sees its own writes, and nobody else sees them before the commit", async (t) => {
    const root = rootFor(t, { "a.txt": "old", "d/b.txt": "b" });
    const { value } = await transaction(root, async (tx) => {
      await tx.write("a.txt", "new");
      await tx.write("made/c.txt", "c");
      await tx.rename("d/b.txt", "d/c.txt");
      assert.equal(read(root, "a.txt"), "old");
      assert.deepEqual(listingQuietly(root), ["a.txt", "d", "d/b.txt"]);
      assert.equal(await tx.exists("d/b.txt"), false);
      assert.deepEqual(await tx.list(""), ["a.txt", "d", "made"]);
      assert.deepEqual(await tx.list("d"), ["c.txt"]);
      return (await tx.readText("a.txt")).data;
    });
    assert.equal(value, "new");
    assert.deepEqual(listing(root), ["a.txt", "d", "d/c.txt", "made", "made/c.txt"]);
  });

  test("JSON is edited where it differs, made where it is not, and a corrupt file is left alone", async (t) => {
    const root = rootFor(t, { "a.json": '{\n    "next": 1, "big": 12345678901234567890\n}', "bad.json": "{" });
    await transaction(root, async (tx) => {
      await tx.json<{ next: number }>("a.json", (value) => ({ ...value, next: (value?.next ?? 0) + 1 }));
      await tx.json("made.json", (value) => ({ was: value === undefined }));
    });
    assert.equal(read(root, "a.json"), '{\n    "next": 2, "big": 12345678901234567890\n}');
    assert.equal(read(root, "made.json"), '{\n  "was": true\n}\n');
    const corrupt = transaction(root, async (tx) => {
      await tx.write("b.txt", "b");
      await tx.json("bad.json", () => ({}));
    });
    await assert.rejects(corrupt, rejects("UNTORN_CORRUPT"));
    assert.deepEqual([read(root, "bad.json"), listingQuietly(root)], ["{", ["a.json", "bad.json", "made.json"]]);
    assert.throws(
      () => transactionSync(root, (tx) => tx.json("a.json", () => undefined)),
      rejects("UNTORN_INVALID_ARGUMENT"),
    );
  });

  test("what a read gives is the caller's own; a file that is renamed keeps its mode", async (t) => {
    const root = rootFor(t, { "a.txt": "old" });
    chmodSync(join(root, "a.txt"), 0o600);
    await transaction(root, async (tx) => {
      (await tx.read("a.txt")).data.fill(0);
      assert.equal((await tx.readText("a.txt")).data, "old");
      await tx.rename("a.txt", "b.txt");
    });
    assert.equal(read(root, "b.txt"), "old");
    // Windows has only a read-only flag.
    if (process.platform !== "win32") assert.equal(statSync(join(root, "b.txt")).mode & 0o777, 0o600);
  });

  test("an error of the function leaves everything as it was", async (t) => {
    const root = rootFor(t, { "a.txt": "old" });
    const failing = transaction(root, async (tx) => {
      await tx.write("a.txt", "new");
      await tx.write("b.txt", "b");
      throw new Error("changed my mind");
    });
    await assert.rejects(failing, /changed my mind/);
    assert.equal(read(root, "a.txt"), "old");
    assert.deepEqual(listing(root), ["a.txt"]);
  });

  test("a transaction whose lock was broken while its function ran changes nothing", async (t) => {
    const root = rootFor(t, { "a.txt": "old" });
    const robbed = transaction(root, async (tx) => {
      await tx.write("a.txt", "new");
      assert.equal((await breakLock(join(root, ".untorn/transaction"))).length, 1);
    });
    await assert.rejects(robbed, { code: "UNTORN_LOCK_LOST", outcome: "unchanged" });
    assert.equal(read(root, "a.txt"), "old");
    assert.deepEqual(listing(root), ["a.txt"]);
  });

  test("a call that was not awaited is refused once the transaction has ended", async (t) => {
    const root = rootFor(t);
    let late: (() => Promise<unknown>) | undefined;
    await transaction(root, async (tx) => {
      await tx.write("a.txt", "a");
      late = () => tx.write("b.txt", "b");
    });
    await assert.rejects(async () => late?.(), rejects("UNTORN_INVALID_ARGUMENT"));
    assert.deepEqual(listing(root), ["a.txt"]);
  });

  test("mode, owner and links of what it replaces are kept; a private file stays private", (t) => {
    const root = rootFor(t, { "secret.json": "1", "real/target.json": "1" });
    chmodSync(join(root, "secret.json"), 0o600);
    symlinkSync("real/target.json", join(root, "link.json"));
    transactionSync(root, (tx) => {
      tx.write("secret.json", "2");
      tx.write("link.json", "2");
      tx.write("script.sh", "#!/bin/sh\n", { mode: 0o755 });
    });
    assert.equal(statSync(join(root, "secret.json")).mode & 0o777, 0o600);
    assert.equal(statSync(join(root, "script.sh")).mode & 0o777, 0o755);
    assert.equal(read(root, "real/target.json"), "2");
    assert.ok(
      readdirSync(root, { withFileTypes: true }).some((entry) => entry.name === "link.json" && entry.isSymbolicLink()),
    );
  });
});

describe("paths", () => {
  for (const path of ["../x", "/etc/x", "a/../../x", "", ".", "nul\0", ".untorn/x", ".Untorn/x"]) {
    test(`${JSON.stringify(path)} is refused`, (t) => {
      const root = rootFor(t);
      assert.throws(() => transactionSync(root, (tx) => tx.write(path, "x")), rejects("UNTORN_INVALID_ARGUMENT"));
      assert.deepEqual(listing(root), []);
    });
  }

  test("a symbolic link that leads out is not followed", (t) => {
    const root = rootFor(t, { "root/keep.txt": "keep", "outside/x.txt": "old" });
    symlinkSync("../outside", join(root, "root/out"));
    symlinkSync("../outside/x.txt", join(root, "root/x.txt"));
    for (const path of ["out/x.txt", "out/new.txt", "out/made/new.txt", "x.txt"]) {
      assert.throws(
        () => transactionSync(join(root, "root"), (tx) => tx.write(path, "new")),
        rejects("UNTORN_OUTSIDE"),
      );
    }
    assert.equal(read(root, "outside/x.txt"), "old");
    assert.deepEqual(listingQuietly(join(root, "outside")), ["x.txt"]);
  });
});

describe("what is done", () => {
  for (const [files, directories] of [
    [1, 1],
    [5, 1],
    [5, 3],
    [20, 4],
  ] as const) {
    test(`${files} files in ${directories} directories cost at most files + directories + 3 syncs`, async (t) => {
      const path = (index: number): string => `d${index % directories}/f${index}.txt`;
      const root = rootFor(t, Object.fromEntries(Array.from({ length: files }, (_, index) => [path(index), "old"])));
      const change = (text: string) =>
        transaction(root, async (tx) => {
          for (let index = 0; index < files; index += 1) await tx.write(path(index), text);
        });
      // The first transaction in a root also makes `.untorn` durable.
      assert.ok((await change("first")).receipt.syncs <= files + directories + 4);
      assert.ok((await change("second")).receipt.syncs <= files + directories + 3);
    });
  }

  test("nothing to change is no commit", async (t) => {
    const root = rootFor(t, { "a.txt": "same" });
    const { receipt } = await transaction(root, async (tx) => tx.write("a.txt", "same"));
    assert.deepEqual([receipt.written, receipt.syncs], [[], 0]);
  });

  test("readTogether gives what is there, and undefined for what is not", async (t) => {
    const root = rootFor(t, { "a.txt": "a" });
    const [a, b] = await readTogether(root, ["a.txt", "b.txt"]);
    assert.equal(Buffer.from(a?.data ?? []).toString(), "a");
    assert.equal(b, undefined);
  });
});
