import assert from "node:assert/strict";
import { test } from "node:test";
import { lockOn } from "../../src/lock/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import { faultPlan, memoryPort, SimulatedCrash } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import { Files } from "../../src/atomic/index.ts";

/** What interrupted transactions, in-place writes and locks left, found by a scan and brought to its end by a recovery. */

function crashAt(
  port: MemoryPort,
  when: (verb: string, args: readonly unknown[]) => boolean,
  work: (port: MemoryPort) => unknown,
): MemoryPort {
  const survivor = port.anotherProcess();
  const plan = faultPlan(port, { crash: "after", when: ({ verb, args }) => when(verb, args) });
  assert.throws(
    () => work(plan as unknown as MemoryPort),
    (error: Error) => error instanceof SimulatedCrash || error.cause instanceof SimulatedCrash,
  );
  port.kill();
  return survivor;
}

function halfCommitted(): MemoryPort {
  const port = memoryPort();
  port.put("/root/a.json", '{"old":"a"}');
  port.put("/root/b.json", '{"old":"b"}');
  return crashAt(
    port,
    (verb, args) => verb === "rename" && args[1] === "/root/a.json",
    (crashing) =>
      transactionsOn(crashing).transactionSync("/root", (tx) => {
        tx.write("a.json", '{"new":"a"}');
        tx.write("b.json", '{"new":"b"}');
      }),
  );
}

test("a half applied transaction is found, and completed before anything else", () => {
  const port = halfCommitted();
  const recoveries = recoveryOn({ port });
  assert.equal(recoveries.scanSync("/root").counts.transaction, 1);
  const plan = recoveries.recoverSync("/root");
  assert.match(plan.actions[0]?.reason ?? "", /a committed transaction is completed .*replace b\.json/);
  const report = recoveries.recoverSync("/root", { apply: true });
  assert.equal(report.failed, 0);
  assert.deepEqual([port.tree()["/root/a.json"], port.tree()["/root/b.json"]], ['{"new":"a"}', '{"new":"b"}']);
  const { counts } = recoveries.scanSync("/root");
  assert.deepEqual(counts, {});
});

test("a file that a completed transaction has removed is not looked for, and one that it has made is looked at", () => {
  const port = memoryPort();
  port.put("/root/a.json", '{"old":"a"}');
  port.put("/root/gone.json", '{"old":"gone"}');
  const survivor = crashAt(
    port,
    (verb, args) => verb === "rename" && args[1] === "/root/a.json",
    (crashing) =>
      transactionsOn(crashing).transactionSync("/root", (tx) => {
        tx.write("a.json", '{"new":"a"}');
        tx.write("made.json", '{"new":');
        tx.remove("gone.json");
      }),
  );
  const { failed, scan } = recoveryOn({ port: survivor }).recoverSync("/root", { apply: true });
  assert.equal(failed, 0);
  assert.deepEqual([scan.skipped, scan.counts.unreadable], [[], undefined]);
  assert.deepEqual(
    scan.findings.filter(({ kind }) => kind === "corrupt").map(({ path }) => path),
    ["/root/made.json"],
  );
});

test("one that cannot be completed is left alone, unless it is to be abandoned; then it is set aside", () => {
  const port = halfCommitted();
  const staged = Object.keys(port.tree()).filter((path) => path.includes("b.json") && path.endsWith(".part"));
  for (const path of staged) port.fs.unlink(path);
  const recoveries = recoveryOn({ port });
  const refused = recoveries.recoverSync("/root", { apply: true });
  assert.equal(refused.failed, 1);
  assert.match(refused.actions[0]?.error ?? "", /cannot be completed.*--policy abandon/);
  assert.equal(recoveries.scanSync("/root").counts.transaction, 1);
  const report = recoveries.recoverSync("/root", { apply: true, policy: "abandon" });
  assert.deepEqual([report.failed, report.counts.abandon], [0, 1]);
  assert.equal(port.tree()["/root/b.json"], '{"old":"b"}');
  assert.ok(Object.keys(port.tree()).some((path) => /quarantine\/.*\.journal$/.test(path)));
  assert.equal(recoveries.scanSync("/root").counts.transaction, undefined);
});

test("an interrupted in-place write is brought to its end before the file is judged", () => {
  const port = memoryPort();
  port.put("/s/a.json", '{"version":"old, and longer"}');
  port.mount("/s/a.json");
  let writes = 0;
  const survivor = crashAt(
    port,
    // The first write is the temp, the second the backup, the third goes into the file itself.
    (verb) => verb === "write" && (writes += 1) === 3,
    (crashing) => new Files(crashing).writeFileSync("/s/a.json", '{"version":"new"}', { inPlace: "journaled" }),
  );
  const broken = survivor.tree()["/s/a.json"] ?? "";
  assert.throws(() => JSON.parse(broken), `it was not interrupted in the middle: ${broken}`);
  const plan = recoveryOn({ port: survivor }).recoverSync("/s");
  assert.deepEqual(
    plan.actions.map(({ kind }) => kind),
    ["finish"],
  );
  const report = recoveryOn({ port: survivor }).recoverSync("/s", { apply: true });
  assert.equal(report.failed, 0, JSON.stringify(report.actions));
  assert.equal(report.counts.finish, 1);
  assert.equal(survivor.tree()["/s/a.json"], '{"version":"old, and longer"}');
  const left = Object.keys(survivor.tree()).filter((path) => path.includes(".untorn."));
  assert.deepEqual(
    left.filter((path) => !path.includes("quarantine")),
    [],
  );
});

