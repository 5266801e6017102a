import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { findConfig } from "../../src/config.ts";
import { readFrontmatter, updateFrontmatter } from "../../src/frontmatter.ts";
import * as library from "../../src/index.ts";
import { readJson, readJsonSync, updateJson, writeJson } from "../../src/json.ts";
import { appendLine, readLines, rotateLog } from "../../src/jsonl.ts";
import { measureCost, probeFolder, startMonitor } from "../../src/monitor.ts";
import { openState } from "../../src/state.ts";
import { openStore } from "../../src/store.ts";
import { memoryStore, storeContract } from "../../src/testing/index.ts";
import { folder } from "../atomic/support/places.ts";

type Call = (path: never, options: never) => unknown;

/** Every call that takes a path. */
const paths: Readonly<Record<string, Call>> = {
  writeFile: (path, options) => library.writeFile(path, "x", options),
  readFile: (path, options) => library.readFile(path, options),
  removeFile: (path, options) => library.removeFile(path, options),
  renameFile: (path, options) => library.renameFile(path, path, options),
  updateFile: (path, options) => library.updateFile(path, () => "x", options),
  lock: (path, options) => library.lock(path, options),
  lockSync: (path, options) => library.lockSync(path, options),
  withLock: (path, options) => library.withLock(path, options, () => undefined),
  listLocks: (path) => library.listLocks(path),
  breakLock: (path) => library.breakLock(path),
  scan: (path, options) => library.scan(path, options),
  scanSync: (path, options) => library.scanSync(path, options),
  recover: (path, options) => library.recover(path, options),
  recoverSync: (path, options) => library.recoverSync(path, options),
  history: (path) => library.history(path),
  readGeneration: (path) => library.readGeneration(path),
  restore: (path, options) => library.restore(path, undefined, options),
  transaction: (path, options) => library.transaction(path, () => undefined, options),
  readTogether: (path) => library.readTogether(path, []),
  readJson: (path, options) => readJson(path, options),
  readJsonSync: (path, options) => readJsonSync(path, options),
  writeJson: (path, options) => writeJson(path, 1, options),
  updateJson: (path, options) => updateJson(path, () => ({}), options),
  readFrontmatter: (path) => readFrontmatter(path),
  updateFrontmatter: (path, options) => updateFrontmatter(path, () => ({}), options),
  appendLine: (path, options) => appendLine(path, 1, options),
  readLines: (path) => readLines(path).next(),
  rotateLog: (path, options) => rotateLog(path, { maxEntries: 1 }, options),
  retention: (path, options) => rotateLog(path, options),
  openStore: (path, options) => openStore(path, options),
  measureCost: (path) => measureCost(path, 1),
  probeFolder: (path) => probeFolder(path),
  findConfig: (path) => findConfig(path),
};

const refused = { code: "UNTORN_INVALID_ARGUMENT", outcome: "unchanged" };

for (const [name, call] of Object.entries(paths)) {
  test(`${name} takes no URL, no bytes, nothing empty, and no name that UTF-8 cannot write`, async (t) => {
    const place = folder(t);
    const path = join(place, "file");
    writeFileSync(path, "{}");
    const odd = [undefined, null, 7, "", `${path}\0`, `${place}/\ud800`, Buffer.from(path), pathToFileURL(path)];
    for (const given of odd) {
      await assert.rejects(
        async () => call(given as never, {} as never),
        { ...refused, message: /path/ },
        String(given),
      );
    }
    assert.deepEqual(readdirSync(place), [basename(path)]);
    if (call.length < 2) return;
    for (const [options, message] of [
      [null, /options takes an object/],
      [{ tymeoutMs: 1 }, /there is no option tymeoutMs/],
    ]) {
      await assert.rejects(async () => call(path as never, options as never), { ...refused, message } as object);
    }
  });
}

test("what is misspelt is answered with the right spelling, everywhere", async (t) => {
  const place = folder(t);
  const store = await openStore(place);
  t.after(() => store.close());
  const memory = memoryStore();
  const state = { schema: () => undefined, initial: {} };
  const calls: [RegExp, () => unknown][] = [
    [/no option aply; it takes .*apply/, () => library.recover(place, { aply: true } as object)],
    [/it takes quietMs.*limit/, () => library.scan(place, { apply: true } as object)],
    [/did you mean maxEntries/, () => rotateLog(place, { maxEntry: 2 } as object)],
    [/did you mean timeoutMs/, () => library.lock(place, { timeoutMS: 5 } as object)],
    [/did you mean shared/, () => library.lockSync(place, { sharedd: true } as object)],
    [/timeoutMs takes a number/, () => library.withLock(place, { timeoutMs: -1 }, () => 0)],
    [/did you mean detached/, () => store.lease("key", 1000, { detatched: true } as object)],
    [/did you mean timeoutMs/, () => memory.lease("key", 1000, { timeoutms: 1 } as object)],
    [/options takes an object/, () => store.lease("key", 1000, null as never)],
    [/did you mean since/, () => store.watch("", { sinces: 1 } as object)],
    [/did you mean since/, () => memory.watch("", { sinces: 1 } as object)],
    [/did you mean remember/, () => memoryStore({ remembers: 1 } as object)],
    [/did you mean seed/, () => storeContract(() => undefined as never, { seeds: 1 } as object)],
    [/did you mean comments/, () => readJson(place, { comment: true } as object)],
    [/did you mean meter/, () => startMonitor({ meters: 1 } as object)],
    [/did you mean schema/, () => openState(store, "key", { ...state, schema_: 1 } as never)],
    [/schema is missing/, () => openState(store, "key", { initial: 1 } as never)],
    [/schema takes a Standard Schema/, () => openState(store, "key", { schema: {}, initial: 1 } as never)],
    [/options takes an object/, () => openState(store, "key", null as never)],
  ];
  for (const [message, call] of calls) {
    await assert.rejects(async () => call(), { ...refused, message }, String(call));
  }
});

test("the cost of writing in a folder that cannot be written to is an error like any other", async (t) => {
  const refusal = { name: "UntornError", code: "UNTORN_NOT_FOUND", outcome: "unchanged" };
  await assert.rejects(measureCost(join(folder(t), "absent"), 1), refusal);
});

test("readLines means the file that the path named when it was called", async (t) => {
  const place = folder(t);
  const before = process.cwd();
  t.after(() => process.chdir(before));
  await library.writeFile(join(place, "a/log"), "1\n", { mkdir: true });
  await library.writeFile(join(place, "b/log"), "2\n", { mkdir: true });
  process.chdir(join(place, "a"));
  const lines = readLines("log");
  process.chdir(join(place, "b"));
  const { value } = await lines.next();
  assert.equal(value?.ok === true && value.value, 1);
});

test("a store is closed at the end of the block that uses it", async (t) => {
  const place = folder(t);
  for (const open of [() => openStore(place), async () => memoryStore()]) {
    const store = await open();
    const lease = await store.lease("key", 60_000);
    await store[Symbol.asyncDispose]();
    await assert.rejects(store.get("key"), { code: "UNTORN_INVALID_ARGUMENT", message: /closed/ });
    assert.equal(lease.signal.aborted, false);
  }
});
