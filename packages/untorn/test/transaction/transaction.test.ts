import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { breakLock, lock, readTogether, transaction, transactionSync, updateFile } from "../../src/index.ts";
import type { ErrorCode } from "../../src/index.ts";
import { faultPlan, memoryPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";

function rootFor(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), "untorn-tx-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const read = (root: string, name: string): string => readFileSync(join(root, name), "utf8");

/** Everything but the work folder, which only holds its marker and a spare file when nothing is going on. */
function listing(root: string): string[] {
  // The folder of a lock, with a record, may stay for a moment after it was released.
  const names = (readdirSync(root, { recursive: true }) as string[]).filter((name) => !name.includes(".untorn.lock"));
  const work = names.filter((name) => name.startsWith(".untorn"));
  assert.deepEqual(
    work.filter((name) => name !== ".untorn" && !["durable", "spare-journal"].includes(basename(name))),
    [],
  );
  return names
    .filter((name) => !name.startsWith(".untorn"))
    .map((name) => name.replaceAll("\\", "/"))
    .toSorted();
}

const rejects = (code: ErrorCode) => (error: unknown) => {
  assert.equal((error as { code: string }).code, code, String(error));
  return true;
};

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

  test("a journal of which the file system has less than it says is no commit", () => {
    const port = memoryPort();
    port.put("/root/a.txt", "old");
    const losing = faultPlan(port, []);
    Object.assign(losing.fs, {
      write(handle: number, bytes: Uint8Array, position: number | null) {
        const cut = Buffer.from(bytes).includes('{"sha256"') ? 1 : 0;
        port.fs.write(handle, bytes.subarray(0, bytes.byteLength - cut), position);
        return bytes.byteLength;
      },
    });
    const write = (): unknown => transactionsOn(losing).transactionSync("/root", (tx) => tx.write("a.txt", "new"));
    assert.throws(write, { code: "UNTORN_SHORT_WRITE", outcome: "unchanged" });
    assert.equal(port.tree()["/root/a.txt"], "old");
  });

  test("a call that was not awaited is refused once the transaction has ended", async (t) => {
    const root = rootFor(t);
    let late: (() => Promise<void>) | undefined;
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

function listingQuietly(root: string): string[] {
  return (readdirSync(root, { recursive: true }) as string[])
    .filter((name) => !name.startsWith("."))
    .map((name) => name.replaceAll("\\", "/"))
    .toSorted();
}

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
    for (const path of ["out/x.txt", "out/new.txt", "x.txt"]) {
      assert.throws(
        () => transactionSync(join(root, "root"), (tx) => tx.write(path, "new")),
        rejects("UNTORN_OUTSIDE"),
      );
    }
    assert.equal(read(root, "outside/x.txt"), "old");
    assert.equal(existsSync(join(root, "outside/new.txt")), false);
  });
});

describe("somebody else changes a file", () => {
  test("that was read: the function runs again on what is there now", async (t) => {
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

  test("that was read, and conflicts are to fail: nothing is changed", async (t) => {
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

  test("that was looked for and not there: it is noticed when it appears", async (t) => {
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

  test("that is removed while the transaction is prepared: no new one gets its mode", () => {
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
