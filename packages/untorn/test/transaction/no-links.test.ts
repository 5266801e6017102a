import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Port } from "../../src/platform/index.ts";
import { faultPlan, memoryPort, recordCalls, SimulatedCrash } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";

/** A filesystem without hard links (FAT, some network mounts): the staged file itself is renamed into place. */

function freshPort(): MemoryPort {
  const port = memoryPort();
  port.put("/root/a.txt", "old a");
  port.put("/root/d/b.txt", "old b");
  return port;
}

const change = (port: Port): unknown =>
  transactionsOn(port).transactionSync("/root", (tx) => {
    tx.write("a.txt", "new a");
    tx.write("d/b.txt", "new b");
  });
const contents = (port: MemoryPort): string => `${port.tree()["/root/a.txt"]}, ${port.tree()["/root/d/b.txt"]}`;

describe("where link(2) is refused", () => {
  for (const code of ["EPERM", "ENOTSUP", "ENOSYS", "EMLINK"]) {
    const noLinks = { fail: code, when: ({ verb }: { readonly verb: string }) => verb === "link" } as const;

    test(`${code}: a transaction does the same and leaves nothing behind`, () => {
      const port = freshPort();
      const recorded = recordCalls(faultPlan(port, noLinks));
      change(recorded);
      assert.equal(contents(port), "new a, new b");
      assert.ok(recorded.calls.some(({ verb }) => verb === "link"));
      assert.deepEqual(port.fs.readdir("/root").toSorted(), [".untorn", "a.txt", "d"]);
      assert.deepEqual(port.fs.readdir("/root/d"), ["b.txt"]);
      assert.deepEqual(port.fs.readdir("/root/.untorn"), ["durable", "spare-journal"]);
    });
  }

  test("killed before and after every call: all old or all new, and completed by whoever comes next", () => {
    const noLinks = { fail: "EPERM", when: ({ verb }: { readonly verb: string }) => verb === "link" } as const;
    const counted = recordCalls(faultPlan(freshPort(), noLinks));
    change(counted);
    const seen = new Set<string>();
    let halfway = 0;
    for (let at = 1; at <= counted.calls.length; at += 1) {
      for (const crash of ["before", "after"] as const) {
        const port = freshPort();
        try {
          change(faultPlan(port, [{ at, crash }, noLinks]));
        } catch (error) {
          assert.ok(error instanceof SimulatedCrash || (error as Error).cause instanceof SimulatedCrash, String(error));
        }
        port.kill();
        if (contents(port) === "new a, old b") halfway += 1;
        const next = port.anotherProcess();
        transactionsOn(faultPlan(next, noLinks)).transactionSync("/root", () => undefined);
        seen.add(contents(port));
        const left = port.fs.readdir("/root/.untorn").filter((name) => name !== "durable" && name !== "spare-journal");
        assert.deepEqual(left, [], `${crash} ${at}`);
      }
    }
    assert.deepEqual([...seen].toSorted(), ["new a, new b", "old a, old b"]);
    assert.ok(halfway > 0);
  });

  test("any other failure of link(2) is a failure, and nothing is changed", () => {
    const port = freshPort();
    const failing = faultPlan(port, { fail: "EIO", when: ({ verb }) => verb === "link" });
    assert.throws(() => change(failing), { code: "UNTORN_IO", outcome: "unchanged" });
    assert.equal(contents(port), "old a, old b");
  });
});
