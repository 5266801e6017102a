import assert from "node:assert/strict";
import { test } from "node:test";
import { acquire, release } from "../../src/lock/index.ts";
import { runSync } from "../../src/protocol/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import { faultPlan, interceptPort, memoryPort } from "../../src/testing/index.ts";
import type { Call, MemoryPort } from "../../src/testing/index.ts";
import { own, put } from "./own-temps.ts";

const file = "/state/registry.json";
const temp = `${file}.tmp.4242`;

/** A file that is cut off, and a whole temp beside it. */
function broken(uid?: number): MemoryPort {
  const port = memoryPort(uid === undefined ? {} : { uid });
  put(port, file, '{"items":');
  put(port, temp, '{"items":[1]}');
  port.clock.pause(600_000);
  return port;
}

const kept = (port: MemoryPort): (string | null)[] =>
  Object.entries(port.tree()).flatMap(([path, content]) => (path.includes("/quarantine/") ? [content] : []));

test("where a damaged file cannot be kept, nothing takes its place", () => {
  const port = broken();
  const failing = faultPlan(port, { fail: "EIO", when: ({ verb, args }) => verb === "link" && args[0] === file });
  const report = recoveryOn({ port: failing }).recoverSync("/state", { apply: true });
  assert.deepEqual(
    report.actions.map(({ kind, outcome }) => [kind, outcome]),
    [["keep", "failed"]],
  );
  assert.deepEqual([port.tree()[file], port.tree()[temp], kept(port)], ['{"items":', '{"items":[1]}', []]);
  assert.equal(recoveryOn({ port }).recoverSync("/state", { apply: true }).failed, 0);
  assert.deepEqual([port.tree()[file], kept(port)], ['{"items":[1]}', ['{"items":']]);
});

test("what takes a damaged file's place has its mode and its owner", () => {
  const port = broken(0);
  const handle = port.fs.open(file, "overwrite", 0);
  port.fs.chown(handle, 12, 34);
  port.fs.chmod(handle, 0o640);
  port.fs.close(handle);
  recoveryOn({ port }).recoverSync("/state", { apply: true });
  const { mode, uid, gid } = port.fs.lstat(file) ?? {};
  assert.deepEqual([port.tree()[file], mode, uid, gid], ['{"items":[1]}', 0o640, 12, 34]);
});

test("a temp that is written to after the scan is not taken: all is looked at anew under the lock", () => {
  const port = broken();
  let begun = false;
  const racing = interceptPort(port, {
    before({ verb, path }: Call) {
      if (verb === "tryLock" && path.includes("registry.json") && !begun) {
        begun = true;
        port.put(temp, '{"items":[1],"more":[]}');
      }
      return undefined;
    },
  });
  const report = recoveryOn({ port: racing }).recoverSync("/state", { apply: true });
  assert.ok(begun);
  assert.match(report.actions.find(({ path }) => path === temp)?.reason ?? "", /it may still be written/);
  assert.deepEqual([port.tree()[file], port.tree()[temp]], ['{"items":', '{"items":[1],"more":[]}']);
});

test("while somebody keeps generations of a file, nothing is done to it", () => {
  const port = memoryPort();
  const folder = "/state/.untorn/generations/registry.json";
  const whole = '{"items":[1]}';
  port.putDirectory(folder);
  put(port, `${folder}/00000001-${own.digest(whole)}`, whole);
  put(port, file, '{"items":');
  const other = port.anotherProcess();
  const held = runSync(other, acquire(other, folder, { timeoutMs: 0, overJournals: true }));
  const report = recoveryOn({ port }).recoverSync("/state", { apply: true });
  assert.equal(report.failed, 1);
  assert.match(report.actions[0]?.reason ?? "", /the file is locked/);
  assert.equal(port.tree()[file], '{"items":');
  runSync(other, release(other, held));
  assert.equal(recoveryOn({ port }).recoverSync("/state", { apply: true }).failed, 0);
  assert.equal(port.tree()[file], whole);
});

test("what lies in the work folder goes to the quarantine there is, and makes no work folder of its own", () => {
  const port = memoryPort();
  const part = `/state/.untorn/.a.json.untorn.9zz-1-00000000-${"0".repeat(16)}-${own.digest("x")}.part`;
  port.putDirectory("/state/.untorn");
  put(port, part, "x");
  port.clock.pause(600_000);
  const report = recoveryOn({ port }).recoverSync("/state", { apply: true });
  assert.deepEqual(
    report.actions.map(({ kind, path, kept: place }) => [kind, path, place?.slice(0, place.lastIndexOf("/"))]),
    [["quarantine", part, "/state/.untorn/quarantine"]],
  );
});

test("a program that takes its temp up again while it is adopted does not write into the file", () => {
  const port = memoryPort();
  put(port, temp, '{"items":[1]}');
  port.clock.pause(600_000);
  let linked = false;
  let wrote = false;
  const racing = interceptPort(port, {
    before({ verb, args }: Call) {
      if (linked && !wrote) {
        wrote = true;
        const handle = port.fs.open(temp, "append", 0o644);
        port.fs.write(handle, Buffer.from("more"), null);
        port.fs.close(handle);
      }
      linked ||= verb === "link" && args[1] === file;
      return undefined;
    },
  });
  recoveryOn({ port: racing }).recoverSync("/state", { apply: true });
  assert.ok(wrote);
  assert.deepEqual([port.tree()[file], port.tree()[temp]], ['{"items":[1]}', "more"]);
});
