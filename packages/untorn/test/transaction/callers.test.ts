import assert from "node:assert/strict";
import { createReadStream, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { readTogether, transaction, transactionSync, updateFile, updateFileSync } from "../../src/index.ts";
import { updateJsonText } from "../../src/json.ts";
import { openState } from "../../src/state.ts";
import { openStore } from "../../src/store.ts";
import type { Transaction, TransactionSync } from "../../src/index.ts";
import { folder } from "../atomic/support/places.ts";

/** What the caller's own functions and data do wrong is told as the caller's, not as a refusal of the system. */

class Mine extends Error {}

const fail = (): never => {
  throw new Mine("mine");
};

const argument = { code: "UNTORN_INVALID_ARGUMENT", phase: "arguments", outcome: "unchanged" };

test("what a function throws inside a transaction comes out as it is", async (t) => {
  const root = folder(t);
  writeFileSync(join(root, "a.json"), "{}");
  await using store = await openStore(root);
  const other = join(root, "missing");
  const works: [(tx: Transaction) => Promise<void>, object][] = [
    [(tx) => tx.edit("a.json", fail), Mine],
    [(tx) => tx.json("a.json", fail), Mine],
    [(tx) => tx.json("a.json", (value) => (value as { b: { c: number } }).b.c), TypeError],
    [(tx) => tx.edit("a.json", () => readFileSync(other, "utf8")), { code: "ENOENT", path: other, name: "Error" }],
  ];
  for (const [work, error] of works) {
    await assert.rejects(transaction(root, work), error);
    await assert.rejects(store.transaction(work), error);
    assert.throws(() => transactionSync(root, work as unknown as (tx: TransactionSync) => unknown), error);
  }
  assert.deepEqual(readFileSync(join(root, "a.json"), "utf8"), "{}");
});

test("data that fails is UNTORN_SOURCE, as it is for writeFile", async (t) => {
  const root = folder(t);
  const data = function* (): Generator<string> {
    yield "x";
    fail();
  };
  const source = { code: "UNTORN_SOURCE", phase: "source", path: join(root, "b"), outcome: "unchanged" };
  await assert.rejects(
    transaction(root, (tx) => tx.write("b", Readable.from(data()))),
    source,
  );
  assert.throws(() => transactionSync(root, (tx) => tx.write("b", data())), source);
});

test("functions that are none, or come too late, and paths that are no list are refused as arguments", async (t) => {
  const root = folder(t);
  const a = join(root, "a");
  const none = "none" as never;
  await assert.rejects(transaction(root, none), argument);
  assert.throws(() => transactionSync(root, none), argument);
  await using store = await openStore(root);
  await assert.rejects(store.transaction(none), argument);
  await assert.rejects(updateFile(a, none), argument);
  for (const call of [
    (tx: TransactionSync) => tx.edit("a", none),
    (tx: TransactionSync) => tx.json("a", none),
    (tx: TransactionSync) => tx.json("a", (value) => value, null as never),
  ]) {
    assert.throws(() => transactionSync(root, call), { ...argument, path: a });
  }
  // One phase for one code: by it a command tells a wrong call from a file that is in the way.
  await assert.rejects(
    updateFile(a, () => undefined as never),
    argument,
  );
  await assert.rejects(
    updateJsonText(a, () => "{"),
    argument,
  );
  assert.throws(() => openState(store, "a", {} as never), argument);
  const late = { ...argument, message: /returned a promise/ };
  const failing = (() => Promise.reject(new Mine("nobody waits for it"))) as never;
  assert.throws(() => transactionSync(root, failing), { ...late, path: root });
  assert.throws(() => transactionSync(root, (tx) => tx.edit("a", failing)), { ...late, path: a });
  assert.throws(() => updateFileSync(a, failing), { ...late, path: a });
  for (const paths of ["a", undefined, 5, [5], ["a", undefined]] as never[]) {
    await assert.rejects(readTogether(root, paths), argument);
    await assert.rejects(store.readTogether(paths), argument);
  }
  assert.deepEqual(
    readdirSync(root).filter((name) => !name.includes(".untorn")),
    [],
  );
});

test("a stream is used up or destroyed, whatever becomes of the call", async (t) => {
  const root = folder(t);
  const input = join(root, "input");
  writeFileSync(input, "x".repeat(200_000));
  const calls: ((data: Readable) => unknown)[] = [
    (data) => transaction(root, (tx) => tx.write("../out", data)),
    (data) => transaction(root, (tx) => tx.write("out", data, { nope: 1 } as never)),
    (data) => transaction(root, (tx) => tx.write("out", data, { ifAbsent: true, ifMatch: "0".repeat(64) })),
    (data) => transactionSync(root, (tx) => tx.write("out", data)),
    (data) => {
      let late: Transaction | undefined;
      return transaction(root, (tx) => void (late = tx)).then(() => late?.write("out", data));
    },
  ];
  for (const [index, call] of calls.entries()) {
    const data = createReadStream(input);
    await once(data, "open");
    await assert.rejects(async () => await call(data), argument, String(index));
    assert.ok(data.destroyed, String(index));
  }
});
