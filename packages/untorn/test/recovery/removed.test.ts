import assert from "node:assert/strict";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { noteRemoval, writeKeeping } from "../../src/generations/index.ts";
import { runSync } from "../../src/protocol/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import type { RecoveryReport } from "../../src/recovery/index.ts";
import { assertCrashSafe, faultPlan, memoryPort, SimulatedCrash } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import type { Port } from "../../src/platform/index.ts";

/** What was removed on purpose stays away; what vanished without untorn comes back. */

const path = "/state/a.json";

const filesOn = (port: Port): Files => new Files(port, writeKeeping, noteRemoval);

/** A file with two generations. */
function history(port: MemoryPort): MemoryPort {
  const files = filesOn(port);
  port.putDirectory("/state");
  for (const v of [1, 2, 3]) files.writeFileSync(path, JSON.stringify({ v }), { generations: 5 });
  port.clock.pause(1000);
  return port;
}

const recovered = (port: Port): RecoveryReport => recoveryOn({ port }).recoverSync("/state", { apply: true });

const content = (port: MemoryPort, at = path): string | undefined => port.tree()[at] ?? undefined;

const removals: Readonly<Record<string, (port: Port) => unknown>> = {
  removeFile: (port) => filesOn(port).removeFileSync(path),
  renameFile: (port) => filesOn(port).renameFileSync(path, "/state/b.json"),
  "a transaction's remove": (port) => transactionsOn(port).transactionSync("/state", (tx) => tx.remove("a.json")),
  "a transaction's rename": (port) =>
    transactionsOn(port).transactionSync("/state", (tx) => tx.rename("a.json", "b.json")),
};

for (const [name, remove] of Object.entries(removals)) {
  test(`what went by ${name} does not come back, and can be brought back by name`, async () => {
    const port = history(memoryPort());
    remove(port);
    const scan = recoveryOn({ port }).scanSync("/state");
    assert.deepEqual([scan.counts, scan.generations], [{}, 2]);
    assert.deepEqual(recovered(port).counts, {});
    assert.equal(content(port), undefined);
    const { removedMs, generations, current } = await recoveryOn({ port }).history(path);
    assert.deepEqual([typeof removedMs, generations.length, current], ["number", 2, undefined]);
    // Once it is there again it is a file like any other.
    await recoveryOn({ port }).restore(path);
    assert.equal(content(port), '{"v":2}');
    assert.equal((await recoveryOn({ port }).history(path)).removedMs, undefined);
    port.fs.unlink(path);
    assert.deepEqual(recovered(port).counts, { restore: 1 });
    assert.equal(content(port), '{"v":2}');
  });

  test(`${name}, killed at every call: it is there or it is gone, for good`, () => {
    let kills = 0;
    const ends = new Set<string>();
    for (const crash of ["before", "after"] as const) {
      for (let at = 1; ; at += 1) {
        const port = history(memoryPort());
        const plan = faultPlan(port, { at, crash });
        try {
          remove(plan);
        } catch (error) {
          assert.ok(isCrash(error), String(error));
        }
        const survivor = port.anotherProcess();
        port.kill();
        assert.equal(recovered(survivor).failed, 0);
        const now = content(survivor);
        // A transaction is never undone in part; a single removal that was cut short may be, by what was kept before.
        const allowed = [undefined, '{"v":3}', ...(name.includes("transaction") ? [] : ['{"v":2}'])];
        assert.ok(allowed.includes(now), `${at} ${crash}: ${now}`);
        ends.add(String(now));
        const after = JSON.stringify(survivor.tree());
        recovered(survivor);
        assert.equal(JSON.stringify(survivor.tree()), after, `${name} at ${at}: a second run changed something`);
        if (!plan.report.crashed) {
          assert.equal(now, undefined);
          break;
        }
        kills += 1;
      }
    }
    assert.ok(kills > 10 && ends.has("undefined") && ends.has('{"v":3}'), [...ends].join());
  });
}

