import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as v from "valibot";
import { z } from "zod";
import { openState } from "../../src/state.ts";
import type { StandardSchema, StateOptions } from "../../src/state.ts";
import type { Store, StoreChange } from "../../src/store.ts";
import { memoryStore } from "../../src/testing/index.ts";

interface Plan {
  step: number;
  tasks: { id: string; done: boolean }[];
}

const schemas: Readonly<Record<string, StandardSchema<Plan>>> = {
  zod: z.object({ step: z.number(), tasks: z.array(z.object({ id: z.string(), done: z.boolean() })) }),
  valibot: v.object({ step: v.number(), tasks: v.array(v.object({ id: v.string(), done: v.boolean() })) }),
};
const initial: Plan = { step: 0, tasks: [] };

async function textOf(store: Store, key = "plan.json"): Promise<string> {
  return Buffer.from((await store.get(key))?.bytes ?? []).toString();
}

async function put(store: Store, text: string): Promise<void> {
  await store.commit([{ key: "plan.json", put: text }]);
}

/** A store in which somebody else is faster by a hair, each time. */
function beforeCommits(store: Store, first: () => Promise<void>): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === "commit") return (changes: readonly StoreChange[]) => first().then(() => target.commit(changes));
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

const fails = async (call: Promise<unknown>, code: string, words: RegExp): Promise<void> => {
  await assert.rejects(call, (error: Error & { code: string }) => {
    assert.equal(error.code, code, String(error));
    assert.match(error.message, words);
    return true;
  });
};

