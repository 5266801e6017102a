import assert from "node:assert/strict";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { writeKeeping } from "../../src/generations/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import { assertCrashSafe, faultPlan, memoryPort } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import type { Port } from "../../src/platform/index.ts";

/** A transaction keeps generations as a write does. */

const kept = (port: MemoryPort, name: string): (string | null)[] =>
  Object.entries(port.tree()).flatMap(([path, content]) =>
    path.startsWith(`/root/.untorn/generations/${name}/`) ? [content] : [],
  );

function fresh(): MemoryPort {
  const port = memoryPort();
  port.put("/root/a.json", '{"v":0}');
  port.put("/root/b.json", '{"v":0}');
  return port;
}

const change = (port: Port, v: number, generations = 3): unknown =>
  transactionsOn(port).transactionSync(
    "/root",
    (tx) => {
      tx.write("a.json", JSON.stringify({ v }));
      tx.json("b.json", () => ({ v }));
      tx.write("c.json", JSON.stringify({ v }), { generations: 1 });
      tx.write("d.json", JSON.stringify({ v }), { generations: 0 });
    },
    { generations },
  );

test("every file that is replaced keeps what it had, as many as are wanted, and each can be restored", async () => {
  const port = fresh();
  for (const v of [1, 2, 3, 4]) change(port, v);
  assert.deepEqual(kept(port, "a.json"), ['{"v":1}', '{"v":2}', '{"v":3}']);
  assert.equal(kept(port, "b.json").length, 3);
  assert.deepEqual(kept(port, "c.json"), ['{"v":3}']);
  assert.deepEqual(kept(port, "d.json"), []);
  await recoveryOn({ port }).restore("/root/a.json");
  assert.equal(port.tree()["/root/a.json"], '{"v":3}');
  assert.deepEqual(recoveryOn({ port }).scanSync("/root").counts, {});
  await transactionsOn(port).transaction("/root", (tx) => tx.edit("a.json", () => '{"v":9}'), { generations: 9 });
  assert.ok(kept(port, "a.json").includes('{"v":3}'));
});

test("a corrupt content goes to the quarantine and pushes no generation out", () => {
  const port = fresh();
  change(port, 1);
  port.put("/root/a.json", "broken");
  change(port, 2, 1);
  assert.deepEqual(kept(port, "a.json"), ['{"v":0}']);
  assert.ok(
    Object.entries(port.tree()).some(([path, content]) => path.includes("/quarantine/") && content === "broken"),
  );
});

test("a number that makes no sense is refused before anything is touched", () => {
  const port = fresh();
  const before = JSON.stringify(port.tree());
  for (const generations of [-1, 1.5, 1001, "3" as unknown as number]) {
    assert.throws(
      () => transactionsOn(port).transactionSync("/root", (tx) => tx.write("a.json", "{}", { generations })),
      { code: "UNTORN_INVALID_ARGUMENT" },
    );
    assert.throws(
      () => transactionsOn(port).transactionSync("/root", (tx) => tx.write("a.json", "{}"), { generations }),
      {
        code: "UNTORN_INVALID_ARGUMENT",
      },
    );
  }
  port.fs.rmdir("/root/.untorn");
  assert.equal(JSON.stringify(port.tree()), before);
});

