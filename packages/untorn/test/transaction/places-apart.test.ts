import assert from "node:assert/strict";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import type { Port, Status } from "../../src/platform/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import { faultPlan, memoryPort } from "../../src/testing/index.ts";
import type { Fault, MemoryPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";

/** Files of one transaction in places apart: on another mount, in a root around or inside its own. */

/** The same machine, with another filesystem mounted at /root/m. */
function mounted(port: Port): Port {
  const place = (path: unknown): boolean => /^\/root\/m(?:\/|$)/.test(String(path));
  const placed = (path: string, status: Status | undefined): Status | undefined =>
    status === undefined || !place(path) ? status : { ...status, dev: 77 };
  const crossing: Fault = {
    fail: "EXDEV",
    when: ({ verb, args: [from, to] }) => (verb === "rename" || verb === "link") && place(from) !== place(to),
  };
  const result = faultPlan(port, crossing);
  const { fs } = result;
  const [stat, lstat] = [fs.stat.bind(fs), fs.lstat.bind(fs)];
  fs.stat = (path) => placed(path, stat(path));
  fs.lstat = (path) => placed(path, lstat(path));
  return result;
}

test("a crash at any call of a transaction that makes a folder on another filesystem: all old or all new", () => {
  let ended = false;
  for (let at = 1; !ended; at += 1) {
    const port = memoryPort();
    port.put("/root/a.txt", "old");
    port.put("/root/m/b.txt", "old");
    const crashing = faultPlan(mounted(port), { crash: "before", at });
    try {
      transactionsOn(crashing).transactionSync("/root", (tx) => {
        tx.write("a.txt", "new");
        tx.write("m/made/y.txt", "new");
      });
    } catch {
      // It was stopped.
    }
    ended = !crashing.report.crashed;
    const survivor = port.anotherProcess();
    port.kill();
    transactionsOn(mounted(survivor)).transactionSync("/root", () => undefined);
    const tree = survivor.tree();
    const state = [tree["/root/a.txt"], tree["/root/m/made/y.txt"]].join();
    assert.ok(state === "old," || state === "new,new", `stopped before call ${at}: ${state}`);
  }
});

test("before its commit a transaction leaves nothing in a folder that is not its files' own", () => {
  const port = memoryPort();
  port.put("/root/active/one/spec.md", "old");
  const seen = new Set<string>();
  const looking = faultPlan(port, {
    fail: "EIO",
    when() {
      for (const name of port.fs.readdir("/root/active")) seen.add(name);
      return false;
    },
  });
  transactionsOn(looking).transactionSync("/root", (tx) => tx.write("active/two/spec.md", "new"));
  assert.deepEqual([...seen].toSorted(), ["one", "two"]);
});

/** A root around another; a transaction of one of them was killed between two files of the inner one. */
function halfDone(root: "/root" | "/root/in"): MemoryPort {
  const port = memoryPort();
  for (const name of ["x", "y"]) port.put(`/root/in/${name}`, "old");
  const prefix = root === "/root" ? "in/" : "";
  const crashing = faultPlan(port, {
    crash: "after",
    when: ({ verb, args }) => verb === "rename" && args[1] === "/root/in/x",
  });
  assert.throws(() =>
    transactionsOn(crashing).transactionSync(root, (tx) => {
      for (const name of ["x", "y"]) tx.write(prefix + name, "new");
    }),
  );
  const survivor = port.anotherProcess();
  port.kill();
  return survivor;
}

for (const [crashed, other] of [
  ["/root", "/root/in"],
  ["/root/in", "/root"],
] as const) {
  const names = ["x", "y"].map((name) => (other === "/root" ? `in/${name}` : name));
  const seen = (tx: { readText(path: string): { data: string } }): string =>
    names.map((name) => tx.readText(name).data).join();

  test(`what a crash left in ${crashed} is completed before a transaction of ${other} commits`, () => {
    const port = halfDone(crashed);
    const { value } = transactionsOn(port).transactionSync(other, (tx) => {
      const both = seen(tx);
      tx.write("log", both);
      return both;
    });
    assert.equal(value, "new,new");
  });

  test(`what a crash left in ${crashed} is completed before a dry run, and a reading, in ${other}`, () => {
    const { transactionSync } = transactionsOn(halfDone(crashed));
    assert.equal(transactionSync(other, seen, { dryRun: true }).value, "new,new");
    const read = transactionsOn(halfDone(crashed)).readTogetherSync(other, names);
    assert.deepEqual(
      read.map((file) => Buffer.from(file?.data ?? "").toString()),
      ["new", "new"],
    );
  });
}

test("what somebody has put in the place of a transaction that cannot be completed is named, and set aside", async () => {
  const port = memoryPort();
  port.put("/root/a", "old");
  port.put("/root/d/b", "old");
  const crashing = faultPlan(port, {
    crash: "before",
    when: ({ verb, args }) => verb === "rename" && args[1] === "/root/a",
  });
  assert.throws(() =>
    transactionsOn(crashing).transactionSync("/root", (tx) => {
      tx.write("a", "new");
      tx.write("d/b", "new");
    }),
  );
  const survivor = port.anotherProcess();
  port.kill();
  survivor.put("/root/a", "by hand");
  for (const name of survivor.fs.readdir("/root/d")) survivor.fs.unlink(`/root/d/${name}`);
  survivor.fs.rmdir("/root/d");
  const recovery = recoveryOn(new Files(survivor), [0]);
  const stuck = JSON.stringify((await recovery.recover("/root", { apply: true, quietMs: 0 })).actions);
  assert.match(stuck, /What somebody else had put in its places is kept in \/root\/\.untorn\/quarantine\//);
  assert.doesNotMatch(stuck, /mkdir: true/);
  const { actions } = await recovery.recover("/root", { apply: true, quietMs: 0, policy: "abandon" });
  assert.match(JSON.stringify(actions), /set aside: \/root\/\.untorn\/quarantine\//);
  assert.ok(Object.values(survivor.tree()).includes("by hand"));
});

test("a file that is mounted by itself comes first, so that the whole transaction is taken back, with words that fit", () => {
  const port = memoryPort();
  port.put("/root/a", "old");
  port.put("/root/b", "old");
  const busy = faultPlan(port, { fail: "EBUSY", when: ({ verb, args }) => verb === "rename" && args[1] === "/root/b" });
  const { fs } = busy;
  const lstat = fs.lstat.bind(fs);
  fs.lstat = (path) => {
    const status = lstat(path);
    return path === "/root/b" && status !== undefined ? { ...status, dev: 77 } : status;
  };
  const failing = (): unknown =>
    transactionsOn(busy).transactionSync("/root", (tx) => {
      tx.write("a", "new");
      tx.write("b", "new");
    });
  assert.throws(failing, {
    code: "UNTORN_BUSY",
    outcome: "unchanged",
    path: "/root/b",
    message: /mount its folder instead/,
  });
  assert.deepEqual([port.tree()["/root/a"], port.tree()["/root/b"]], ["old", "old"]);
});

test("a folder that was moved away and may not be removed stays, empty, and is no reason to stop half way", () => {
  for (const fail of ["EACCES", "EPERM", "EBUSY"]) {
    const port = memoryPort();
    port.put("/root/active/spec.md", "spec");
    const keeping = faultPlan(port, { fail, when: ({ verb, path }) => verb === "rmdir" && path === "/root/active" });
    transactionsOn(keeping).transactionSync("/root", (tx) => tx.rename("active", "done"));
    assert.equal(port.tree()["/root/done/spec.md"], "spec", fail);
    assert.deepEqual(port.fs.readdir("/root/active"), []);
  }
});