function isCrash(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) if (each instanceof SimulatedCrash) return true;
  return false;
}

test("a power cut: what went by a removal that has returned does not come back", async () => {
  const report = await assertCrashSafe<"gone">({
    recoveryCrashes: 1,
    setup: (port) => void history(port),
    workload: (port, run) => void run.call("gone", () => filesOn(port).removeFileSync(path)),
    recover: (port) => void recovered(port),
    check(port, { returned }) {
      const now = port.tree()[path] ?? undefined;
      if (returned.length > 0) assert.equal(now, undefined);
      else assert.ok(now === undefined || now === '{"v":3}' || now === '{"v":2}', now);
    },
  });
  assert.ok(report.states > 10, `${report.states} states`);
});

test("what was removed by another program comes back, also where it had once been removed by untorn", () => {
  const port = history(memoryPort());
  filesOn(port).removeFileSync(path);
  const files = filesOn(port);
  // Without generations nobody takes the note away; the next generation overrules it.
  files.writeFileSync(path, '{"v":4}');
  files.writeFileSync(path, '{"v":5}', { generations: 5 });
  port.fs.unlink(path);
  assert.deepEqual(recovered(port).counts, { restore: 1 });
  assert.equal(content(port), '{"v":4}');
  // With them, the file's coming back is enough.
  files.removeFileSync(path);
  files.writeFileSync(path, '{"v":6}', { generations: 5 });
  port.fs.unlink(path);
  assert.deepEqual(recovered(port).counts, { restore: 1 });
});

test("temps from before the removal are set aside; one that was written after it is adopted", () => {
  const port = history(memoryPort());
  port.put("/state/a.json.tmp", '{"v":"before"}');
  port.clock.pause(1000);
  filesOn(port).removeFileSync(path);
  port.clock.pause(600_000);
  assert.deepEqual(recovered(port).counts, { quarantine: 1 });
  assert.equal(content(port), undefined);
  port.put("/state/a.json.tmp", '{"v":"after"}');
  port.clock.pause(600_000);
  assert.deepEqual(recovered(port).counts, { adopt: 1 });
  assert.equal(content(port), '{"v":"after"}');
});

test("a file without generations is removed without a trace, and one whose note cannot be made is removed all the same", () => {
  const port = memoryPort();
  port.put(path, "{}");
  filesOn(port).removeFileSync(path);
  assert.deepEqual(
    Object.keys(port.tree()).filter((each) => each.includes(".untorn")),
    [],
  );
  const full = history(memoryPort());
  const plan = faultPlan(full, {
    fail: "ENOSPC",
    when: ({ verb, args }) => verb === "open" && String(args[0]).includes("/removed-"),
  });
  const { changed, notes } = filesOn(plan).removeFileSync(path);
  assert.equal(changed, true);
  assert.match(notes.join(), /could not be noted.*would bring it back.*ENOSPC/);
  assert.equal(content(full), undefined);
});

test("a removal is not noted of a file that is there again", () => {
  const port = history(memoryPort());
  assert.equal(runSync(port, noteRemoval(port, path, "full")), undefined);
  assert.deepEqual(
    Object.keys(port.tree()).filter((each) => each.includes("/removed-")),
    [],
  );
});

test("in a shared folder (/tmp) nothing is noted in a stranger's work folder", () => {
  const port = history(memoryPort());
  port.give("/state", { mode: 0o1777, uid: 0 });
  port.give("/state/.untorn", { mode: 0o777, uid: 4711 });
  port.putDirectory("/victim");
  port.put("/victim/00000009-0123456789abcdef", "x");
  port.fs.rename("/state/.untorn/generations/a.json", "/state/aside");
  port.symlink("/victim", "/state/.untorn/generations/a.json");
  const { notes } = filesOn(port).removeFileSync(path);
  assert.deepEqual(notes, []);
  assert.deepEqual(port.fs.readdir("/victim"), ["00000009-0123456789abcdef"]);
});
