import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { etagOf, tempName } from "../../src/atomic/index.ts";
import { findConfig } from "../../src/config.ts";
import { breakLock, history, listLocks, lock, readGeneration, recover, restore, scan } from "../../src/index.ts";
import { readTogether, removeFile, transaction, updateFile, writeFile } from "../../src/index.ts";
import { appendLine } from "../../src/jsonl.ts";
import { nodePort } from "../../src/platform/index.ts";
import { openStore } from "../../src/store.ts";
import { temporaryFolder } from "./processes.ts";

/**
 * `link/..` is the parent of what the link points to, which only the system knows: every call takes it as the system does, so that
 * the lock stands beside the very file that is read and replaced, and what is kept of it is kept there.
 */

const locked = { code: "UNTORN_LOCKED" };

/** `alias` is `real` for the system, and the folder above it for who drops `link/..` from the text. */
function scene(): { readonly top: string; readonly real: string; readonly alias: string } {
  const top = temporaryFolder();
  mkdirSync(join(top, "real", "sub"), { recursive: true });
  symlinkSync(join("real", "sub"), join(top, "link"));
  return { top, real: join(top, "real"), alias: `${top}/link/..` };
}

/** All that is in the folder above, where nothing may come to be. */
const untouched = ["link", "real"];

test("a separator at the end names the same file, also behind a link to nothing yet", async () => {
  const { top, real } = scene();
  symlinkSync("later", join(top, "to-nothing"));
  writeFileSync(join(real, "f"), "0");
  for (const path of [join(top, "to-nothing"), join(real, "f")]) {
    const held = await lock(`${path}/`);
    await assert.rejects(lock(path, { timeoutMs: 0 }), locked);
    await held.release();
  }
});

test("a lock, an update and an append through `..` behind a link wait for who has the file itself", async () => {
  const { top, real, alias } = scene();
  writeFileSync(join(real, "f"), "0");
  const held = await lock(join(real, "f"));
  await assert.rejects(lock(`${alias}/f`, { timeoutMs: 0 }), locked);
  await assert.rejects(
    updateFile(`${alias}/f`, (text) => `${text}1`, { lockTimeoutMs: 0 }),
    locked,
  );
  await held.release();

  const other = await lock(`${alias}/f`);
  assert.deepEqual(readdirSync(real).toSorted(), [".f.untorn.lock", "f", "sub"]);
  assert.deepEqual(
    (await listLocks(alias)).locks.map(({ path }) => path),
    [join(real, "f")],
  );
  assert.deepEqual(
    (await listLocks(`${alias}/f`)).locks.map(({ path }) => path),
    [join(real, "f")],
  );
  await assert.rejects(appendLine(join(real, "f"), "x", { lockTimeoutMs: 0, maxBytes: 1 }), locked);
  assert.equal((await breakLock(`${alias}/f`)).length, 1);
  assert.throws(() => other.assertHeld(), { code: "UNTORN_LOCK_LOST" });
  await other.release();

  const log = await lock(join(real, "log.jsonl"));
  await assert.rejects(appendLine(`${alias}/log.jsonl`, 1, { lockTimeoutMs: 0 }), locked);
  await log.release();
  await appendLine(`${alias}/log.jsonl`, 1);
  await updateFile(`${alias}/f`, (text) => `${text}1`);
  assert.equal(readFileSync(join(real, "f"), "utf8"), "01");
  assert.equal(readFileSync(join(real, "log.jsonl"), "utf8"), "1\n");
  assert.deepEqual(readdirSync(top).toSorted(), untouched);
});

test("a transaction, reads and a store whose root is behind a link are those of the folder itself", async () => {
  const { top, real, alias } = scene();
  const held = await lock(join(real, "a.json"));
  await assert.rejects(
    transaction(alias, (tx) => tx.write("a.json", "{}"), { lockTimeoutMs: 0 }),
    locked,
  );
  await held.release();
  await transaction(alias, (tx) => tx.write("a.json", "{}"));
  const [content] = await readTogether(alias, ["a.json"]);
  assert.equal(content?.bytes, 2);
  await using store = await openStore(alias);
  await store.commit([{ key: "b.json", put: "[]" }]);
  assert.deepEqual((await store.list()).keys, ["a.json", "b.json"]);
  assert.ok(existsSync(join(real, "b.json")));
  assert.deepEqual(readdirSync(top).toSorted(), untouched);
});

test("generations, the quarantine and recovery behind a link are those of the file itself", async () => {
  const { top, real, alias } = scene();
  const path = `${alias}/a.json`;
  for (const v of [1, 2]) await writeFile(path, JSON.stringify({ v }), { generations: 5 });
  assert.equal((await history(path)).generations.length, (await history(join(real, "a.json"))).generations.length);
  assert.equal(Buffer.from((await readGeneration(path)).data).toString(), '{"v":1}');
  await restore(path, 1);
  assert.equal(readFileSync(join(real, "a.json"), "utf8"), '{"v":1}');

  writeFileSync(join(real, "a.json"), '{"v":');
  assert.equal((await scan(path)).counts.corrupt, 1);
  const done = await recover(path, { apply: true });
  assert.equal(done.failed, 0);
  assert.equal(readFileSync(join(real, "a.json"), "utf8"), '{"v":2}');
  assert.equal(readdirSync(join(real, ".untorn", "quarantine")).length, 1);

  await removeFile(path);
  assert.deepEqual((await recover(alias, { apply: true })).actions, []);
  assert.ok(!existsSync(join(real, "a.json")));
  assert.deepEqual(readdirSync(top).toSorted(), untouched);
});

test("what is refused beside a file is refused through `..` behind a link, too", async () => {
  const { top, real, alias } = scene();
  mkdirSync(join(top, "elsewhere"));
  symlinkSync(join(top, "elsewhere"), join(real, ".untorn"));
  writeFileSync(join(real, "a.json"), "1");
  await assert.rejects(writeFile(`${alias}/a.json`, "2", { generations: 5 }), { code: "UNTORN_PERMISSION" });
  assert.deepEqual(readdirSync(join(top, "elsewhere")), []);
});

test("of one file, the folders above it are asked whether a transaction is not over yet", async () => {
  const top = temporaryFolder();
  const root = join(top, "root");
  mkdirSync(join(root, ".untorn"), { recursive: true });
  mkdirSync(join(root, "real", "sub"), { recursive: true });
  symlinkSync(join(root, "real", "sub"), join(top, "link"));
  writeFileSync(join(root, ".untorn", "tx-1-1-0123abcd-1.journal"), "");
  const part = tempName(nodePort, "part", "a.json", [etagOf(Buffer.from("{}"))]);
  writeFileSync(join(root, "real", part), "{}");
  const { actions } = await recover(`${top}/link/../a.json`, { quietMs: 0 });
  assert.match(actions.map(({ reason }) => reason).join(), new RegExp(root), JSON.stringify(actions));
});

test("a configuration is looked for in the folder itself", () => {
  const { top, real, alias } = scene();
  writeFileSync(join(top, "untorn.config.json"), "{}");
  writeFileSync(join(real, "untorn.config.json"), "{}");
  assert.equal(findConfig(alias), join(real, "untorn.config.json"));
  assert.equal(findConfig(`${alias}//sub/..`), join(real, "untorn.config.json"));
  assert.equal(findConfig(`${top}/real/..`), join(top, "untorn.config.json"));
});
