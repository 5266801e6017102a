import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { removeFile, transaction, transactionSync, updateFile } from "../../src/index.ts";
import type { TransactionSync } from "../../src/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import { faultPlan, interceptPort, memoryPort } from "../../src/testing/index.ts";
import type { Fault } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import { mount } from "../atomic/support/mounts.ts";
import { asUser, folder, isRoot } from "../atomic/support/places.ts";
import { listing, read, rejects, rootFor } from "./roots.ts";

/** What the system would refuse after the commit is refused before it, and nothing is changed. */

const users = { one: 65_533, other: 65_534 };

const steps: readonly (readonly [name: string, mode: number, step: (tx: TransactionSync) => unknown])[] = [
  ["another user's file in a sticky folder is replaced", 0o1777, (tx) => tx.write("t/x", "new")],
  ["another user's file in a sticky folder is removed", 0o1777, (tx) => tx.remove("t/x")],
  ["a file is removed from a folder without write permission", 0o755, (tx) => tx.remove("t/x")],
  ["a folder is made with a file in one without write permission", 0o755, (tx) => tx.write("t/new/f", "new")],
  ["a folder is made in one without write permission", 0o755, (tx) => tx.mkdir("t/new")],
];

for (const [name, mode, step] of steps) {
  test(`no step of a transaction is done where ${name}`, (t) => {
    if (!isRoot || process.platform !== "linux") return t.skip("only root can be two users");
    if (process.versions["deno"] !== undefined && /replaced|removed/.test(name)) {
      return t.skip("Deno looks itself whether a path is a directory, and asks the kernel nothing");
    }
    const root = rootFor(t, { a: "old", "t/x": "old", other: "" });
    chmodSync(root, 0o777);
    chmodSync(join(root, "t"), mode);
    for (const file of ["a", "other"]) chownSync(join(root, file), users.one, users.one);
    chownSync(join(root, "t/x"), users.other, users.other);
    asUser(users.one, () => {
      const refused = (): unknown =>
        transactionSync(root, (tx) => {
          tx.write("a", "new");
          step(tx);
        });
      assert.throws(refused, { code: "UNTORN_PERMISSION", outcome: "unchanged" });
      assert.deepEqual([read(root, "a"), read(root, "t/x")], ["old", "old"]);
      transactionSync(root, (tx) => tx.write("other", "next"));
    });
    assert.deepEqual(listing(root), ["a", "other", "t", "t/x"]);
  });
}

test("a mount of the same filesystem below the root is reached", async (t) => {
  const root = folder(t);
  mkdirSync(join(root, "sub"));
  const elsewhere = folder(t);
  writeFileSync(join(elsewhere, "x"), "old");
  const without = mount(t, ["--bind", elsewhere], join(root, "sub"));
  if (without !== undefined) return t.skip(without);
  writeFileSync(join(root, "a"), "old");
  await transaction(root, async (tx) => {
    await tx.write("a", "new");
    await tx.write("sub/x", "new");
    await tx.write("sub/made/y", "new");
  });
  const contents = ["a", "sub/x", "sub/made/y"].map((name) => readFileSync(join(root, name), "utf8"));
  assert.deepEqual(contents, ["new", "new", "new"]);
  assert.deepEqual(readdirSync(elsewhere).toSorted(), ["made", "x"]);
});

test("names that are too long below a folder that is still to be made", async (t) => {
  const root = rootFor(t, { a: "old" });
  const long = `newdir/${"n".repeat(256)}`;
  for (const step of ["write", "mkdir"] as const) {
    const failing = transaction(root, async (tx) => {
      await tx.write("a", "new");
      await (step === "write" ? tx.write(long, "x") : tx.mkdir(long));
    });
    await assert.rejects(failing, { code: "UNTORN_NAME_TOO_LONG", outcome: "unchanged", path: join(root, long) });
    assert.deepEqual([read(root, "a"), listing(root)], ["old", ["a"]]);
  }
});

const isTarget =
  (name: string): Fault["when"] =>
  ({ verb, args }) =>
    verb === "rename" && String(args[1]).endsWith(`/${name}`);

test("a replace that is refused before anything was replaced takes the whole transaction back", async (t) => {
  const root = rootFor(t, { a: "old" });
  const busy = transactionsOn(faultPlan(nodePort, { fail: "EBUSY", when: isTarget("a") }));
  const failing = busy.transaction(root, async (tx) => {
    await tx.mkdir("made");
    await tx.write("a", "new");
    await tx.write("b", "new");
  });
  await assert.rejects(failing, { code: "UNTORN_BUSY", outcome: "unchanged", path: join(root, "a") });
  assert.deepEqual([read(root, "a"), listing(root)], ["old", ["a"]]);
  await updateFile(join(root, "a"), (text) => `${text} and next`);
});

test("a first replace that was done, and failed all the same, is not taken back", async (t) => {
  const root = rootFor(t, { a: "old", b: "old" });
  const port = faultPlan(nodePort, { fail: "EIO", after: true, times: 1, when: isTarget("a") });
  const failing = transactionsOn(port).transaction(root, async (tx) => {
    await tx.write("a", "new");
    await tx.write("b", "new");
  });
  await assert.rejects(failing, { code: "UNTORN_INCOMPLETE", outcome: "unknown" });
  await updateFile(join(root, "b"), (text) => `${text} and next`);
  assert.deepEqual([read(root, "a"), read(root, "b")], ["new", "new and next"]);
});

