import assert from "node:assert/strict";
import { test } from "node:test";
import type { Port } from "../../src/platform/index.ts";
import { describeCall, faultPlan, memoryPort, recordCalls, SimulatedCrash } from "../../src/testing/index.ts";

/** Eight calls: a plain protocol to put faults into. */
function save(port: Port, text: string): void {
  const { fs } = port;
  const handle = fs.open("/a.tmp", "create", 0o600);
  try {
    let bytes: Uint8Array = Buffer.from(text);
    while (bytes.byteLength > 0) bytes = bytes.subarray(fs.write(handle, bytes, null));
    fs.fsync(handle);
  } finally {
    fs.close(handle);
  }
  fs.rename("/a.tmp", "/a");
  fs.syncDirectory("/");
}

test("a fault fails the call that it names with the error that the system would give", () => {
  const port = memoryPort();
  const faulty = faultPlan(port, { fail: "ENOSPC", at: 2 });
  assert.throws(() => save(faulty, "new"), { code: "ENOSPC", syscall: "write", errno: -28 });
  assert.deepEqual(faulty.report, { calls: 3, faults: 1, crashed: false });
  assert.deepEqual(port.tree(), { "/a.tmp": "" });
  assert.deepEqual(port.openPaths(), []);
});

test("a code that libuv has no name for looks as Node shows it", () => {
  const faulty = faultPlan(memoryPort(), { fail: "EDQUOT", when: ({ verb }) => verb === "write" });
  assert.throws(() => save(faulty, "new"), { code: "UNKNOWN", errno: -122 });
});

test("a failing call may have had its effect", () => {
  const port = memoryPort();
  const faulty = faultPlan(port, { fail: "EIO", when: ({ verb }) => verb === "rename", after: true });
  assert.throws(() => save(faulty, "new"), { code: "EIO", syscall: "rename", path: "/a.tmp", dest: "/a" });
  assert.deepEqual(port.tree(), { "/a": "new" });
});

test("short writes are short, as often as the plan says", () => {
  const port = memoryPort();
  const faulty = faultPlan(port, { short: 1, times: 2, when: () => true });
  save(faulty, "three");
  assert.equal(faulty.report.calls, 8);
  assert.deepEqual(port.tree(), { "/a": "three" });
});

test("no call comes through after a crash, not even one in a finally block", () => {
  for (let at = 1; at <= 6; at += 1) {
    for (const crash of ["before", "after"] as const) {
      const port = memoryPort();
      const recorded = recordCalls(port);
      const faulty = faultPlan(recorded, { crash, at });
      assert.throws(() => save(faulty, "new"), SimulatedCrash);
      assert.equal(recorded.calls.length, crash === "before" ? at - 1 : at);
      assert.equal(faulty.report.crashed, true);
      assert.throws(() => faulty.fs.lstat("/"), SimulatedCrash);
      assert.throws(() => faulty.clock.pause(1), SimulatedCrash);
    }
  }
});

test("calls through `later` are counted, failed and stopped like the others", async () => {
  const faulty = faultPlan(memoryPort(), [
    { fail: "EIO", at: 2 },
    { crash: "before", at: 4 },
  ]);
  const handle = faulty.fs.open("/a", "create", 0o600);
  await assert.rejects(async () => faulty.later.fsync?.(handle), { code: "EIO" });
  assert.equal(await faulty.later.write?.(handle, Buffer.from("x"), null), 1);
  await assert.rejects(async () => faulty.later.fsync?.(handle), SimulatedCrash);
  await assert.rejects(async () => faulty.later.syncDirectory?.("/"), SimulatedCrash);
});

test("a call that was under way when the process stopped never answers with its result", async () => {
  const faulty = faultPlan(memoryPort(), { crash: "before", at: 3 });
  const handle = faulty.fs.open("/a", "create", 0o600);
  const slow = faulty.later.fsync?.(handle);
  assert.throws(() => faulty.fs.lstat("/a"), SimulatedCrash);
  await assert.rejects(async () => slow, SimulatedCrash);
});

test("recorded calls read as lines", () => {
  const recorded = recordCalls(memoryPort());
  save(recorded, "new");
  assert.deepEqual(recorded.calls.map(describeCall), [
    'open "/a.tmp" "create" 384',
    'write "/a.tmp" 3 bytes at the end',
    'fsync "/a.tmp"',
    'close "/a.tmp"',
    'rename "/a.tmp" "/a"',
    'syncDirectory "/"',
  ]);
});
