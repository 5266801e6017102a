import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { lockFolderName, lockOn } from "../../src/lock/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { contender, temporaryFolder, ways } from "./processes.ts";
import type { Contender } from "./processes.ts";

const locks = lockOn(nodePort);

async function refused(one: Contender, timeoutMs: number): Promise<{ message: string; state: string; pid: number }> {
  one.tell({ op: "lock", timeoutMs });
  const { code, message, holders } = await one.hear("failed");
  assert.equal(code, "UNTORN_LOCKED");
  assert.equal(holders.length, 1);
  assert.equal(holders[0]?.host, hostname());
  assert.equal(holders[0]?.purpose, "a test");
  assert.match(holders[0]?.command ?? "", /contender\.js/);
  assert.ok(Math.abs(Date.now() - Date.parse(holders[0]?.since ?? "")) < 120_000);
  return { message, state: holders[0]?.state ?? "", pid: holders[0]?.pid ?? 0 };
}

for (const way of ways) {
  test(`${way.name}: a stopped holder is never robbed; a killed one is`, async (t) => {
    if (way.skip !== false) return t.skip(way.skip);
    const path = join(temporaryFolder(), "state.json");
    const [holder, other] = await Promise.all([1, 2].map(() => contender(way, path, `${path}.log`)));
    assert.ok(holder && other);
    holder.tell({ op: "lock", timeoutMs: 0 });
    await holder.hear("got");
    holder.child.kill("SIGSTOP");
    const { message, state, pid } = await refused(other, 2_000);
    assert.equal(state, "alive");
    assert.equal(pid, holder.pid);
    assert.match(
      message,
      new RegExp(`process ${holder.pid}, ".*contender\\.js.*", on .*, since .*, for "a test", which is alive`),
    );
    holder.child.kill("SIGCONT");
    holder.tell({ op: "assert" });
    assert.equal((await holder.hear("asserted")).code, null);
    await holder.kill();
    other.tell({ op: "lock", timeoutMs: 5_000 });
    await other.hear("got");
    await other.end();
  });

  test(`${way.name}: a reused pid is not taken for the holder`, { skip: process.platform !== "linux" }, async (t) => {
    if (way.skip !== false) return t.skip(way.skip);
    const folder = temporaryFolder();
    const path = join(folder, "state.json");
    const other = await contender(way, path, `${path}.log`);
    const lockFolder = join(folder, lockFolderName("state.json"));
    mkdirSync(lockFolder);
    const { pid, startTime, scope } = nodePort.identity;
    // This process lives; a holder with its pid that started at another time does not.
    writeFileSync(join(lockFolder, `xp-${pid}-${startTime}1-${scope}-0000000000000001`), "");
    other.tell({ op: "lock", timeoutMs: 0 });
    await other.hear("got");
    other.tell({ op: "release" });
    await other.hear("released");
    // The same record with the true start time is this very process: alive.
    mkdirSync(lockFolder, { recursive: true });
    writeFileSync(join(lockFolder, `xp-${pid}-${startTime}-${scope}-0000000000000002`), "");
    other.tell({ op: "lock", timeoutMs: 0 });
    const { holders } = await other.hear("failed");
    assert.deepEqual([holders[0]?.pid, holders[0]?.state], [pid, "alive"]);
    rmSync(lockFolder, { recursive: true });
    await other.end();
  });

  test(`${way.name}: a holder of whom nothing is proven keeps the lock until it is broken`, async (t) => {
    if (way.skip !== false) return t.skip(way.skip);
    const folder = temporaryFolder();
    const path = join(folder, "state.json");
    const other = await contender(way, path, `${path}.log`);
    const lockFolder = join(folder, lockFolderName("state.json"));
    mkdirSync(lockFolder);
    const { pid } = spawnSync("true");
    writeFileSync(join(lockFolder, `xp-${pid}-1-00000000-0000000000000001`), "");
    other.tell({ op: "lock", timeoutMs: 300 });
    const { holders, message } = await other.hear("failed");
    assert.equal(holders[0]?.state, "unknown");
    assert.match(message, /cannot tell whether it lives.*untorn lock --break/);
    assert.deepEqual(
      (await locks.breakLock(path)).map((robbed) => robbed.pid),
      [pid],
    );
    other.tell({ op: "lock", timeoutMs: 0 });
    await other.hear("got");
    await other.end();
    assert.deepEqual(readdirSync(folder), ["state.json.log"], "nothing stays after a normal exit without a release");
  });

  test(`${way.name}: a robbed holder knows at its next assertHeld, and hinders nobody`, async (t) => {
    if (way.skip !== false) return t.skip(way.skip);
    const path = join(temporaryFolder(), "state.json");
    const [holder, other] = await Promise.all([1, 2].map(() => contender(way, path, `${path}.log`)));
    assert.ok(holder && other);
    holder.tell({ op: "lock", timeoutMs: 0 });
    await holder.hear("got");
    assert.equal((await locks.breakLock(path))[0]?.pid, holder.pid);
    other.tell({ op: "lock", timeoutMs: 0 });
    await other.hear("got");
    holder.tell({ op: "assert" });
    assert.deepEqual(await holder.hear("asserted"), { event: "asserted", code: "UNTORN_LOCK_LOST", aborted: true });
    holder.tell({ op: "release" });
    await holder.hear("released");
    other.tell({ op: "assert" });
    assert.equal((await other.hear("asserted")).code, null, "the robbed one's release leaves the new holder alone");
    await Promise.all([holder.end(), other.end()]);
  });
}

const namespace = [
  ["unshare", "-p", "-f", "--mount-proc", "--kill-child=SIGKILL"],
  ["unshare", "-U", "-r", "-p", "-f", "--mount-proc", "--kill-child=SIGKILL"],
].find(([command = "", ...rest]) => spawnSync(command, [...rest, "true"]).status === 0);

for (const way of ways) {
  test(`${way.name}: two pid namespaces do not rob each other`, async (t) => {
    if (way.skip !== false) return t.skip(way.skip);
    if (namespace === undefined) return t.skip("unshare cannot make a pid namespace here");
    const path = join(temporaryFolder(), "state.json");
    const outside = await contender(way, path, `${path}.log`);
    const inside = await contender(way, path, `${path}.log`, namespace);
    // The kernel knows that a holder lives, wherever it is; a pid of another namespace proves nothing.
    const state = way.env.UNTORN_NATIVE === "1" ? "alive" : "unknown";
    inside.tell({ op: "lock", timeoutMs: 0 });
    await inside.hear("got");
    const seen = await refused(outside, 500);
    assert.equal(seen.state, state);
    inside.tell({ op: "release" });
    await inside.hear("released");
    outside.tell({ op: "lock", timeoutMs: 0 });
    await outside.hear("got");
    assert.equal((await refused(inside, 500)).state, state);
    outside.tell({ op: "release" });
    await outside.hear("released");
    inside.tell({ op: "lock", timeoutMs: 0 });
    await inside.hear("got");
    await inside.kill();
    outside.tell({ op: "lock", timeoutMs: 1_000 });
    if (state === "alive") await outside.hear("got");
    else assert.equal((await outside.hear("failed")).holders[0]?.state, "unknown");
    await outside.end();
  });
}
