import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { transactionSync } from "../../src/index.ts";
import type { TransactionSync } from "../../src/index.ts";
import { listing, read, rootFor } from "./roots.ts";

describe("two names of one file, by a symbolic link", () => {
  const two = (t: TestContext): string => {
    const root = rootFor(t, { "real.json": '{"n":1}' });
    symlinkSync("real.json", join(root, "link.json"));
    return root;
  };
  const increment = (value: unknown): { n: number } => ({ n: (value as { n: number }).n + 1 });
  const changes: Record<string, (tx: TransactionSync) => unknown> = {
    "both are edited": (tx) => (tx.json("real.json", increment), tx.json("link.json", increment)),
    "both are written": (tx) => (tx.write("link.json", "1"), tx.write("real.json", "2")),
    "one is written, then the other is read": (tx) => (tx.write("real.json", "1"), tx.read("link.json")),
  };
  for (const [what, change] of Object.entries(changes)) {
    test(`${what}: refused, and nothing is changed`, (t) => {
      const root = two(t);
      assert.throws(() => transactionSync(root, change), {
        code: "UNTORN_EXISTS",
        outcome: "unchanged",
        message: /"(?:link|real)\.json" and "(?:link|real)\.json" are one file/,
      });
      assert.equal(read(root, "real.json"), '{"n":1}');
      assert.deepEqual(listing(root), ["link.json", "real.json"]);
    });
  }

  test("both may be read", (t) => {
    const root = two(t);
    transactionSync(root, (tx) =>
      tx.write("copy.json", Buffer.concat([tx.read("real.json").data, tx.read("link.json").data])),
    );
    assert.equal(read(root, "copy.json"), '{"n":1}{"n":1}');
  });
});
