import assert from "node:assert/strict";
import { test } from "node:test";
import { Files, tempName } from "../../src/atomic/index.ts";
import { runSync } from "../../src/protocol/index.ts";
import { boundQuarantine, quarantineBounds } from "../../src/quarantine/index.ts";
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
  for (const name of ["plain", tempName(port, "tmp", "full")]) put(port, `/state/.untorn-probe-1a2b/${name}`, "{}\n");
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

test("a probe folder that was exchanged for a link since it was looked at is left alone, and so is what no probe makes", () => {
  const port = memoryPort();
  const probe = "/state/.untorn-probe-1a2b";
  put(port, `${probe}/plain`, "{}\n");
  put(port, "/victim/plain", "precious");
  put(port, "/victim/precious", "precious");
  put(port, "/state/a.json", "{}");
  port.clock.pause(61_000);
  const swap = (): void => {
    if (port.fs.lstat(probe)?.kind !== "directory") return;
    port.fs.rename(probe, "/state/.aside");
    port.symlink("/victim", probe);
  };
  const report = recoveryOn({ port }).recoverSync("/state", { apply: true, onProgress: swap });
  assert.equal(port.fs.lstat(probe)?.kind, "symlink", "the exchange came too late to test anything");
  assert.deepEqual(port.fs.readdir("/victim").toSorted(), ["plain", "precious"]);
  assert.deepEqual([report.counts, report.failed], [{ remove: 1 }, 1]);

  const other = memoryPort();
  for (const name of ["plain", "notes.txt"]) put(other, `${probe}/${name}`, "{}\n");
  other.clock.pause(61_000);
  assert.equal(recoveryOn({ port: other }).recoverSync("/state", { apply: true }).failed, 1);
  assert.deepEqual(other.fs.readdir(probe), ["notes.txt"]);
});

test("in a shared folder (/tmp) a stranger's probe folder is left alone, and so is a stranger's quarantine", () => {
  const port = memoryPort();
  const probe = "/state/.untorn-probe-1a2b";
  put(port, `${probe}/plain`, "{}\n");
  const stranger = 4711;
  port.give("/state", { mode: 0o1777, uid: 0 });
  port.give(probe, { mode: 0o777, uid: stranger });
  port.putDirectory("/victim");
  for (let at = 0; at <= quarantineBounds.files; at += 1) put(port, `/victim/${at}`, "");
  port.putDirectory("/state/.untorn");
  port.symlink("/victim", "/state/.untorn/quarantine");
  port.give("/state/.untorn", { mode: 0o777, uid: stranger });
  // Something to do, since the quarantine's bounds are kept after that.
  put(port, "/state/.a.json.untorn.1-1-00000001-aaaaaaaaaaaaa-0000000000000000.tmp", "{");
  port.clock.pause(61_000);
  const report = recoveryOn({ port }).recoverSync("/state", { apply: true });
  assert.deepEqual(port.fs.readdir(probe), ["plain"]);
  assert.ok(report.scan.skipped.some(({ path, matters }) => path === probe && !matters));
  assert.ok(report.actions.length > 0, "nothing was done");
  assert.equal(port.fs.readdir("/victim").length, quarantineBounds.files + 1);
  assert.equal(report.droppedFiles, 0);
  port.give("/state/.untorn", { mode: 0o777, uid: 0 });
  assert.deepEqual(runSync(port, boundQuarantine("/state/.untorn")), [], "behind a link is no quarantine either");
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
