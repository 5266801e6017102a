// A lock that is taken again and again leaves its record there for a moment: see src/lock/rest.ts. That two never hold it at
// once is in interleaving.test.ts.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { acquire, assertHeld, holdersOf, lockFolderName, lockOn, release } from "../../src/lock/index.ts";
import { endRests } from "../../src/lock/rest.ts";
import type { Port } from "../../src/platform/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { runSync } from "../../src/protocol/index.ts";
import { faultPlan, memoryPort, recordCalls } from "../../src/testing/index.ts";

const path = "/state.json";
const folder = `/${lockFolderName("state.json")}`;

function takeAndGive(port: Port, mayRest = true): string {
  const held = runSync(port, acquire(port, path, { mayRest }));
  runSync(port, release(port, held));
  return held.fence;
}

test("the second time its record stays, is used again, and hinders nobody", () => {
  const machine = memoryPort({ locksRest: true });
  const port = recordCalls(machine);
  const other = machine.anotherProcess();
  assert.notEqual(takeAndGive(port), takeAndGive(port));
  assert.equal(port.fs.readdir(folder).length, 1);
  assert.deepEqual(runSync(other, holdersOf(other, folder)), []);
  const before = port.calls.length;
  const fence = takeAndGive(port);
  assert.equal(takeAndGive(port), fence);
  const made = port.calls.slice(before).filter(({ verb, args }) => verb === "open" && args[1] === "create");
  assert.deepEqual(made, []);
  // Another process removes it, as it would a dead one's.
  takeAndGive(other);
  assert.notEqual(takeAndGive(port), fence);
  runSync(port, endRests(port));
  assert.deepEqual(machine.tree(), {});
  assert.deepEqual([...machine.openPaths(), ...other.openPaths()], []);
});

test("a lock whose fence is given away never rests, and ends one that does", () => {
  const port = memoryPort({ locksRest: true });
  takeAndGive(port);
  const resting = takeAndGive(port);
  const fences = new Set([resting, takeAndGive(port, false), takeAndGive(port, false), takeAndGive(port, false)]);
  assert.equal(fences.size, 4);
  assert.deepEqual(port.openPaths(), []);
});

test("none rests where another user, who could not remove it, may take the lock", () => {
  for (const [mode, rests] of [
    [0o644, true],
    [0o664, false],
    [0o646, false],
  ] as const) {
    const port = memoryPort({ locksRest: true, umask: 0 });
    port.put(path, "{}", mode);
    takeAndGive(port);
    takeAndGive(port);
    assert.equal(port.fs.readdir(folder).length, rests ? 1 : 0, mode.toString(8));
  }
});

test("none rests where a file that is open is not gone when it is removed (Windows)", () => {
  const port = memoryPort({ locksRest: true, replaceMayBeRefused: true });
  for (let time = 0; time < 3; time += 1) {
    takeAndGive(port);
    const records = Object.keys(port.tree()).filter((each) => each.startsWith(`${folder}/`));
    assert.deepEqual([records, port.openPaths()], [[], []]);
  }
});

test("who has no kernel locks, and takes a resting record for a holder, gets its turn beside one that never stops", () => {
  const busy = memoryPort({ locksRest: true });
  const process = busy.anotherProcess();
  const traits = { value: { ...process.traits, kernelLocks: false } };
  const other = Object.create(process, { traits }) as Port;
  const outcomes: string[] = [];
  for (let time = 0; time < 60; time += 1) {
    takeAndGive(busy);
    try {
      runSync(other, release(other, runSync(other, acquire(other, path, { timeoutMs: 0 }))));
      outcomes.push("had");
    } catch (error) {
      outcomes.push((error as { code: string }).code);
    }
  }
  const kept = outcomes.indexOf("UNTORN_LOCKED");
  assert.ok(kept !== -1, "no record rested");
  assert.ok(outcomes.includes("had", kept), "it never had a turn once a record rested");
});

test("a lock that was given up is not held, also while its record rests", () => {
  const port = memoryPort({ locksRest: true });
  takeAndGive(port);
  const held = runSync(port, acquire(port, path, { mayRest: true }));
  runSync(port, release(port, held));
  assert.equal(port.fs.readdir(folder).length, 1);
  assert.throws(() => runSync(port, assertHeld(held)), { code: "UNTORN_LOCK_LOST" });
});

test("a full disk, on which the holder's description has no room, costs nobody the lock", () => {
  const port = memoryPort();
  const full = faultPlan(port, { fail: "ENOSPC", when: ({ verb }) => verb === "write" });
  const held = runSync(full, acquire(full, path, { timeoutMs: 0 }));
  assert.equal(runSync(port, holdersOf(port, folder))[0]?.pid, port.identity.pid);
  runSync(full, release(full, held));
  assert.deepEqual(port.tree(), {});
});

test("one that was broken while it was held is not used again, and a disk that answers nothing keeps nothing open", () => {
  const machine = memoryPort({ locksRest: true });
  let broken = false;
  const port = faultPlan(machine, { fail: "EIO", when: ({ verb }) => broken && verb !== "close" });
  takeAndGive(port);
  takeAndGive(port);
  const held = runSync(port, acquire(port, path, { mayRest: true }));
  for (const name of machine.fs.readdir(folder)) machine.fs.unlink(`${folder}/${name}`);
  runSync(port, release(port, held));
  assert.deepEqual(machine.openPaths(), []);
  const again = runSync(port, acquire(port, path, { mayRest: true }));
  broken = true;
  assert.throws(() => runSync(port, release(port, again)), { code: "UNTORN_IO" });
  assert.deepEqual(machine.openPaths(), []);
});

test("on a real machine all of it is gone a moment later", async (t) => {
  const place = mkdtempSync(join(tmpdir(), "untorn-rest-"));
  t.after(() => rmSync(place, { recursive: true, force: true }));
  const file = join(place, "state.json");
  for (let time = 0; time < 3; time += 1) {
    const held = runSync(nodePort, acquire(nodePort, file, { mayRest: true }));
    runSync(nodePort, release(nodePort, held));
  }
  for (let waited = 0; readdirSync(place).length > 0 && waited < 5000; waited += 20) await sleep(20);
  assert.deepEqual(readdirSync(place), []);
  await (await lockOn(nodePort).lock(file)).release();
});