test("nor one that was about the mode alone", () => {
  const port = memoryPort();
  port.put("/root/a", "same");
  port.put("/root/b", "old");
  const lost: Fault = { fail: "EIO", after: true, times: 1, when: isTarget("a") };
  const failing = (): unknown =>
    transactionsOn(faultPlan(port, lost)).transactionSync("/root", (tx) => {
      tx.write("a", "same", { mode: 0o600 });
      tx.write("b", "new");
    });
  assert.throws(failing, { code: "UNTORN_INCOMPLETE", outcome: "unknown" });
});

test("one that is refused later, for good, can be set aside by `recover`", async (t) => {
  const root = rootFor(t, { a: "old", b: "old" });
  const port = faultPlan(nodePort, { fail: "EBUSY", when: isTarget("b") });
  const failing = transactionsOn(port).transaction(root, async (tx) => {
    await tx.write("a", "new");
    await tx.write("b", "new");
  });
  await assert.rejects(failing, { code: "UNTORN_INCOMPLETE", outcome: "unknown" });
  // The file stays what it is: a mount.
  const { recover } = recoveryOn({ port });
  const stuck = await recover(root, { apply: true });
  assert.match(JSON.stringify(stuck.actions), /a transaction cannot be completed; `--policy abandon` sets it aside/);
  await recover(root, { apply: true, policy: "abandon" });
  assert.deepEqual([read(root, "a"), read(root, "b")], ["new", "old"]);
  assert.equal(readdirSync(join(root, ".untorn")).filter((name) => name.endsWith(".journal")).length, 0);
  await updateFile(join(root, "a"), (text) => `${text} and next`);
});

test("what a transaction removes or renames is the file of that name, never what a link of that name points to", async (t) => {
  const root = rootFor(t, { "shared/x.json": "shared", "active/own": "own" });
  symlinkSync("shared/x.json", join(root, "current"));
  symlinkSync("../shared/x.json", join(root, "active/link"));
  const refused = rejects("UNTORN_SYMLINK");
  await assert.rejects(
    transaction(root, (tx) => tx.remove("current")),
    refused,
  );
  await assert.rejects(
    transaction(root, (tx) => tx.rename("current", "other")),
    refused,
  );
  await assert.rejects(
    transaction(root, (tx) => tx.rename("active", "done")),
    refused,
  );
  assert.deepEqual(listing(root), ["active", "active/link", "active/own", "current", "shared", "shared/x.json"]);
  await removeFile(join(root, "current"));
  assert.equal(read(root, "shared/x.json"), "shared");
});

test("a folder is not renamed without the links in it, whatever they lead to", async (t) => {
  for (const target of ["nowhere", "..", "own"]) {
    const root = rootFor(t, { "active/own": "own" });
    symlinkSync(target, join(root, "active/link"));
    await assert.rejects(
      transaction(root, (tx) => tx.rename("active", "done")),
      rejects("UNTORN_SYMLINK"),
    );
    assert.deepEqual([existsSync(join(root, "done")), read(root, "active/own")], [false, "own"]);
  }
});

test("a folder with a name that is not UTF-8 is not renamed without it", async (t) => {
  const root = rootFor(t, { "active/own": "own" });
  const strange = Buffer.concat([Buffer.from(join(root, "active/caf")), Buffer.from([0xe9])]);
  try {
    writeFileSync(strange, "theirs");
  } catch {
    return t.skip("no such names here");
  }
  if (readdirSync(join(root, "active")).every((name) => existsSync(join(root, "active", name))))
    return t.skip("names are text here");
  await assert.rejects(
    transaction(root, (tx) => tx.rename("active", "done")),
    rejects("UNTORN_UNSUPPORTED"),
  );
  assert.deepEqual([existsSync(join(root, "done")), readFileSync(strange, "utf8")], [false, "theirs"]);
});

test("a folder is not made where a file is removed in the same transaction", async (t) => {
  const root = rootFor(t, { a: "old" });
  for (const step of ["mkdir", "write"] as const) {
    const failing = transaction(root, async (tx) => {
      await tx.remove("a");
      await (step === "mkdir" ? tx.mkdir("a") : tx.write("a/b", "new"));
    });
    await assert.rejects(failing, { code: "UNTORN_INVALID_ARGUMENT", outcome: "unchanged", path: join(root, "a") });
    assert.equal(read(root, "a"), "old");
  }
  // What was only ever in the transaction is in nobody's way.
  await transaction(root, async (tx) => {
    await tx.write("b", "file");
    await tx.remove("b");
    await tx.write("b/c", "new");
  });
  assert.ok(existsSync(join(root, "b/c")));
});

test("a transaction of many files keeps few of them open", async () => {
  const port = memoryPort();
  let open = 0;
  let most = 0;
  const counting = interceptPort(port, {
    before: () => undefined,
    after({ verb }, _, error) {
      if (error !== undefined) return;
      if (verb === "open") most = Math.max(most, (open += 1));
      if (verb === "close") open -= 1;
    },
  });
  port.fs.mkdir("/many", 0o755);
  const names = Array.from({ length: 700 }, (_, index) => `file-${index}`);
  await transactionsOn(counting).transaction("/many", async (tx) => {
    for (const name of names) await tx.write(name, name);
  });
  assert.equal(port.fs.readdir("/many").filter((name) => name.startsWith("file-")).length, names.length);
  assert.ok(most <= 300, `${most} at once`);
  assert.equal(open, 0);
});
