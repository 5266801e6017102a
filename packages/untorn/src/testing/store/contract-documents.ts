import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { etagOf } from "../../atomic/index.ts";
import type { Store } from "../../store/index.ts";
import { codeOfFailure } from "./contract-ground.ts";
import type { StoreCheck } from "./contract-ground.ts";

async function text(store: Store, key: string): Promise<string | undefined> {
  const value = await store.get(key);
  return value && Buffer.from(value.bytes).toString();
}

/** What no system, or not every system, can have as the name of a file. */
const badKeys = [
  "",
  ".",
  "..",
  "../x",
  "a/../b",
  "a/./b",
  "/etc/x",
  "C:/x",
  "c:x",
  "a//b",
  "a/",
  "nul\0",
  "line\nbreak",
  "tab\t",
  "del\u007f",
  "back\\slash",
  "a:b",
  'quote"',
  "star*",
  "what?",
  "pipe|",
  "<angle",
  "CON",
  "con.txt",
  "aux",
  "d/NUL.tar.gz",
  "COM1",
  "lpt9.md",
  "COM¹",
  "dot.",
  "space ",
  "d. /x",
  ".untorn/changes.jsonl",
  ".UNTORN/x",
  ".a.json.untorn.lock",
  `d/.a.json.untorn.1-1-00000000-0000000000000.tmp`,
  "\ud800",
  "x".repeat(256),
  `${"d/".repeat(600)}x`,
];

