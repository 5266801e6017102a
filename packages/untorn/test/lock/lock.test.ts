import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { lockedName, lockFolderName, lockOn } from "../../src/lock/index.ts";
import type { LockReport } from "../../src/lock/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { faultPlan } from "../../src/testing/index.ts";
import { temporaryFolder } from "./processes.ts";

const { lock, lockSync, withLock, listLocks, breakLock } = lockOn(nodePort);
const locked = { code: "UNTORN_LOCKED" };

test("every alias of a file has the same lock: links to it, to its folder, and links to nothing yet", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "real"));
  symlinkSync("real", join(folder, "alias"));
  symlinkSync("missing.json", join(folder, "real", "dangling"));
  symlinkSync(join(folder, "alias", "dangling"), join(folder, "chain"));
  const held = await lock(join(folder, "real", "missing.json"));
  for (const name of ["alias/missing.json", "real/dangling", "alias/dangling", "chain", "real/../alias/missing.json"]) {
    assert.throws(() => lockSync(join(folder, name), { timeoutMs: 0 }), locked, name);
    await assert.rejects(lock(`${folder}/${name}`, { timeoutMs: 0 }), locked, name);
  }
  await held.release();
  symlinkSync("loop", join(folder, "loop"));
  await assert.rejects(lock(join(folder, "loop")), { code: "UNTORN_SYMLINK_LOOP" });
});

test("folders can be locked, and a lock is beside what it locks, no more open than that", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "project"));
  writeFileSync(join(folder, "secret"), "", { mode: 0o600 });
  const held = [await lock(join(folder, "project")), await lock(join(folder, "secret"))];
  assert.ok(existsSync(join(folder, ".project.untorn.lock")));
  const secretLock = join(folder, ".secret.untorn.lock");
  assert.equal(statSync(secretLock).mode & 0o777, 0o700);
  const [record = ""] = readdirSync(secretLock);
  assert.equal(statSync(join(secretLock, record)).mode & 0o777, 0o600);
  await Promise.all(held.map((one) => one.release()));
  assert.deepEqual(readdirSync(folder).toSorted(), ["project", "secret"]);
  await assert.rejects(lock("/"), { code: "UNTORN_INVALID_ARGUMENT" });
});

test("lock names fit 255 bytes whatever the name, and two long names keep two locks", async () => {
  const folder = temporaryFolder();
  for (const name of ["a".repeat(255), "é".repeat(127), "😀".repeat(63), "a".repeat(243), "a".repeat(242), "x"]) {
    const made = lockFolderName(name);
    assert.ok(Buffer.byteLength(made) <= 255, made);
    assert.ok(!made.includes("\ufffd"));
    assert.notEqual(lockFolderName(`${name.slice(0, -2)}zz`), made);
    assert.ok(lockedName(made) !== undefined);
    await (await lock(join(folder, name))).release();
  }
  assert.equal(lockedName(lockFolderName("STATE.md")), "STATE.md");
  assert.equal(lockedName(".untorn.lock"), undefined);
});

test("on a filesystem that has become read-only a lock is refused at once, also where a record stayed", async () => {
  const path = join(temporaryFolder(), "state.json");
  let readOnly = false;
  const when = ({ verb, args }: { verb: string; args: readonly unknown[] }): boolean =>
    readOnly && (verb === "unlink" || verb === "mkdir" || (verb === "open" && args[1] !== "read"));
  const onDisk = lockOn(faultPlan(nodePort, { fail: "EROFS", when }));
  const held = await onDisk.lock(path);
  readOnly = true;
  await assert.rejects(held.release(), { code: "UNTORN_READ_ONLY" });
  const started = performance.now();
  await assert.rejects(onDisk.lock(path), { code: "UNTORN_READ_ONLY", phase: "lock", outcome: "unchanged" });
  assert.ok(performance.now() - started < 5000, "it waited for a record that nobody can remove");
  // It can still be looked at.
  assert.equal((await onDisk.listLocks(join(path, ".."))).locks.length, 1);
  readOnly = false;
  await (await onDisk.lock(path)).release();
});

test("shared holders keep exclusive ones out, and the other way round", async () => {
  const path = join(temporaryFolder(), "state.json");
  const one = lockSync(path, { shared: true });
  const two = await lock(path, { shared: true, timeoutMs: 0 });
  await assert.rejects(lock(path, { timeoutMs: 0 }), (error: { holders: unknown[] }) => error.holders.length === 2);
  await one.release();
  await assert.rejects(lock(path, { timeoutMs: 0 }), locked);
  await two.release();
  const alone = await lock(path, { timeoutMs: 0 });
  assert.throws(() => lockSync(path, { shared: true }), locked);
  await alone.release();
});

test("waiters of one process come first come first served, and shared ones together", async () => {
  const path = join(temporaryFolder(), "state.json");
  const order: number[] = [];
  const first = await lock(path);
  const later = Array.from({ length: 50 }, (_, i) => withLock(path, {}, () => void order.push(i)));
  const impatient = assert.rejects(lock(path, { timeoutMs: 50 }), /waited \d+ ms.*|locked by process/);
  await impatient;
  await first.release();
  await Promise.all(later);
  assert.deepEqual(
    order,
    later.map((_, i) => i),
  );
  const gate = await lock(path);
  const together = [1, 2, 3].map(() => lock(path, { shared: true }));
  await gate.release();
  await Promise.all((await Promise.all(together)).map((one) => one.release()));
});

