import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { transaction } from "../../src/index.ts";
import { openStore } from "../../src/store.ts";
import type { EmbeddedOptions, Store, StoreEvent } from "../../src/store.ts";

/** What only a store in a directory has: plain files that other programs write, and a file system's names. */

async function place(
  t: TestContext,
  files: Readonly<Record<string, string>> = {},
  options: EmbeddedOptions = { pollMs: 10 },
): Promise<{ readonly directory: string; readonly store: Store; readonly open: () => Promise<Store> }> {
  const directory = mkdtempSync(join(tmpdir(), "untorn-directory-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(directory, name, ".."), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  const opened: Store[] = [];
  t.after(async () => {
    await Promise.all(opened.map((store) => store.close()));
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  });
  const open = async (): Promise<Store> => {
    const store = await openStore(directory, options);
    opened.push(store);
    return store;
  };
  return { directory, store: await open(), open };
}

async function take(store: Store, since: number, count: number): Promise<StoreEvent[]> {
  const events: StoreEvent[] = [];
  for await (const event of store.watch("", { since, signal: AbortSignal.timeout(20_000) })) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}

const code = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "none",
    (error: { code: string }) => error.code,
  );

test("documents are plain files, with nothing beside them but .untorn", async (t) => {
  const { directory, store } = await place(t);
  await store.commit([
    { key: "STATE.md", put: "# State\n" },
    { key: "backlog/EP-001.md", put: "epic\n" },
  ]);
  assert.equal(readFileSync(join(directory, "backlog/EP-001.md"), "utf8"), "epic\n");
  assert.deepEqual(readdirSync(directory).toSorted(), [".untorn", "STATE.md", "backlog"]);
  assert.deepEqual(readdirSync(join(directory, "backlog")), ["EP-001.md"]);
});

test("a directory that holds files already is a store of them", async (t) => {
  const { store } = await place(t, { "a.json": "1", "d/b.json": "2", "bad:name": "x" });
  assert.deepEqual((await store.list()).keys, ["a.json", "d/b.json"]);
  assert.equal(Buffer.from((await store.get("d/b.json"))?.bytes ?? []).toString(), "2");
});

test("what other programs do is seen, in one order with what the store does", async (t) => {
  const { directory, store } = await place(t, { a: "1", b: "1" });
  const { revision } = await store.list();
  const watching = take(store, revision, 5);
  writeFileSync(join(directory, "a"), "2");
  await take(store, revision, 1);
  rmSync(join(directory, "b"));
  await take(store, revision, 2);
  await store.commit([{ key: "c", put: "c" }]);
  await transaction(directory, (tx) => tx.write("d", "by a transaction"));
  await take(store, revision, 4);
  writeFileSync(join(directory, "new file"), "x");
  const events = await watching;
  assert.deepEqual(
    events.map(({ key, etag }) => [key, etag !== null]),
    [
      ["a", true],
      ["b", false],
      ["c", true],
      ["d", true],
      ["new file", true],
    ],
  );
  const revisions = events.map((event) => event.revision);
  assert.deepEqual(
    revisions,
    revisions.toSorted((x, y) => x - y),
  );
});

test("what other programs did while no store was open is seen, too", async (t) => {
  const { directory, store, open } = await place(t, { a: "1", b: "1", c: "1" });
  const { revision } = await store.list();
  await store.close();
  // Same length, and the old times: only the inode and the change time tell.
  writeFileSync(join(directory, "spare"), "2");
  renameSync(join(directory, "spare"), join(directory, "a"));
  appendFileSync(join(directory, "b"), "2");
  rmSync(join(directory, "c"));
  const later = await open();
  const events = await take(later, revision, 3);
  assert.deepEqual(events.map(({ key }) => key).toSorted(), ["a", "b", "c"]);
  assert.deepEqual((await later.list()).keys, ["a", "b"]);
});

test("a change of the same length in the same moment is seen", async (t) => {
  const { directory, store } = await place(t, {}, { pollMs: 5 });
  for (let round = 0; round < 10; round += 1) {
    const { revision } = await store.commit([{ key: "a", put: `own ${round}` }]);
    writeFileSync(join(directory, "a"), `his ${round}`);
    const [event] = await take(store, revision, 1);
    assert.equal(event?.etag, (await store.get("a"))?.etag);
  }
});

test("an etag guards against what another program wrote", async (t) => {
  const { directory, store } = await place(t, { a: "1" });
  const value = await store.get("a");
  writeFileSync(join(directory, "a"), "2");
  const commit = store.commit([
    { key: "b", put: "x" },
    { key: "a", put: "3", ifMatch: value?.etag ?? "" },
  ]);
  assert.equal(await code(commit), "UNTORN_CONFLICT");
  assert.equal(readFileSync(join(directory, "a"), "utf8"), "2");
  assert.deepEqual((await store.list()).keys, ["a"]);
});

test("nothing is reached through a symbolic link", async (t) => {
  const { directory, store } = await place(t, { "in/file": "1" });
  const outside = mkdtempSync(join(tmpdir(), "untorn-outside-"));
  t.after(() => rmSync(outside, { recursive: true, force: true }));
  writeFileSync(join(outside, "secret"), "secret");
  symlinkSync(outside, join(directory, "out"));
  symlinkSync(join(outside, "secret"), join(directory, "secret"));
  symlinkSync(join(outside, "not there"), join(directory, "dangling"));
  symlinkSync("in", join(directory, "alias"));
  for (const [key, wanted] of [
    ["out/secret", "UNTORN_OUTSIDE"],
    ["out/new", "UNTORN_OUTSIDE"],
    ["out/deep/new", "UNTORN_OUTSIDE"],
    ["secret", "UNTORN_OUTSIDE"],
    ["dangling", "UNTORN_OUTSIDE"],
    ["alias/file", "UNTORN_SYMLINK"],
    ["alias/new", "UNTORN_SYMLINK"],
  ] as const) {
    assert.equal(await code(store.commit([{ key, put: "x" }])), wanted, key);
    assert.equal(await code(store.commit([{ key, remove: true }])), wanted, key);
    assert.equal(await code(store.get(key)), wanted, key);
  }
  assert.deepEqual((await store.list()).keys, ["in/file"]);
  assert.deepEqual(readdirSync(outside), ["secret"]);
  assert.equal(readFileSync(join(outside, "secret"), "utf8"), "secret");
});

test("a key that another differs from only in letter case or Unicode form is refused", async (t) => {
  const { directory, store } = await place(t, { "Docs/Read.md": "1", "caf\u00e9": "1" });
  for (const key of ["docs/new", "Docs/read.md", "DOCS/Read.md", "cafe\u0301", "CAF\u00c9"]) {
    const put = store.commit([{ key, put: "x" }]);
    await assert.rejects(put, (error: Error & { code: string }) => {
      assert.equal(error.code, "UNTORN_EXISTS", key);
      return true;
    });
    assert.equal(await store.get(key), undefined);
  }
  // In one commit, too.
  const both = store.commit([
    { key: "x/a", put: "1" },
    { key: "X/b", put: "2" },
  ]);
  assert.equal(await code(both), "UNTORN_EXISTS");
  await store.commit([{ key: "Docs/other.md", put: "fine" }]);
  assert.deepEqual(readdirSync(directory).toSorted(), [".untorn", "Docs", "caf\u00e9"].toSorted());
});

test("a directory that is not there is an error", async (t) => {
  const { directory } = await place(t);
  assert.equal(await code(openStore(join(directory, "missing"))), "UNTORN_NOT_FOUND");
});