test("a dead holder's lock is found and cleared away; a living one's is not", () => {
  const port = memoryPort();
  port.put("/s/a.json", "{}");
  port.put("/s/b.json", "{}");
  const other = port.anotherProcess();
  const survivor = port.anotherProcess();
  lockOn(port).lockSync("/s/a.json");
  lockOn(other).lockSync("/s/b.json");
  port.kill();
  const recoveries = recoveryOn({ port: survivor });
  assert.deepEqual(
    recoveries.scanSync("/s").findings.map(({ kind, path }) => `${kind} ${path}`),
    ["lock /s/.a.json.untorn.lock"],
  );
  assert.equal(recoveries.recoverSync("/s", { apply: true }).counts.unlock, 1);
  assert.equal(survivor.tree()["/s/.a.json.untorn.lock"], undefined);
  assert.equal(survivor.tree()["/s/.b.json.untorn.lock"], null);
});

test("a file whose lock a living process holds is left alone", () => {
  const port = memoryPort();
  port.put("/s/a.json", "broken");
  port.put("/s/a.json.tmp.9999", "{}");
  const holder = lockOn(port.anotherProcess()).lockSync("/s/a.json");
  port.clock.pause(600_000);
  const report = recoveryOn({ port }).recoverSync("/s", { apply: true });
  assert.deepEqual(
    report.actions.map(({ kind, outcome }) => `${kind} ${outcome}`),
    ["leave failed"],
  );
  assert.match(report.actions[0]?.error ?? "", /locked/);
  assert.equal(port.tree()["/s/a.json"], "broken");
  holder[Symbol.dispose]();
  recoveryOn({ port }).recoverSync("/s", { apply: true });
  assert.equal(port.tree()["/s/a.json"], "{}");
});

const byText = (a: string | null = "", b: string | null = ""): number => ((a ?? "") < (b ?? "") ? -1 : 1);

/** Recovers while another program, which takes no locks, is faster by one call: the file's content, and what is kept. */
function recoverRacing(
  port: MemoryPort,
  isMoment: (verb: string, to: unknown) => boolean,
): { readonly now: unknown; readonly kept: (string | null)[] } {
  port.put("/s/a.json.tmp.9999", '{"stale":true}');
  port.clock.pause(600_000);
  let done = false;
  const racing = faultPlan(port, {
    fail: "EIO",
    when({ verb, args }) {
      if (!done && isMoment(verb, args[1])) {
        done = true;
        if (port.fs.lstat("/s/a.json") !== undefined) port.fs.unlink("/s/a.json");
        port.put("/s/a.json", '{"fresh":true}');
      }
      return false;
    },
  });
  const report = recoveryOn({ port: racing }).recoverSync("/s", { apply: true });
  assert.ok(done);
  // The plan is made anew: beside a whole file, what another program left is set aside.
  assert.equal(report.failed, 0, JSON.stringify(report.actions));
  const kept = Object.entries(port.tree()).filter(([path]) => path.startsWith("/s/.untorn/quarantine/"));
  return { now: port.tree()["/s/a.json"], kept: kept.map(([, content]) => content).toSorted(byText) };
}

test("a file that appears while it is being recovered is never replaced", () => {
  const found = recoverRacing(memoryPort(), (verb, to) => verb === "link" && to === "/s/a.json");
  assert.deepEqual(found, { now: '{"fresh":true}', kept: ['{"stale":true}'] });
});

test("a corrupt file that somebody mends while it is being recovered is never replaced", () => {
  const port = memoryPort();
  port.put("/s/a.json", "broken");
  const found = recoverRacing(port, (verb) => verb === "fsync");
  assert.deepEqual(found, { now: '{"fresh":true}', kept: ["broken", '{"stale":true}'] });
});

test("a log of which only some lines are bad stays as it is: anything older would have less", () => {
  const port = memoryPort();
  port.put("/s/a.jsonl.tmp.9999", '{"a":0}\n');
  port.put("/s/a.jsonl", '{"a":1}\n{"b":2}\n{"c":');
  port.clock.pause(600_000);
  const report = recoveryOn({ port }).recoverSync("/s", { apply: true });
  assert.deepEqual(
    report.actions.map(({ kind }) => kind),
    ["leave", "leave"],
  );
  assert.match(report.actions[0]?.reason ?? "", /2 records in it are good/);
  assert.equal(port.tree()["/s/a.jsonl"], '{"a":1}\n{"b":2}\n{"c":');
});
