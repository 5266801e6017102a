import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { z } from "zod";
import { UntornError } from "../../src/index.ts";
import { openState } from "../../src/state.ts";
import { openStore } from "../../src/store.ts";
import type { DirectoryStore } from "../../src/store.ts";

/** What a state cannot store, and what goes wrong around it. */

async function storeFor(t: TestContext): Promise<DirectoryStore> {
  const folder = mkdtempSync(join(tmpdir(), "untorn-state-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const store = await openStore(folder);
  t.after(() => store.close());
  return store;
}

const counter = z.object({ n: z.number() });

test("a value that JSON does not give back is refused before anything is stored", async (t) => {
  const store = await storeFor(t);
  const dated = openState(store, "a.json", { schema: z.object({ at: z.date() }), initial: { at: new Date(0) } });
  await assert.rejects(
    dated.update((draft) => void (draft.at = new Date(1))),
    { code: "UNTORN_INVALID", outcome: "unchanged" },
  );
  assert.deepEqual((await store.list()).keys, []);
  await store.commit([{ key: "b.json", put: '{"version":1,"at":"2026-01-01"}' }]);
  const coerced = openState(store, "b.json", {
    schema: z.object({ at: z.string().transform((text) => new Date(text)) }),
    initial: { at: new Date(0) },
  });
  assert.equal((await coerced.read()).value.at.getUTCFullYear(), 2026);
  await assert.rejects(
    coerced.update((draft) => void draft.at.setUTCFullYear(2027)),
    { code: "UNTORN_INVALID", outcome: "unchanged" },
  );
  assert.equal((await coerced.read()).value.at.getUTCFullYear(), 2026);
});

test("a field of the value's own where the version is kept is refused, not dropped", async (t) => {
  const store = await storeFor(t);
  const schema = z.object({ version: z.string().optional(), n: z.number() });
  const initial = { version: "1.2.3", n: 1 };
  const mine = openState(store, "a.json", { schema, initial });
  await assert.rejects(
    mine.update((draft) => void (draft.n = 2)),
    { code: "UNTORN_INVALID", message: /versionField/ },
  );
  const named = openState(store, "a.json", { schema, initial, versionField: "schema" });
  await named.update((draft) => void (draft.n = 2));
  assert.deepEqual((await named.read()).value, { version: "1.2.3", n: 2 });
});

test("undo over contents of an older version goes further back each time", async (t) => {
  const store = await storeFor(t);
  const old = openState(store, "a.json", { schema: counter, initial: { n: 0 } });
  for (const n of [1, 2, 3]) await old.update((draft) => void (draft.n = n));
  const state = openState(store, "a.json", {
    schema: z.object({ n: z.number(), by: z.string() }),
    initial: { n: 0, by: "" },
    version: 2,
    migrate: (document) => ({ ...document, by: "migration" }),
  });
  await state.update((draft) => void (draft.n = 4));
  const values: number[] = [];
  for (let undo = 0; undo < 4; undo += 1) values.push((await state.undo()).value.n);
  assert.deepEqual(values, [3, 3, 2, 1], "the migrated content, what it was made of, and those before it");
  await assert.rejects(state.undo(), { code: "UNTORN_NOT_FOUND" });
});

test("an undo is a way out of a corrupt document", async (t) => {
  const store = await storeFor(t);
  const state = openState(store, "a.json", { schema: counter, initial: { n: 0 } });
  for (const n of [1, 2]) await state.update((draft) => void (draft.n = n));
  await store.commit([{ key: "a.json", put: "torn {" }]);
  await assert.rejects(state.read(), { code: "UNTORN_CORRUPT" });
  assert.equal((await state.undo()).value.n, 1);
});

test("many updates at once are all made", { timeout: 60_000 }, async (t) => {
  const store = await storeFor(t);
  const state = openState(store, "a.json", { schema: counter, initial: { n: 0 }, keep: 0 });
  await Promise.all(Array.from({ length: 300 }, () => state.update((draft) => void (draft.n += 1))));
  assert.equal((await state.read()).value.n, 300);
});

test("a conflict of the caller's own function is the caller's, and the function is not run again", async (t) => {
  const store = await storeFor(t);
  const state = openState(store, "a.json", { schema: counter, initial: { n: 0 } });
  await state.update((draft) => void (draft.n = 1));
  let runs = 0;
  const own = new UntornError({ code: "UNTORN_CONFLICT", path: "x", phase: "commit", outcome: "unchanged" });
  const call = state.update(() => {
    runs += 1;
    throw own;
  });
  await assert.rejects(call, (error) => error === own);
  assert.equal(runs, 1);
});

test("a migration that returns nothing, or meets a conflict of its own, stores nothing and is run once", async (t) => {
  const store = await storeFor(t);
  await store.commit([{ key: "a.json", put: '{"version":1,"n":1}' }]);
  const own = new UntornError({ code: "UNTORN_CONFLICT", path: "x", phase: "commit", outcome: "unchanged" });
  let runs = 0;
  const state = (result: () => unknown) =>
    openState(store, "a.json", {
      schema: counter,
      initial: { n: 0 },
      version: 2,
      migrate: () => ((runs += 1), result()),
    });
  await assert.rejects(state(() => undefined).read(), { code: "UNTORN_INVALID", message: /did not return an object/ });
  const failing = state(() => {
    throw own;
  });
  for (const call of [() => failing.read(), () => failing.update((draft) => void (draft.n += 1))]) {
    runs = 0;
    await assert.rejects(call(), (error) => error === own);
    assert.equal(runs, 1);
  }
  assert.equal(Buffer.from((await store.get("a.json"))?.bytes ?? []).toString(), '{"version":1,"n":1}');
});

test("options of a state that are none are refused before anything is stored", async (t) => {
  const store = await storeFor(t);
  for (const wrong of [
    { version: "2" },
    { version: 1.5 },
    { version: -1 },
    { keep: -1 },
    { keep: Number.NaN },
    { versionField: "" },
  ]) {
    const options = { schema: counter, initial: { n: 0 }, ...(wrong as object) };
    assert.throws(
      () => openState(store, "a.json", options),
      { code: "UNTORN_INVALID_ARGUMENT" },
      JSON.stringify(wrong),
    );
  }
});