for (const [name, schema] of Object.entries(schemas)) {
  describe(`a state with a schema of ${name}`, () => {
    const options: StateOptions<Plan> = { schema, initial };
    const plan = (store: Store, more: Partial<StateOptions<Plan>> = {}) =>
      openState(store, "plan.json", { ...options, ...more });

    test("is its initial value until it is updated", async () => {
      const store = memoryStore();
      const state = plan(store);
      const first = await state.read();
      assert.deepEqual(first, { value: initial, etag: null, version: 1 });
      first.value.step = 99;
      assert.deepEqual((await store.list()).keys, []);
      const { value, version } = await state.update((draft) => void draft.tasks.push({ id: "a", done: false }));
      assert.deepEqual([value, version], [{ step: 0, tasks: [{ id: "a", done: false }] }, 1]);
      assert.deepEqual(JSON.parse(await textOf(store)), { version: 1, step: 0, tasks: [{ id: "a", done: false }] });
      assert.deepEqual((await plan(store.anotherClient()).read()).value, value);
    });

    test("refuses a value that the schema refuses, and nothing is stored", async () => {
      const store = memoryStore();
      await plan(store).update((draft) => void (draft.step = 1));
      const before = await textOf(store);
      const wrong = plan(store).update(() => ({ step: "two", tasks: [] }) as unknown as Plan);
      await fails(wrong, "UNTORN_INVALID", /step/);
      assert.equal(await textOf(store), before);
      assert.deepEqual(await plan(store).history(), []);
      const none = memoryStore();
      const first = plan(none).update(() => ({ step: "two", tasks: [] }) as unknown as Plan);
      await fails(first, "UNTORN_INVALID", /step/);
      assert.deepEqual((await none.list()).keys, []);
    });

    test("does not take what is stored for something else", async () => {
      const store = memoryStore();
      for (const [text, words] of [
        ["", /empty/],
        ["{", /not JSON/],
        ["[]", /not a JSON object/],
        ['{"version":"x"}', /whole number/],
        ['{"version":1,"step":"x","tasks":[]}', /schema takes: step/],
      ] as const) {
        await put(store, text);
        await fails(plan(store).read(), "UNTORN_CORRUPT", words);
        await fails(
          plan(store).update(() => initial),
          "UNTORN_CORRUPT",
          words,
        );
        assert.equal(await textOf(store), text);
      }
    });

    test("keeps the fields that the schema does not know, wherever their objects go, and the text's own form", async () => {
      const store = memoryStore();
      const text = `{
    "version": 1, "note": "mine",
    "step": 1,
    "tasks": [
        { "id": "a", "done": false, "who": "ann" },
        { "id": "b", "done": false, "who": "bob" },
        { "id": "c", "done": false, "who": "cy", "big": 12345678901234567890 }
    ]
}`;
      await put(store, text);
      await plan(store).update((draft) => void (draft.step = 2));
      assert.equal(await textOf(store), text.replace('"step": 1', '"step": 2'));
      // Mutated and moved; copied; and copied while others go.
      await plan(store).update((draft) => {
        draft.tasks.reverse();
        (draft.tasks[0] as { done: boolean }).done = true;
      });
      await plan(store).update((draft) => ({
        ...draft,
        tasks: draft.tasks.filter(({ id }) => id !== "b").map((task) => ({ ...task, done: true })),
      }));
      assert.deepEqual(JSON.parse(await textOf(store)), {
        version: 1,
        note: "mine",
        step: 2,
        tasks: [
          { id: "c", done: true, who: "cy", big: 12345678901234567000 },
          { id: "a", done: true, who: "ann" },
        ],
      });
      assert.match(await textOf(store), /"big": 12345678901234567890 /);
    });

    test("loses no update of several who count", async () => {
      const store = memoryStore();
      const clients = Array.from({ length: 4 }, () => plan(store.anotherClient()));
      await Promise.all(
        clients.flatMap((client) => [1, 2, 3].map(() => client.update((draft) => void (draft.step += 1)))),
      );
      assert.equal((await plan(store).read()).value.step, 12);
      // The number of a kept content is one of a kind, too; without it the content itself has to be compared.
      const bare = Array.from({ length: 4 }, () => plan(store.anotherClient(), { keep: 0 }));
      await Promise.all(bare.map((client) => client.update((draft) => void (draft.step += 1))));
      assert.equal((await plan(store).read()).value.step, 16);
    });

    test("an older version is migrated in one commit that keeps the old content", async () => {
      const store = memoryStore();
      const old = '{"counter": 7, "note": "kept"}\n';
      await put(store, old);
      const { revision } = await store.list();
      let runs = 0;
      const state = plan(store, {
        version: 3,
        migrate({ counter, ...rest }, from) {
          runs += 1;
          assert.equal(from, 0);
          return { ...rest, step: counter, tasks: [] };
        },
      });
      assert.deepEqual(await state.read().then(({ value, version }) => [value.step, version]), [7, 3]);
      assert.equal((await store.list()).revision, revision + 1);
      assert.deepEqual(JSON.parse(await textOf(store)), { version: 3, note: "kept", step: 7, tasks: [] });
      const [kept] = await state.history();
      assert.equal(Buffer.from(kept?.bytes ?? []).toString(), old);
      await state.read();
      assert.equal(runs, 1);
    });

    test("a migration whose result the schema refuses stores nothing", async () => {
      const store = memoryStore();
      await put(store, '{"counter": 7}');
      await fails(plan(store, { version: 2, migrate: () => ({ step: "x" }) }).read(), "UNTORN_INVALID", /step/);
      assert.equal(await textOf(store), '{"counter": 7}');
    });

    test("a newer version is read where the schema takes it, and never written", async () => {
      const store = memoryStore();
      const newer = '{"version": 9, "step": 5, "tasks": [], "colour": "red"}';
      await put(store, newer);
      const state = plan(store, { version: 2, migrate: () => assert.fail("no migration back") });
      const { value, version } = await state.read();
      assert.deepEqual([value.step, version], [5, 9]);
      await fails(
        state.update((draft) => void (draft.step = 6)),
        "UNTORN_NEWER",
        /version 9/,
      );
      await fails(state.undo(), "UNTORN_NOT_FOUND", /no earlier/);
      await put(store, '{"version": 9, "steps": [5]}');
      await fails(state.read(), "UNTORN_NEWER", /version 9.*cannot read/);
      await put(store, newer);
      assert.equal(await textOf(store), newer);
    });

    test("undo goes back content by content, and the history is bounded", async () => {
      const store = memoryStore();
      const state = plan(store, { keep: 3 });
      for (let step = 1; step <= 6; step += 1) await state.update((draft) => void (draft.step = step));
      const steps = (await state.history()).map(
        ({ bytes }) => (JSON.parse(Buffer.from(bytes).toString()) as Plan).step,
      );
      assert.deepEqual(steps, [5, 4, 3]);
      assert.equal((await store.list(".history/")).keys.length, 3);
      assert.equal((await state.undo()).value.step, 5);
      assert.equal((await state.undo()).value.step, 4);
      await state.update((draft) => void (draft.step = 40));
      assert.equal((await state.undo()).value.step, 4);
      assert.equal((await state.undo()).value.step, 3);
      await fails(state.undo(), "UNTORN_NOT_FOUND", /no earlier/);
    });

    test("undo does not take away what a newer version wrote, not even in the last moment", async () => {
      const store = memoryStore();
      const newer = '{"version": 9, "step": 5, "tasks": []}';
      for (const step of [1, 2]) await plan(store).update((draft) => void (draft.step = step));
      const racing = beforeCommits(store, () => put(store, newer));
      await fails(plan(racing).undo(), "UNTORN_NEWER", /version 9/);
      assert.equal(await textOf(store), newer);
      await fails(plan(store).undo(), "UNTORN_NEWER", /version 9/);
      assert.equal(await textOf(store), newer);
    });

    test("a change that always comes too late is given up", async () => {
      const store = memoryStore();
      let tries = 0;
      const racing = beforeCommits(store, async () => {
        tries += 1;
        assert.ok(tries <= 100, "it goes on for ever");
        await put(store, `{"version": 1, "step": ${tries}, "tasks": []}`);
      });
      await assert.rejects(
        plan(racing).update((draft) => void (draft.step = -1)),
        { outcome: "unchanged" },
      );
      assert.ok(tries >= 5, `${tries} tries`);
      assert.equal((await plan(store).read()).value.step, tries);
    });

    test("nothing changed is nothing stored", async () => {
      const store = memoryStore();
      await plan(store).update((draft) => void (draft.step = 1));
      const { revision } = await store.list();
      await plan(store).update(() => undefined);
      await plan(store).update((draft) => ({ ...draft }));
      assert.equal((await store.list()).revision, revision);
    });

    test("a watch gives the value each time that it has changed", async () => {
      const store = memoryStore();
      const state = plan(store);
      const { revision } = await store.list();
      await store.commit([{ key: "plan.json.other", put: "x" }]);
      await state.update((draft) => void (draft.step = 1));
      const steps: number[] = [];
      for await (const { value } of state.watch({ since: revision, signal: AbortSignal.timeout(10_000) })) {
        steps.push(value.step);
        if (value.step === 3) break;
        await state.update((draft) => void (draft.step += 1));
      }
      assert.deepEqual(steps, [1, 2, 3]);
    });
  });
}

test("what a schema turns into something else is stored as it was", async () => {
  const store = memoryStore();
  const schema = z.object({ at: z.coerce.date(), count: z.number().default(1) });
  await put(store, '{"version":1,"at":"2026-01-01T00:00:00+01:00"}');
  const state = openState(store, "plan.json", { schema, initial: () => ({ at: new Date(0), count: 0 }) });
  const { value } = await state.update((draft) => void (draft.count += 1));
  assert.ok(value.at instanceof Date);
  assert.equal(await textOf(store), '{"version":1,"at":"2026-01-01T00:00:00+01:00","count":2}');
});

test("the version may have another name", async () => {
  const store = memoryStore();
  const options = { schema: schemas["zod"] as StandardSchema<Plan>, initial, version: 2, versionField: "$v" };
  await openState(store, "plan.json", options).update((draft) => void (draft.step = 1));
  assert.deepEqual(JSON.parse(await textOf(store)), { $v: 2, step: 1, tasks: [] });
});