/** Values, conditions and keys. */
export const documentCases: readonly StoreCheck[] = [
  [
    "what was put is there, under its etag, for every client",
    async (ground) => {
      const [one, two] = [await ground.open(), await ground.open()];
      assert.equal(await one.get("a.json"), undefined);
      const bytes = Buffer.from([0, 255, 10, 13, 0]);
      const receipt = await one.commit([
        { key: "a.json", put: bytes },
        { key: "d/é ü.md", put: "text" },
        { key: "empty", put: "" },
      ]);
      assert.deepEqual(receipt.etags, [etagOf(bytes), etagOf(Buffer.from("text")), etagOf(Buffer.from(""))]);
      const value = await two.get("a.json");
      assert.deepEqual([Buffer.from(value?.bytes ?? []), value?.etag], [bytes, etagOf(bytes)]);
      assert.equal(await text(two, "d/é ü.md"), "text");
      assert.equal(await text(two, "empty"), "");
      const { keys, revision } = await two.list();
      assert.deepEqual(keys, ["a.json", "d/é ü.md", "empty"]);
      assert.equal(revision, receipt.revision);
    },
  ],
  [
    "a prefix is text, not a folder",
    async (ground) => {
      const store = await ground.open();
      await store.commit(["a/1", "a/2", "ab", "b"].map((key) => ({ key, put: key })));
      assert.deepEqual((await store.list("a")).keys, ["a/1", "a/2", "ab"]);
      assert.deepEqual((await store.list("a/")).keys, ["a/1", "a/2"]);
      assert.deepEqual((await store.list("c")).keys, []);
    },
  ],
  [
    "a removed key is gone, and removing what is not there changes nothing",
    async (ground) => {
      const store = await ground.open();
      await store.commit([{ key: "d/a", put: "1" }]);
      const removed = await store.commit([{ key: "d/a", remove: true }]);
      assert.deepEqual(removed.etags, [null]);
      assert.equal(await store.get("d/a"), undefined);
      assert.equal(await store.get("d"), undefined);
      const again = await store.commit([{ key: "d/a", remove: true }]);
      assert.deepEqual(again, { etags: [null], revision: removed.revision });
    },
  ],
  [
    "conditions decide, and one that fails leaves everything as it was",
    async (ground) => {
      const store = await ground.open();
      const { etags } = await store.commit([{ key: "a", put: "1", ifAbsent: true }]);
      const [etag] = etags as [string];
      const before = (await store.list()).revision;
      const refused = [
        [{ key: "a", put: "2", ifAbsent: true }],
        [{ key: "a", put: "2", ifMatch: "0".repeat(64) }],
        [{ key: "b", put: "2", ifMatch: etag }],
        [
          { key: "b", put: "new" },
          { key: "a", remove: true, ifMatch: "0".repeat(64) },
        ],
        [
          { key: "b", put: "new" },
          { key: "a", ifAbsent: true },
        ],
      ] as const;
      for (const changes of refused) assert.equal(await codeOfFailure(() => store.commit(changes)), "UNTORN_CONFLICT");
      assert.deepEqual(await store.list(), { keys: ["a"], revision: before });
      assert.equal(await text(store, "a"), "1");
      // A condition alone is a change that changes nothing.
      const done = await store.commit([
        { key: "a", ifMatch: etag },
        { key: "c", ifAbsent: true },
        { key: "b", put: "2" },
      ]);
      assert.deepEqual(done.etags, [etag, null, etagOf(Buffer.from("2"))]);
      await store.commit([{ key: "a", remove: true, ifMatch: etag }]);
      assert.deepEqual((await store.list()).keys, ["b"]);
    },
  ],
  [
    "of many that create one key exactly one does, and counting loses nothing",
    async (ground) => {
      const stores = await Promise.all([ground.open(), ground.open(), ground.open(), ground.open()]);
      const codes = await Promise.all(
        stores.map((store, index) =>
          codeOfFailure(() => store.commit([{ key: "once", put: String(index), ifAbsent: true }])),
        ),
      );
      assert.equal(codes.filter((code) => code === undefined).length, 1, codes.join());
      assert.equal(codes.filter((code) => code === "UNTORN_CONFLICT").length, 3, codes.join());
      await stores[0].commit([{ key: "n", put: "0" }]);
      await Promise.all(stores.flatMap((store) => [count(store), count(store)]));
      assert.equal(await text(stores[0], "n"), "8");
    },
  ],
  [
    "revisions grow with every change, for every client",
    async (ground) => {
      const [one, two] = [await ground.open(), await ground.open()];
      let last = (await one.list()).revision;
      for (let round = 0; round < 6; round += 1) {
        const { revision } = await (round % 2 === 0 ? one : two).commit([{ key: "a", put: String(round) }]);
        assert.ok(revision > last, `${revision} after ${last}`);
        last = revision;
      }
      assert.equal((await one.list()).revision, last);
    },
  ],
  [
    "what cannot be a key everywhere is refused by every method",
    async (ground) => {
      const store = await ground.open();
      for (const key of badKeys) {
        const shown = JSON.stringify(key);
        for (const call of [
          () => store.get(key),
          () =>
            store.commit([
              { key: "good", put: "x" },
              { key, put: "x" },
            ]),
          () => store.lease(key, 1_000, { timeoutMs: 0 }),
        ]) {
          assert.equal(await codeOfFailure(call), "UNTORN_INVALID_ARGUMENT", shown);
        }
      }
      assert.deepEqual((await store.list()).keys, []);
    },
  ],
  [
    "a commit that contradicts itself is refused",
    async (ground) => {
      const store = await ground.open();
      const wrong = [
        [
          { key: "a", put: "1" },
          { key: "a", put: "2" },
        ],
        [{ key: "a", put: "1", remove: true }],
        [{ key: "a", put: "1", ifMatch: "0", ifAbsent: true }],
        [{ key: "a" }],
        [{ key: "a", put: "\ud800" }],
      ] as const;
      for (const changes of wrong) {
        assert.equal(await codeOfFailure(() => store.commit(changes)), "UNTORN_INVALID_ARGUMENT");
      }
      assert.deepEqual((await store.list()).keys, []);
    },
  ],
  [
    "a closed client refuses every call, and the others go on",
    async (ground) => {
      const [one, two] = [await ground.open(), await ground.open()];
      await one.commit([{ key: "a", put: "1" }]);
      await one.close();
      await one.close();
      assert.equal(await codeOfFailure(() => one.get("a")), "UNTORN_INVALID_ARGUMENT");
      assert.equal(await codeOfFailure(() => one.commit([{ key: "a", put: "2" }])), "UNTORN_INVALID_ARGUMENT");
      assert.equal(await text(two, "a"), "1");
    },
  ],
];

async function count(store: Store): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const value = await store.get("n");
    if (value === undefined) throw new Error("the counter is gone");
    const next = String(Number(Buffer.from(value.bytes).toString()) + 1);
    const code = await codeOfFailure(() => store.commit([{ key: "n", put: next, ifMatch: value.etag }]));
    if (code === undefined) return;
    assert.equal(code, "UNTORN_CONFLICT");
  }
  throw new Error("200 conflicts in a row");
}
