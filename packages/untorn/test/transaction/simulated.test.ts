import assert from "node:assert/strict";
import { test } from "node:test";
import type { Status } from "../../src/platform/index.ts";
import { faultPlan, memoryPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import { rejects } from "./roots.ts";

/** What takes a filesystem that is rarely at hand. */

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

test("two spellings of one file are refused where they are one, and only there", () => {
  for (const caseInsensitive of [true, false]) {
    const port = memoryPort({ caseInsensitive });
    port.put("/root/a.txt", "old");
    const both = (): unknown =>
      transactionsOn(port).transactionSync("/root", (tx) => {
        tx.write("a.txt", "lower");
        tx.write("A.TXT", "upper");
      });
    if (caseInsensitive) assert.throws(both, rejects("UNTORN_EXISTS"));
    else both();
    assert.equal(port.tree()["/root/a.txt"], caseInsensitive ? "old" : "lower");
  }
});

test("a file on another filesystem below the root is staged beside it, and replaced by a rename there", () => {
  const port = memoryPort();
  port.put("/root/a.txt", "old a");
  port.put("/root/m/b.txt", "old b");
  const mounted = faultPlan(port, []);
  const { fs } = port;
  const device = (path: unknown): number => (/^\/root\/m(?:\/|$)/.test(String(path)) ? 2 : 1);
  const placed = (path: string, status: Status | undefined): Status | undefined =>
    status && { ...status, dev: device(path) };
  const within = (from: string, to: string): void => {
    if (device(from) !== device(to)) throw Object.assign(new Error("EXDEV"), { code: "EXDEV" });
  };
  Object.assign(mounted.fs, {
    stat: (path: string) => placed(path, fs.stat(path)),
    lstat: (path: string) => placed(path, fs.lstat(path)),
    rename: (from: string, to: string) => (within(from, to), fs.rename(from, to)),
    link: (from: string, to: string) => (within(from, to), fs.link(from, to)),
  });
  transactionsOn(mounted).transactionSync("/root", (tx) => {
    tx.write("a.txt", "new a");
    tx.write("m/b.txt", "new b");
  });
  assert.deepEqual([port.tree()["/root/a.txt"], port.tree()["/root/m/b.txt"]], ["new a", "new b"]);
  assert.deepEqual(fs.readdir("/root/m"), ["b.txt"]);
});