test("a call that blocks the thread does not wait for its own process", async () => {
  const path = join(temporaryFolder(), "state.json");
  const held = await lock(path, { purpose: "a \u001b[31mred\u0007 purpose" });
  const started = performance.now();
  assert.throws(() => lockSync(path, { timeoutMs: 60_000 }), {
    code: "UNTORN_LOCKED",
    message: /\(this process\).*a \\u001b\[31mred\\u0007 purpose/,
  });
  assert.ok(performance.now() - started < 10_000);
  await held.release();
});

test("a wait ends when its signal aborts, on the disk and in line", async () => {
  const path = join(temporaryFolder(), "state.json");
  const held = await lock(path);
  const reason = new Error("enough");
  await assert.rejects(lock(path, { signal: AbortSignal.abort(reason) }), { code: "UNTORN_ABORTED", cause: reason });
  const later = new AbortController();
  setTimeout(() => later.abort(), 30);
  await assert.rejects(lock(path, { signal: later.signal, timeoutMs: Number.POSITIVE_INFINITY }), {
    code: "UNTORN_ABORTED",
  });
  await held.release();
  const folder = join(path, "..", lockFolderName("state.json"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "xp-1-1-00000000-0000000000000001"), "");
  const other = AbortSignal.timeout(30);
  await assert.rejects(lock(path, { signal: other, timeoutMs: Number.POSITIVE_INFINITY }), { code: "UNTORN_ABORTED" });
});

test("a lost lock aborts the handle's signal by itself, and every assertHeld throws", async () => {
  const path = join(temporaryFolder(), "state.json");
  const held = await lock(path);
  const { signal } = held;
  held.assertHeld();
  await breakLock(path);
  // The check does not keep the process alive; this does.
  const keep = setTimeout(() => undefined, 20_000);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  clearTimeout(keep);
  assert.equal((signal.reason as { code: string }).code, "UNTORN_LOCK_LOST");
  assert.throws(() => held.assertHeld(), { code: "UNTORN_LOCK_LOST", outcome: "unchanged" });
  await held.release();
  const again = await lock(path);
  rmSync(join(path, "..", lockFolderName("state.json")), { recursive: true });
  assert.throws(() => again.assertHeld(), { code: "UNTORN_LOCK_LOST" });
  await again[Symbol.asyncDispose]();
  const third = lockSync(path);
  third[Symbol.dispose]();
  third[Symbol.dispose]();
  assert.throws(() => third.assertHeld(), /released already/);
  assert.equal(third.signal.aborted, false);
});

test("withLock releases whatever happens, and passes on what it returns or throws", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "state.json");
  assert.equal(await withLock(path, {}, (held) => held.fence.length), 16);
  await assert.rejects(
    withLock(path, {}, () => Promise.reject(new Error("mine"))),
    /mine/,
  );
  await (await lock(path, { timeoutMs: 0 })).release();
});

test("a lock taken again and again keeps its folder for a moment only", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "state.json");
  for (let i = 0; i < 20; i++) await (await lock(path)).release();
  for (let tries = 0; readdirSync(folder).length > 0 && tries < 500; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(readdirSync(folder), []);
});

test("the list names every holder in a folder and below, and does not follow links", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "deep", "er"), { recursive: true });
  symlinkSync("..", join(folder, "deep", "up"));
  const one = await lock(join(folder, "deep", "er", "a.json"), { purpose: "plan 01-02" });
  const two = await lock(join(folder, "b.md"), { shared: true });
  const { locks, unread } = await listLocks(folder);
  assert.deepEqual(unread, []);
  assert.deepEqual(
    locks.map(({ path, holders }) => [
      path,
      holders.map(({ pid, state, shared, purpose }) => [pid, state, shared, purpose]),
    ]),
    [
      [join(folder, "b.md"), [[process.pid, "alive", true, undefined]]],
      [join(folder, "deep", "er", "a.json"), [[process.pid, "alive", false, "plan 01-02"]]],
    ],
  );
  await Promise.all([one.release(), two.release()]);
  assert.deepEqual((await listLocks(folder)).locks, []);
  await assert.rejects(listLocks(join(folder, "none")), { code: "UNTORN_NOT_FOUND" });
});

test("wrong arguments touch nothing; a missing folder and a full path are told apart", async () => {
  for (const options of [{ timeoutMs: -1 }, { timeoutMs: Number.NaN }, { purpose: 7 }, { shared: 1 }, { signal: {} }]) {
    await assert.rejects(lock("x", options as object), { code: "UNTORN_INVALID_ARGUMENT", phase: "arguments" });
  }
  await assert.rejects(lock(""), { code: "UNTORN_INVALID_ARGUMENT" });
  await assert.rejects(lock("a\0b"), { code: "UNTORN_INVALID_ARGUMENT" });
  await assert.rejects(lock(join(temporaryFolder(), "no", "file")), { code: "UNTORN_NOT_FOUND", phase: "lock" });
});

test("the diagnostics channel tells waits, holds and outcomes", async () => {
  const path = join(temporaryFolder(), "state.json");
  const seen: LockReport[] = [];
  const listen = (message: unknown): void => void seen.push(message as LockReport);
  subscribe("untorn:lock", listen);
  const held = await lock(path, { purpose: "p" });
  await assert.rejects(lock(path, { timeoutMs: 20 }), locked);
  await assert.rejects(lock(path, { signal: AbortSignal.abort() }));
  await held.release();
  const robbed = await lock(path);
  await breakLock(path);
  await robbed.release();
  unsubscribe("untorn:lock", listen);
  assert.deepEqual(
    seen.map(({ outcome }) => outcome),
    ["acquired", "timed-out", "aborted", "released", "acquired", "lost"],
  );
  assert.ok((seen[3]?.holdMs ?? 0) >= 15 && (seen[1]?.waitMs ?? 0) >= 15);
});
