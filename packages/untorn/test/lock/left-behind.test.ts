import assert from "node:assert/strict";
import { test } from "node:test";
import { acquire, release } from "../../src/lock/index.ts";
import type { Port } from "../../src/platform/index.ts";
import { runSync } from "../../src/protocol/index.ts";
import { faultPlan, memoryPort } from "../../src/testing/index.ts";

const path = "/state.json";

/** A machine without kernel locks, where removing a record fails so many times. */
function machine(times: number): Port & { readonly report: { readonly faults: number } } {
  const port = memoryPort({ kernelLocks: false });
  return faultPlan(port, { fail: "EIO", times, when: ({ verb }) => verb === "unlink" });
}

test("without kernel locks, a record that cannot be removed for a moment does not keep the lock", () => {
  const port = machine(1);
  runSync(port, release(port, runSync(port, acquire(port, path, { timeoutMs: 0 }))));
  assert.equal(port.report.faults, 1);
  assert.deepEqual(port.fs.readdir("/"), []);
});

test("one that cannot be removed at all is known for dead by its own process, which removes it later", () => {
  const port = machine(2);
  const first = runSync(port, acquire(port, path, { timeoutMs: 0 }));
  assert.throws(() => runSync(port, release(port, first)), { code: "UNTORN_IO" });
  assert.equal(port.fs.readdir("/.state.json.untorn.lock").length, 1);
  runSync(port, release(port, runSync(port, acquire(port, path, { timeoutMs: 0 }))));
  assert.deepEqual(port.fs.readdir("/"), []);
});

test("a lock's folder that others remove and make again is stale for a moment (FUSE, NFS); one that stays so is told", () => {
  for (const verb of ["readdir", "open"] as const) {
    const stale = (times: number): Port =>
      faultPlan(memoryPort(), {
        fail: "ESTALE",
        times,
        when: (c) => c.verb === verb && c.path.includes(".untorn.lock"),
      });
    const port = stale(3);
    runSync(port, release(port, runSync(port, acquire(port, path, { timeoutMs: 0 }))));
    assert.deepEqual(port.fs.readdir("/"), [], verb);
    const never = stale(1000);
    assert.throws(() => runSync(never, acquire(never, path, { timeoutMs: 0 })), {
      code: "UNTORN_IO",
      systemCode: "ESTALE",
    });
  }
});

test("another user's folder that refuses us and goes is made anew; one around it that refuses us is told at once", () => {
  const port = memoryPort();
  const folder = "/.state.json.untorn.lock";
  port.fs.mkdir(folder, 0o755);
  const passing = faultPlan(port, {
    fail: "EACCES",
    times: 1,
    when: ({ verb, args }) => {
      if (verb !== "open" || args[1] !== "create") return false;
      port.fs.rmdir(folder);
      return true;
    },
  });
  runSync(port, release(passing, runSync(passing, acquire(passing, path, { timeoutMs: 0 }))));
  assert.deepEqual([passing.report.faults, port.fs.readdir("/")], [1, []]);

  const never = faultPlan(memoryPort(), { fail: "EACCES", when: ({ verb }) => verb === "mkdir" });
  assert.throws(() => runSync(never, acquire(never, path, { timeoutMs: 60_000 })), {
    code: "UNTORN_PERMISSION",
    systemCode: "EACCES",
  });
});