test("a transaction that fails, or is killed, at any call leaves all or nothing, and every replaced content is kept", () => {
  let calls = 0;
  for (const fault of [{ fail: "EIO" }, { crash: "before" }, { crash: "after" }] as const) {
    for (let at = 1; ; at += 1) {
      const port = fresh();
      change(port, 1);
      const plan = faultPlan(port, { at, ...fault });
      let failed: unknown;
      try {
        change(plan, 2);
      } catch (error) {
        failed = error;
      }
      if (plan.report.faults === 0) break;
      calls += 1;
      const survivor = port.anotherProcess();
      port.kill();
      const report = recoveryOn({ port: survivor }).recoverSync("/root", { apply: true });
      const where = `${JSON.stringify(fault)} at ${at}: ${String(failed)}\n${JSON.stringify(survivor.tree(), null, 1)}`;
      assert.equal(report.failed, 0, where);
      const tree = survivor.tree();
      const v = tree["/root/a.json"] === '{"v":2}' ? 2 : 1;
      for (const name of ["a.json", "c.json", "d.json"])
        assert.equal(tree[`/root/${name}`], JSON.stringify({ v }), where);
      if (failed === undefined) assert.equal(v, 2, where);
      assert.ok(kept(survivor, "a.json").includes('{"v":0}'), where);
      if (v === 2) {
        assert.ok(kept(survivor, "a.json").includes('{"v":1}'), where);
        assert.ok(kept(survivor, "c.json").includes('{"v":1}'), where);
      }
      // The next one finds its way.
      change(survivor, 3);
      assert.equal(survivor.tree()["/root/b.json"]?.replaceAll(/\s/g, ""), '{"v":3}', where);
    }
  }
  assert.ok(calls > 150, `${calls} calls`);
});

test("a transaction that changes nothing drops no generation, and leaves no file a second name", () => {
  let refused = 0;
  for (let at = 1; ; at += 1) {
    const port = fresh();
    for (const v of [1, 2]) change(port, v, 1);
    const plan = faultPlan(port, { at, fail: "ENOSPC" });
    try {
      change(plan, 3, 1);
    } catch (error) {
      if ((error as { outcome?: string }).outcome === "unchanged") {
        refused += 1;
        assert.deepEqual([kept(port, "a.json"), kept(port, "c.json")], [['{"v":1}'], ['{"v":1}']], `call ${at}`);
        assert.equal(port.fs.lstat("/root/a.json")?.nlink, 1, `call ${at}`);
      }
    }
    if (plan.report.faults === 0) break;
  }
  assert.ok(refused > 20, `${refused}`);
});

test("a power cut: what a transaction that has returned had replaced is kept", async () => {
  const report = await assertCrashSafe<number>({
    states: 1500,
    setup(port) {
      port.put("/root/a.json", '{"v":0}');
      port.fs.syncDirectory("/");
      port.fs.syncDirectory("/root");
    },
    workload(port, run) {
      for (const v of [1, 2]) {
        run.call(v, () =>
          transactionsOn(port).transactionSync("/root", (tx) => tx.write("a.json", JSON.stringify({ v })), {
            generations: 3,
          }),
        );
      }
    },
    recover: (port) => void recoveryOn({ port }).recoverSync("/root", { apply: true }),
    check(port, { returned }) {
      const v = Number(/\d/.exec(port.tree()["/root/a.json"] ?? "")?.[0]);
      assert.ok(v >= returned.length, `${v} after ${returned.length}`);
      for (const each of returned) assert.ok(kept(port, "a.json").includes(JSON.stringify({ v: each - 1 })));
    },
  });
  assert.ok(report.states > 50, `${report.states} states`);
});

test("a transaction and a writer of the same file in one process: nobody waits for himself, nothing is lost", async () => {
  const port = fresh();
  const files = new Files(port, writeKeeping);
  const rounds = 15;
  const writes = Array.from({ length: rounds }, (_, n) =>
    files.writeFile("/root/a.json", JSON.stringify({ w: n }), { generations: 100 }),
  );
  const commits = Array.from({ length: rounds }, (_, n) =>
    transactionsOn(files.port).transaction("/root", (tx) => tx.write("a.json", JSON.stringify({ t: n })), {
      generations: 100,
    }),
  );
  await Promise.all([...writes, ...commits]);
  const all = new Set([...kept(port, "a.json"), port.tree()["/root/a.json"]]);
  for (let n = 0; n < rounds; n += 1) {
    assert.ok(all.has(JSON.stringify({ w: n })), `write ${n} of ${[...all].join()}`);
    assert.ok(all.has(JSON.stringify({ t: n })), `transaction ${n} of ${[...all].join()}`);
  }
});
