import assert from "node:assert/strict";
import { test } from "node:test";
import { recoveryOn } from "../../src/recovery/index.ts";
import { faultPlan, interceptPort, memoryPort, SimulatedCrash } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";

/** Other programs work in the same folder while it is scanned and recovered: what they remove is simply gone. */

function scene(): MemoryPort {
  const first = memoryPort();
  const dead = first.anotherProcess();
  first.putDirectory("/state/deep");
  first.put("/state/a.json", '{"cut');
  first.put("/state/a.json.tmp", '{"valid":1}');
  first.put("/state/a.json.tmp.999", "invalid");
  first.put("/state/b.json", '{"whole":1}');
  first.put("/state/b.json.tmp", '{"foreign":1}');
  const { pid, startTime, scope } = dead.identity;
  first.put(`/state/.b.json.untorn.${pid.toString(36)}-${startTime}-${scope}-${"r".padStart(16, "0")}.tmp`, "{}");
  first.put("/state/c.md.tmp", "# c\n");
  first.put("/state/deep/d.json", "not json");
  first.put("/state/.tmp_aB3xY9.json", "{}");
  first.clock.pause(600_000);
  dead.kill();
  return first;
}

test("a file or folder that somebody removes at any moment is neither unread nor a failure", () => {
  const victims = Object.keys(scene().tree()).filter((path) => typeof scene().tree()[path] === "string");
  assert.ok(victims.length >= 9, victims.join());
  let runs = 0;
  for (const apply of [false, true]) {
    for (const victim of [...victims, "/state/deep"]) {
      for (let at = 1; ; at += 1) {
        const port = scene();
        const other = port.anotherProcess();
        let calls = 0;
        const disturbed = interceptPort(port, {
          before(call) {
            calls = call.index;
            if (calls !== at) return undefined;
            if (victim === "/state/deep") removeAll(other, victim);
            else if (other.fs.lstat(victim) !== undefined) other.fs.unlink(victim);
            return undefined;
          },
        });
        const report = recoveryOn({ port: disturbed }).recoverSync("/state", { apply });
        const where = `${victim} removed before call ${at}: ${JSON.stringify(report, null, 1)}`;
        assert.equal(report.failed, 0, where);
        assert.equal(report.scan.counts.unreadable, undefined, where);
        if (apply && !victim.startsWith("/state/a.json"))
          assert.equal(port.tree()["/state/a.json"], '{"valid":1}', where);
        if (calls < at) break;
        runs += 1;
      }
    }
  }
  assert.ok(runs > 1000, `${runs} runs`);
});

function removeAll(port: MemoryPort, folder: string): void {
  if (port.fs.lstat(folder) === undefined) return;
  for (const { name, kind } of port.fs.entries(folder)) {
    if (kind === "directory") removeAll(port, `${folder}/${name}`);
    else port.fs.unlink(`${folder}/${name}`);
  }
  port.fs.rmdir(folder);
}

test("a folder that a settled transaction has made is looked into in the same run", () => {
  const port = memoryPort();
  port.putDirectory("/root");
  const committed = faultPlan(port, {
    crash: "before",
    when: ({ verb, args }) => verb === "mkdir" && args[0] === "/root/new",
  });
  assert.throws(
    () =>
      transactionsOn(committed).transactionSync("/root", (tx) => {
        tx.write("new/deep/a.json", '{"a":1}');
        tx.write("new/b.json", "{}");
      }),
    (error: Error) => error.cause instanceof SimulatedCrash,
  );
  const survivor = port.anotherProcess();
  port.kill();
  assert.equal(survivor.fs.lstat("/root/new"), undefined);
  const report = recoveryOn({ port: survivor }).recoverSync("/root", { apply: true });
  assert.deepEqual([report.counts, report.failed], [{ settle: 1 }, 0]);
  assert.equal(survivor.tree()["/root/new/deep/a.json"], '{"a":1}');
  assert.deepEqual([report.scan.folders, report.scan.documents], [3, 2]);
});
