import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { z } from "zod";
import { openState } from "../../src/state.ts";
import type { StandardSchema, State, StateOptions } from "../../src/state.ts";
import { openStore } from "../../src/store.ts";
import type { DirectoryStore, Store } from "../../src/store.ts";

interface Plan {
  step: number;
  tasks: { id: string; done: boolean }[];
}

const schema: StandardSchema<Plan> = z.object({
  step: z.number(),
  tasks: z.array(z.object({ id: z.string(), done: z.boolean() })),
});
const initial: Plan = { step: 0, tasks: [] };

async function textOf(store: Store, key: string): Promise<string> {
  return Buffer.from((await store.get(key))?.bytes ?? []).toString();
}

describe("a state as a part of a transaction", () => {
  const options: StateOptions<Plan> = { schema, initial };

  async function storeFor(t: TestContext): Promise<DirectoryStore> {
    const folder = mkdtempSync(join(tmpdir(), "untorn-state-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    return await openStore(folder);
  }

  test("with uniqueNames a document that has a name twice is refused, read and changed, and stays", async (t) => {
    const store = await storeFor(t);
    const text = '{"version": 1, "step": 1, "tasks": [], "step": 2}';
    await store.commit([{ key: "a.json", put: Buffer.from(text) }]);
    const state = openState(store, "a.json", { ...options, uniqueNames: true });
    for (const call of [state.read(), state.update((draft) => void (draft.step += 1))])
      await assert.rejects(call, { code: "UNTORN_CORRUPT", message: /"step" is there twice in one object/ });
    assert.equal(await textOf(store, "a.json"), text);
    assert.equal((await openState(store, "a.json", options).read()).value.step, 2);
  });

  test("several states and another file change together, with their history, or none does", async (t) => {
    const store = await storeFor(t);
    const step = (state: State<Plan>) => state.update((draft) => void (draft.step += 1));
    await step(openState(store, "a.json", options));
    await store.transaction(async (tx) => {
      await step(openState(tx, "a.json", options));
      await step(openState(tx, "a.json", options));
      await step(openState(tx, "b.json", options));
      await tx.write("c.md", "# C\n");
      assert.equal((await openState(tx, "a.json", options).read()).value.step, 3);
      assert.equal((await openState(store, "a.json", options).read()).value.step, 1);
      const events = openState(tx, "a.json", options).watch()[Symbol.asyncIterator]();
      await assert.rejects(events.next(), /nothing to watch/);
    });
    assert.equal((await openState(store, "a.json", options).read()).value.step, 3);
    assert.equal((await openState(store, "a.json", options).history()).length, 2);
    const before = await store.list();
    await assert.rejects(
      store.transaction(async (tx) => {
        await openState(tx, "a.json", options).undo();
        await openState(tx, "b.json", options).update((draft) => void ((draft as { step: unknown }).step = "x"));
      }),
      { code: "UNTORN_INVALID" },
    );
    assert.deepEqual((await store.list()).keys, before.keys);
    assert.equal((await openState(store, "a.json", options).read()).value.step, 3);
    await store.transaction((tx) => openState(tx, "a.json", options).undo());
    assert.equal((await openState(store, "a.json", options).read()).value.step, 2);
  });

  test("changes of one state that overlap within a transaction are all made", async (t) => {
    const store = await storeFor(t);
    for (const keep of [0, 20]) {
      await store.transaction(async (tx) => {
        const add = (): unknown =>
          openState(tx, "a.json", { ...options, keep }).update((draft) => void (draft.step += 1));
        await Promise.all([add(), add(), add()]);
      });
    }
    assert.equal((await openState(store, "a.json", options).read()).value.step, 6);
  });

  test("a schema that hands back what it was given refuses all the same", async (t) => {
    const store = await storeFor(t);
    const text = '{"step": 1, "tasks": []}';
    await store.commit([{ key: "a.json", put: text }]);
    const strict: StandardSchema<Plan> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) =>
          (value as Plan).step < 0 ? { issues: [{ message: "below zero", path: ["step"] }] } : { value: value as Plan },
      },
    };
    const state = openState(store, "a.json", { schema: strict, initial, versionField: false });
    await assert.rejects(
      state.update((draft) => void (draft.step = -1)),
      { code: "UNTORN_INVALID", message: /below zero/ },
    );
    assert.equal(await textOf(store, "a.json"), text);
  });

  test("what is corrupt is named with its path, and the transaction changes nothing", async (t) => {
    const store = await storeFor(t);
    await store.commit([{ key: "a.json", put: '{"step": "x"}' }]);
    const path = join(store.directory, "a.json");
    await assert.rejects(
      store.transaction(async (tx) => {
        await tx.write("b.md", "x");
        await openState(tx, "a.json", options).update(() => undefined);
      }),
      { code: "UNTORN_CORRUPT", path },
    );
    assert.deepEqual((await store.list()).keys, ["a.json"]);
  });

  test("a document that has no version keeps its form", async (t) => {
    const store = await storeFor(t);
    const other = '{\n    "tasks": [],\n    "step": 1.0,\n    "version": "1.2"\n}\n';
    await store.commit([{ key: "a.json", put: other }]);
    const state = openState(store, "a.json", { ...options, versionField: false, keep: 0 });
    assert.equal((await state.read()).version, 1);
    await state.update((draft) => void draft.tasks.push({ id: "t", done: true }));
    assert.match(await textOf(store, "a.json"), /^\{\n {4}"tasks": \[[^]*"step": 1\.0,\n {4}"version": "1\.2"\n\}\n$/);
    assert.deepEqual(await state.history(), []);
  });

  test("a schema that hands back what it was given loses nothing, and its draft is a copy", async (t) => {
    const store = await storeFor(t);
    await store.commit([{ key: "a.json", put: '{"step": 1, "tasks": [], "more": {"x": 1}}' }]);
    const asIs: StandardSchema<Plan> = {
      "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: value as Plan }) },
    };
    const state = openState(store, "a.json", { schema: asIs, initial, versionField: false, keep: 0 });
    await state.update((draft) => void (draft.step = 2));
    assert.equal(await textOf(store, "a.json"), '{"step": 2, "tasks": [], "more": {"x": 1}}');
  });
});
