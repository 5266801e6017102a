import assert from "node:assert/strict";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import { faultPlan, memoryPort, SimulatedCrash } from "../../src/testing/index.ts";
import { put } from "./own-temps.ts";

test("a file that was being made when its writer was killed is no loss; another program's half temp may be one", () => {
  const port = memoryPort();
  port.putDirectory("/state");
  const survivor = port.anotherProcess();
  const plan = faultPlan(port, { crash: "before", when: ({ verb }) => verb === "fsync" });
  assert.throws(
    () => new Files(plan).writeFileSync("/state/new.json", '{"a":1}', {}),
    (error: Error) => error instanceof SimulatedCrash || error.cause instanceof SimulatedCrash,
  );
  port.kill();
  const [temp = ""] = port.fs.readdir("/state");
  const handle = port.fs.open(`/state/${temp}`, "lock", 0);
  port.fs.truncate(handle, 3);
  port.fs.close(handle);
  const { counts, failed } = recoveryOn({ port: survivor }).recoverSync("/state", { apply: true, quietMs: 0 });
  assert.deepEqual([counts, failed], [{ quarantine: 1 }, 0]);

  const other = memoryPort();
  put(other, "/state/new.json.tmp.9999", '{"a');
  assert.deepEqual(recoveryOn({ port: other }).recoverSync("/state", { apply: true, quietMs: 0 }).counts, {
    lost: 1,
    quarantine: 1,
  });
});

test("a folder in which the filesystem was tried out is left alone until it is quiet, then removed", () => {
  const port = memoryPort();
  for (const name of ["plain", ".full.untorn.tmp"]) put(port, `/state/.untorn-probe-1a2b/${name}`, "{}\n");
  const recoveries = recoveryOn({ port });
  assert.deepEqual(recoveries.scanSync("/state").counts, {});
  assert.equal(recoveries.scanSync("/state").liveTemps, 1);
  port.clock.pause(61_000);
  assert.deepEqual(recoveries.scanSync("/state").counts, { orphan: 1 });
  assert.deepEqual(recoveries.recoverSync("/state").counts, { remove: 1 });
  assert.ok(port.fs.readdir("/state").length > 0, "nothing is removed without apply");
  const report = recoveries.recoverSync("/state", { apply: true });
  assert.deepEqual([report.counts, report.failed], [{ remove: 1 }, 0]);
  assert.deepEqual(port.fs.readdir("/state"), []);
});

test("what cannot be read under the lock is no success", () => {
  const port = memoryPort();
  put(port, "/state/a.json", '{"a');
  put(port, "/state/a.json.tmp.9999", '{"a":1}');
  let reads = 0;
  // It is read when it is looked for, and again under the lock.
  const plan = faultPlan(port, {
    fail: "EIO",
    when: ({ verb, path }) => verb === "open" && path === "/state/a.json" && (reads += 1) > 1,
    times: 1,
  });
  const report = recoveryOn({ port: plan }).recoverSync("/state", { apply: true, quietMs: 0 });
  assert.ok(reads > 1);
  assert.equal(report.failed, 1, JSON.stringify(report.actions));
  assert.equal(port.tree()["/state/a.json"], '{"a');
  assert.equal(recoveryOn({ port }).recoverSync("/state", { apply: true, quietMs: 0 }).failed, 0);
  assert.equal(port.tree()["/state/a.json"], '{"a":1}');
});

test("a place that the system refuses to look at is an error that says that nothing was changed", () => {
  const port = memoryPort();
  port.putDirectory("/state");
  const plan = faultPlan(port, { fail: "EIO", at: 1 });
  assert.throws(() => recoveryOn({ port: plan }).recoverSync("/state", { apply: true }), {
    name: "UntornError",
    code: "UNTORN_IO",
    outcome: "unchanged",
  });
});
