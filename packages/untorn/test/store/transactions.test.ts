import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { openStore, storeIn } from "../../src/store.ts";
import type { StoreEvent } from "../../src/store.ts";

/** What a directory can do beyond every store: transactions that read, folders that move, leases without a process. */

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "untorn-store-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const later = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

test("a transaction is a commit: one revision, and a watch shows all of it", async (t) => {
  const folder = folderFor(t);
  const store = await openStore(folder, { pollMs: 10 });
  t.after(() => store.close());
  await store.commit([{ key: "active/item/spec.md", put: "the spec\n" }]);
  const { revision } = await store.list();
  const { value, receipt } = await store.transaction(async (tx) => {
    await tx.rename("active/item", "completed/item");
    await tx.write("registry.json", '{"done":1}\n');
    return "moved";
  });
  assert.equal(value, "moved");
  assert.deepEqual(receipt.written, ["completed/item/spec.md", "registry.json"]);
  const events: StoreEvent[] = [];
  for await (const event of store.watch("", { since: revision })) {
    events.push(event);
    if (!event.more) break;
  }
  const spec = await store.get("completed/item/spec.md");
  assert.deepEqual(
    events.map(({ key, etag, revision: at }) => [
      key,
      etag === null ? null : etag === spec?.etag,
      at === events[0]?.revision,
    ]),
    [
      ["completed/item/spec.md", true, true],
      ["registry.json", false, true],
      ["active/item/spec.md", null, true],
    ],
  );
  assert.deepEqual(
    (await store.readTogether(["registry.json", "active/item/spec.md"])).map(
      (file) => file && String(file.data.length),
    ),
    ["11", undefined],
  );
});

test("what the function of a transaction throws comes out as it is, and nothing is changed", async (t) => {
  const store = storeIn(folderFor(t));
  const own = new TypeError("mine");
  await assert.rejects(
    store.transaction(async (tx) => {
      await tx.write("a", "1");
      throw own;
    }),
    (error) => error === own,
  );
  assert.equal(await store.get("a"), undefined);
});

test("a name that is no key, and a file behind a link, are left to the look at the files", async (t) => {
  const folder = folderFor(t);
  mkdirSync(join(folder, "real"));
  symlinkSync("real", join(folder, "linked"));
  const store = storeIn(folder);
  await store.transaction(async (tx) => {
    await tx.write("linked/a", "1");
    await tx.write("what?", "2");
    await tx.write("d", "3");
  });
  assert.deepEqual((await store.list()).keys, ["d", "real/a"]);
  assert.equal(readFileSync(join(folder, "what?"), "utf8"), "2");
});

test("a fence and a lease that must be free are looked at under the lock of the commit", async (t) => {
  const store = storeIn(folderFor(t));
  const write = (text: string, options: Parameters<typeof store.transaction>[1]) =>
    store.transaction((tx) => tx.write("a", text), options);
  const lease = await store.lease("job", 60_000, { purpose: "the first" });
  t.after(() => store.close());
  await write("1", { fence: lease.fence });
  await assert.rejects(write("2", { whileFree: "job" }), (error: Error & { code?: string; holders?: unknown[] }) => {
    assert.equal(error.code, "UNTORN_LOCKED");
    assert.match(error.message, new RegExp(`process ${process.pid} on .*for "the first"`));
    assert.equal(error.holders?.length, 1);
    return true;
  });
  assert.equal((await store.leaseHolder("job"))?.purpose, "the first");
  await store.release(lease.fence);
  assert.equal(await store.leaseHolder("job"), undefined);
  await assert.rejects(write("3", { fence: lease.fence }), { code: "UNTORN_FENCED", outcome: "unchanged" });
  await write("4", { whileFree: "job" });
  assert.equal(Buffer.from((await store.get("a"))?.bytes ?? []).toString(), "4");
});

test("a detached lease is renewed by its use and by nothing else", async (t) => {
  const folder = folderFor(t);
  const store = storeIn(folder);
  const { fence } = await store.lease("job", 1_500, { detached: true });
  await store.close();
  const other = storeIn(folder);
  t.after(() => other.close());
  const until = async (): Promise<number> => Date.parse((await other.leaseHolder("job"))?.until ?? "");
  const first = await until();
  await later(900);
  await other.transaction((tx) => tx.write("a", "1"), { fence });
  assert.ok((await until()) >= first + 800, "it lasts longer");
  assert.equal(await other.renew(fence), true);
  await later(1_700);
  assert.equal(await other.renew(fence), false);
  await assert.rejects(
    other.transaction((tx) => tx.write("a", "2"), { fence }),
    { code: "UNTORN_FENCED" },
  );
});

test("the lease of a process that was killed is free at once", async (t) => {
  const folder = folderFor(t);
  const module = new URL("../../src/store.js", import.meta.url).href;
  const script = `const { storeIn } = await import(${JSON.stringify(module)});
    await storeIn(${JSON.stringify(folder)}).lease("job", 600_000); console.log("has it"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  const store = storeIn(folder);
  await assert.rejects(store.lease("job", 60_000, { timeoutMs: 0 }), { code: "UNTORN_LOCKED" });
  child.kill("SIGSTOP");
  await assert.rejects(store.lease("job", 60_000, { timeoutMs: 50 }), { code: "UNTORN_LOCKED" });
  child.kill("SIGKILL");
  await once(child, "exit");
  const lease = await store.lease("job", 60_000, { timeoutMs: 0 });
  assert.ok(lease.fence.token > 0);
  await store.close();
});

test("opening without a look reads no file, and the first listing makes up for it", async (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, "a"), "1");
  const store = storeIn(folder);
  await store.commit([{ key: "b", put: "2" }]);
  assert.equal(readFileSync(join(folder, ".untorn/changes.jsonl"), "utf8").includes('"a"'), false);
  assert.deepEqual((await store.list()).keys, ["a", "b"]);
  await assert.rejects(storeIn(join(folder, "nowhere")).list(), { code: "UNTORN_NOT_FOUND", phase: "resolve" });
});

test("what a store's transaction does not know is refused before anything is touched", async (t) => {
  const folder = folderFor(t);
  const store = storeIn(folder);
  t.after(() => store.close());
  for (const options of [{ dryRun: true }, { durability: "off" }, { purpos: "x" }, { whileFree: 1 }]) {
    const call = store.transaction((tx) => tx.write("a.txt", "a"), options as object);
    await assert.rejects(call, { code: "UNTORN_INVALID_ARGUMENT", outcome: "unchanged" });
  }
  assert.deepEqual(readdirSync(folder), []);
});
