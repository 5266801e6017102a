import assert from "node:assert/strict";
import { test } from "node:test";
import { faultPlan, interceptPort, memoryPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";

const names = Array.from({ length: 20 }, (_, index) => `${String(index).padStart(2, "0")}.txt`);

/** Files are staged in groups, and those of one are synced while the next is staged. */
for (const asynchronous of [false, true]) {
  const driver = asynchronous ? "asynchronous" : "synchronous";
  test(`of 20 files whichever cannot be staged: all stay as they were, and nothing stays open, ${driver}`, async () => {
    let failures = 0;
    for (const name of names) {
      for (const verb of ["open", "write", "fstat", "link", "fsync", "close"] as const) {
        const port = memoryPort();
        for (const each of names) port.put(`/root/${each}`, "old");
        const isOf = (path: unknown): boolean => String(path).includes(`.${name}.untorn.`);
        const failing = faultPlan(port, {
          fail: "EIO",
          when: (call) => call.verb === verb && isOf(call.path) && (verb !== "open" || call.args[1] === "create"),
          times: 1,
        });
        const open = new Set<unknown>();
        const closed: unknown[] = [];
        const watched = interceptPort(failing, {
          before({ verb: called, args }) {
            // A descriptor that is closed twice may be another file's by then.
            if (called === "close" && !open.delete(args[0])) closed.push(args[0]);
            return undefined;
          },
          after({ verb: called }, handle) {
            if (called === "open") open.add(handle);
          },
        });
        const { transaction, transactionSync } = transactionsOn(watched);
        const call = async (): Promise<unknown> =>
          asynchronous
            ? await transaction("/root", async (tx) => {
                for (const each of names) await tx.write(each, "new");
              })
            : transactionSync("/root", (tx) => {
                for (const each of names) tx.write(each, "new");
              });
        await assert.rejects(call(), { outcome: "unchanged" }, `${verb} of ${name}`);
        failures += 1;
        const tree = port.tree();
        assert.ok(
          names.every((each) => tree[`/root/${each}`] === "old"),
          `${verb} of ${name}`,
        );
        assert.deepEqual(
          Object.keys(tree).filter((path) => /\.(?:journal|part)$/.test(path)),
          [],
          `${verb} of ${name}`,
        );
        assert.deepEqual(closed, [], `${verb} of ${name}`);
        // A close that fails has closed: the plan only says that it did not.
        if (verb !== "close") assert.deepEqual(port.openPaths(), [], `${verb} of ${name}`);
      }
    }
    assert.equal(failures, names.length * 6);
  });
}
