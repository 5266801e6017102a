import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { openStore, storeIn } from "../../src/store.ts";
import type { DirectoryStore } from "../../src/store.ts";

/** What comes from plain JavaScript, or from another process, and is none of what a store takes. */

const refused = { code: "UNTORN_INVALID_ARGUMENT", outcome: "unchanged" };

function storeFor(t: TestContext): DirectoryStore {
  const folder = mkdtempSync(join(tmpdir(), "untorn-store-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const store = storeIn(folder, { pollMs: 10 });
  t.after(() => store.close());
  return store;
}

test("a commit refuses what it does not know, and a condition that would be none", async (t) => {
  const store = storeFor(t);
  await store.commit([{ key: "a", put: "1" }]);
  const wrong: unknown[] = [
    undefined,
    [null],
    ["a"],
    [{ key: "a", put: "2", ifmatch: "x" }],
    [{ key: "a", put: "2", ifAbsent: 1 }],
    [{ key: "a", put: "2", ifMatch: null }],
    [{ key: "a", remove: "yes" }],
  ];
  for (const changes of wrong) await assert.rejects(store.commit(changes as []), refused, JSON.stringify(changes));
  for (const options of [{ fense: { key: "x", token: 1 } }, { fence: null }, { fence: {} }, null])
    await assert.rejects(store.commit([{ key: "a", put: "2" }], options as object), refused, JSON.stringify(options));
  assert.equal(Buffer.from((await store.get("a"))?.bytes ?? []).toString(), "1");
});

test("what a document is in the way of says so; there is nothing below a document", async (t) => {
  const store = storeFor(t);
  await store.commit([{ key: "x", put: "1" }]);
  for (const key of ["x/y", "x/y/z"]) {
    const inTheWay = { code: "UNTORN_EXISTS", outcome: "unchanged", message: /"x" is a file/ };
    await assert.rejects(store.commit([{ key, put: "2" }]), inTheWay);
    await assert.rejects(store.commit([{ key, put: "2", ifAbsent: true }]), inTheWay);
    assert.equal(await store.get(key), undefined);
    assert.deepEqual((await store.commit([{ key, remove: true }])).etags, [null]);
    await assert.rejects(store.commit([{ key, remove: true, ifMatch: "0" }]), { code: "UNTORN_CONFLICT" });
  }
});

test("a fence that compares with nothing lets nobody in", async (t) => {
  const store = storeFor(t);
  const lease = await store.lease("turn", 60_000);
  for (const token of [undefined, "abc", Number.NaN, null, String(lease.fence.token)]) {
    const fence = { key: "turn", token } as unknown as { key: string; token: number };
    await assert.rejects(store.commit([{ key: "a", put: "1" }], { fence }), refused, String(token));
    await assert.rejects(
      store.transaction((tx) => tx.write("a", "1"), { fence }),
      refused,
      String(token),
    );
  }
  await store.commit([{ key: "a", put: "1" }], { fence: lease.fence });
  await lease.release();
});

test("a watch since what is no revision is refused, and does not go round for ever", (t) => {
  const store = storeFor(t);
  for (const since of [Number.NaN, "1", 1.5, -Infinity])
    assert.throws(() => store.watch("", { since: since as number }), refused);
  assert.throws(() => store.watch(undefined as unknown as string), refused);
});

test("a lease lasts as long as a date can say", async (t) => {
  const store = storeFor(t);
  for (const ttlMs of [Number.MAX_SAFE_INTEGER, Infinity, Number.NaN, 9])
    await assert.rejects(store.lease("a", ttlMs), refused);
  const century = await store.lease("a", 100 * 365 * 24 * 3_600_000);
  await assert.rejects(store.lease("a", 1000, { timeoutMs: 0 }), { code: "UNTORN_LOCKED" });
  await century.release();
});

test("a lease that is granted when the store has been closed is given back", async (t) => {
  const store = storeFor(t);
  const other = storeIn(store.directory);
  t.after(() => other.close());
  const asked = store.lease("turn", 60_000);
  await store.close();
  await assert.rejects(asked, refused);
  await (await other.lease("turn", 1000, { timeoutMs: 2000 })).release();
});

test("options of a store that are none are refused", async (t) => {
  const { directory } = storeFor(t);
  const wrong = [
    { remember: 0 },
    { remember: 0.5 },
    { pollMs: Number.NaN },
    { pollMs: 0 },
    { lockTimeoutMs: -1 },
    { poll: 1 },
  ];
  for (const options of wrong) {
    assert.throws(() => storeIn(directory, options), refused, JSON.stringify(options));
    await assert.rejects(openStore(directory, options), refused, JSON.stringify(options));
  }
  await assert.rejects(openStore(undefined as unknown as string), refused);
});
