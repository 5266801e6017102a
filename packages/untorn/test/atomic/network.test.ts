// What NFS, SMB and other filesystems behind a server answer, as fault plans.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { withLock, scan } from "../../src/index.ts";
import { acquire, release } from "../../src/lock/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import type { Verb } from "../../src/platform/index.ts";
import { runSync } from "../../src/protocol/index.ts";
import { openStore } from "../../src/store.ts";
import { faultPlan } from "../../src/testing/index.ts";
import type { Fault } from "../../src/testing/index.ts";
import { updatesOn } from "../../src/update/index.ts";
import { folder, unexpected } from "./support/places.ts";

const failing = (fault: Fault): Files => new Files(faultPlan(nodePort, fault));
const at = (verb: Verb, fail: string, more: { readonly times?: number; readonly after?: true } = {}): Fault => ({
  fail,
  when: (call) => call.verb === verb,
  ...more,
});

test("a file that is missed while it is being replaced is found; one that is absent is absent", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "here");
  for (const code of ["ENOENT", "ESTALE"]) {
    const files = failing(at("open", code, { times: 3 }));
    assert.equal((await files.readFile(path, { encoding: "utf8" })).data, "here");
    const updates = updatesOn(failing({ fail: code, times: 3, when: (c) => c.verb === "open" && c.path === path }));
    assert.equal((await updates.updateFile(path, (text) => `${text}`)).value, "here");
  }
  await assert.rejects(failing(at("open", "ENOENT")).readFile(path), { code: "UNTORN_NOT_FOUND" });
  await assert.rejects(failing(at("open", "ESTALE")).readFile(path), { code: "UNTORN_IO" });
  await assert.rejects(new Files(nodePort).readFile(`${path}.none`), { code: "UNTORN_NOT_FOUND" });
});

test("a stale handle is an error of the disk, and what was there is unchanged", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  for (const verb of ["write", "fstat", "fsync", "rename"] as const) {
    writeFileSync(path, "old");
    const call = failing(at(verb, "ESTALE", { times: 1 })).writeFile(path, "new");
    await assert.rejects(call, { code: "UNTORN_IO", systemCode: "ESTALE", outcome: "unchanged" }, verb);
    assert.equal(readFileSync(path, "utf8"), "old");
    assert.deepEqual(unexpected(place, ["file"]), []);
  }
});

test("a rename or removal that was done, and reported as failed, is found to be done", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "old");
  for (const code of ["ENOENT", "EIO", "ESTALE"]) {
    // The server's answer got lost, and the repeated request finds nothing (RFC 1813, 4.6).
    await failing(at("rename", code, { after: true })).writeFile(path, code);
    assert.equal(readFileSync(path, "utf8"), code);
  }
  await failing(at("unlink", "ENOENT", { after: true })).removeFile(path);
  assert.equal(statSync(path, { throwIfNoEntry: false }), undefined);
});

test("where a server refuses modes, owners and links, the receipt says so or the call is refused", async (t) => {
  const path = join(folder(t), "file");
  writeFileSync(path, "old", { mode: 0o640 });
  const { metadata } = await failing(at("chmod", "EPERM")).writeFile(path, "new");
  assert.ok(
    metadata.lost.some((line) => line.startsWith("mode 0640")),
    String(metadata.lost),
  );
  for (const code of ["ENOTSUP", "EPERM", "EOPNOTSUPP", "ENOSYS"]) {
    const call = failing(at("link", code)).writeFile(`${path}.new`, "x", { ifAbsent: true });
    await assert.rejects(call, { code: "UNTORN_UNSUPPORTED", outcome: "unchanged" });
    assert.equal(statSync(`${path}.new`, { throwIfNoEntry: false }), undefined);
  }
});

test("names that a server gives to removed files that are still open are nobody's documents", async (t) => {
  const place = folder(t);
  const path = join(place, "state.json");
  const silly = ".nfs00000000000a1b2c00000001";
  writeFileSync(path, "{}");
  await withLock(path, {}, () => {
    // What an NFS client makes of a record that is removed while somebody reads it; it goes when that one closes it.
    writeFileSync(join(place, ".state.json.untorn.lock", silly), "");
  });
  assert.deepEqual(readdirSync(join(place, ".state.json.untorn.lock")), [silly]);
  await withLock(path, { timeoutMs: 0 }, () => undefined);
  writeFileSync(join(place, silly), "");
  assert.deepEqual(
    (await scan(place)).findings.filter(({ kind }) => kind !== "lock"),
    [],
  );
  mkdirSync(join(place, "store"));
  const store = await openStore(join(place, "store"));
  writeFileSync(join(place, "store", silly), "");
  await store.commit([{ key: "a.json", put: "{}" }]);
  assert.deepEqual((await store.list()).keys, ["a.json"]);
  await store.close();
});

test("a lock folder that cannot be removed at once hinders nobody", (t) => {
  const path = join(folder(t), "file");
  const port = faultPlan(nodePort, at("rmdir", "ENOTEMPTY"));
  for (let round = 0; round < 3; round += 1)
    runSync(port, release(port, runSync(port, acquire(port, path, { timeoutMs: 0 }))));
});
