import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { etagOf } from "../../atomic/index.ts";
import type { Store, StoreEvent } from "../../store/index.ts";
import { codeOfFailure } from "./contract-ground.ts";
import type { StoreCheck } from "./contract-ground.ts";

const longestWaitMs = 20_000;

/** The events after `since`, until `enough` of them were seen. */
export async function eventsSince(
  store: Store,
  since: number,
  prefix: string,
  enough: (events: readonly StoreEvent[]) => boolean,
): Promise<StoreEvent[]> {
  const events: StoreEvent[] = [];
  for await (const event of store.watch(prefix, { since, signal: AbortSignal.timeout(longestWaitMs) })) {
    events.push(event);
    if (enough(events)) return events;
  }
  throw new Error(`only these events came in ${longestWaitMs} ms: ${JSON.stringify(events)}`);
}

const etag = (text: string): string => etagOf(Buffer.from(text));

/** Every change, in order, none twice. */
export const watchCases: readonly StoreCheck[] = [
  [
    "a watch shows what was committed after `since`, in order, and a commit's changes together",
    async (ground) => {
      const [one, two] = [await ground.open(), await ground.open()];
      await one.commit([{ key: "before", put: "x" }]);
      const { revision: since } = await one.list();
      const watching = eventsSince(two, since, "", (events) => events.length === 4);
      const first = await one.commit([
        { key: "a", put: "1" },
        { key: "b", put: "2" },
      ]);
      const second = await two.commit([{ key: "a", remove: true }]);
      const third = await one.commit([{ key: "a", put: "3" }]);
      const wanted = [
        { key: "a", etag: etag("1"), revision: first.revision, more: true },
        { key: "b", etag: etag("2"), revision: first.revision, more: false },
        { key: "a", etag: null, revision: second.revision, more: false },
        { key: "a", etag: etag("3"), revision: third.revision, more: false },
      ];
      assert.deepEqual(await watching, wanted);
      // Once more from the same place, by a client that was not there, and from the middle.
      const later = await ground.open();
      assert.deepEqual(await eventsSince(later, since, "", (events) => events.length === 4), wanted);
      const rest = await eventsSince(later, first.revision, "", (events) => events.length === 2);
      assert.deepEqual(rest, wanted.slice(2));
    },
  ],
  [
    "a watch shows the keys with its prefix only",
    async (ground) => {
      const store = await ground.open();
      const { revision } = await store.list();
      await store.commit([
        { key: "x/1", put: "1" },
        { key: "y", put: "2" },
        { key: "x/2", put: "3" },
      ]);
      await store.commit([{ key: "y", put: "4" }]);
      await store.commit([{ key: "x/1", remove: true }]);
      const events = await eventsSince(store, revision, "x/", (seen) => seen.length === 3);
      assert.deepEqual(
        events.map(({ key, more }) => [key, more]),
        [
          ["x/1", true],
          ["x/2", false],
          ["x/1", false],
        ],
      );
    },
  ],
  [
    "nothing is missed and nothing comes twice while several clients write",
    async (ground) => {
      const stores = await Promise.all([ground.open(), ground.open(), ground.open()]);
      const { revision: since } = await stores[0].list();
      const perClient = 8;
      const total = perClient * stores.length;
      const watching = Promise.all(
        stores.map((store) => eventsSince(store, since, "", (events) => events.length === total)),
      );
      const written = (
        await Promise.all(
          stores.map(async (store, client) => {
            const done: [number, string][] = [];
            for (let number = 0; number < perClient; number += 1) {
              const text = `${client} ${number}`;
              done.push([(await store.commit([{ key: `k${number % 3}`, put: text }])).revision, etag(text)]);
            }
            return done;
          }),
        )
      ).flat();
      const wanted = written.toSorted(([a], [b]) => a - b);
      for (const events of await watching) {
        assert.deepEqual(
          events.map((event) => [event.revision, event.etag]),
          wanted,
        );
      }
    },
  ],
  [
    "a signal and a close end a watch without an error",
    async (ground) => {
      const store = await ground.open();
      const stop = new AbortController();
      const drain = async (signal?: AbortSignal): Promise<number> => {
        let count = 0;
        for await (const _ of store.watch("", {
          since: 0 + (await store.list()).revision,
          ...(signal && { signal }),
        })) {
          count += 1;
        }
        return count;
      };
      const watches = [drain(stop.signal), drain()];
      await store.list();
      stop.abort();
      assert.equal(await watches[0], 0);
      await store.close();
      assert.equal(await watches[1], 0);
    },
  ],
  [
    "a revision that the store does not remember is an error, not a gap",
    async (ground) => {
      const store = await ground.open();
      await store.commit([{ key: "a", put: "1" }]);
      const { revision } = await store.list();
      const watch = async (since: number): Promise<void> => {
        const signal = AbortSignal.timeout(longestWaitMs);
        for await (const _ of store.watch("", { since, signal })) return;
      };
      assert.equal(await codeOfFailure(() => watch(revision + 1_000)), "UNTORN_COMPACTED");
      assert.equal(await codeOfFailure(() => watch(-1)), "UNTORN_COMPACTED");
    },
  ],
];
