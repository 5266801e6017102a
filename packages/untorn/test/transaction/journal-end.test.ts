import assert from "node:assert/strict";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { Stepper } from "../../src/protocol/index.ts";
import { assertCrashSafe, faultPlan } from "../../src/testing/index.ts";
import type { CrashTest, MemoryPort } from "../../src/testing/index.ts";
import { transactionProtocol } from "../../src/transaction/transaction.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import { updatesOn } from "../../src/update/index.ts";
import type { Effect } from "../../src/protocol/index.ts";
import type { Port } from "../../src/platform/index.ts";

/**
 * With a journal's name gone others get the locks of the files. What they change and sync then must not be undone by the
 * journal, should a power cut bring its name back.
 */
const seed = Number(process.env["UNTORN_SEED"] ?? 1);

/** Stops a transaction right after a call, lets another process change a file, and goes on. */
function changedAfter(
  stop: (effect: Effect) => boolean,
  plan: (port: MemoryPort) => Port,
  then: string,
): CrashTest<string> {
  return {
    seed,
    states: 4_000,
    setup(port) {
      port.fs.mkdir("/root", 0o755);
      port.put("/root/a.txt", "old");
      port.put("/root/b.txt", "old");
      transactionsOn(port).transactionSync("/root", (tx) => tx.write("b.txt", "older"));
    },
    workload(port, run) {
      const planned = plan(port);
      const work = transactionProtocol(
        planned,
        "/root",
        (session) => {
          session.overlay.put("a.txt", Buffer.from("new"));
          session.overlay.put("b.txt", Buffer.from("new"));
        },
        { blocking: true },
      );
      const stepper = new Stepper(planned, work);
      for (let last = false; !last && stepper.pending !== undefined;) {
        last = stop(stepper.pending);
        stepper.advance();
      }
      assert.ok(stepper.pending !== undefined, "it ended before the call");
      const other = updatesOn(new Files(port.anotherProcess()));
      run.call("update", () => other.updateFileSync("/root/a.txt", (text) => `${text}, updated`));
    },
    recover: (port) => void transactionsOn(port).transactionSync("/root", () => undefined),
    check(port, known) {
      const text = port.tree()["/root/a.txt"];
      if (known.returned.includes("update"))
        assert.equal(text, `${then}, updated`, "the update that returned is undone");
    },
  };
}

const isEnd = (effect: Effect): boolean =>
  effect.verb === "rename" && String(effect.args[1]).endsWith("/spare-journal");

test(`an update after the journal's name has gone is not undone by a power cut (seed ${seed})`, async () => {
  await assertCrashSafe(changedAfter(isEnd, (port) => port, "new"));
});

test(`nor by a transaction that failed and was taken back (seed ${seed})`, async () => {
  // The journal is whole and synced by the time that the entries of its folder fail.
  const failing = (port: MemoryPort): Port =>
    faultPlan(port, {
      fail: "EIO",
      when: ({ verb, path }) => verb === "syncDirectory" && path.endsWith("/.untorn"),
      times: 1,
    });
  await assertCrashSafe(changedAfter(isEnd, failing, "old"));
});

test(`nor where the journal could not be emptied: then its name has gone for good (seed ${seed})`, async () => {
  const failing = (port: MemoryPort): Port =>
    faultPlan(port, {
      fail: "EMFILE",
      when: ({ verb, args }) => verb === "open" && args[1] === "overwrite" && String(args[0]).endsWith(".journal"),
    });
  let renamed = false;
  const isGone = (effect: Effect): boolean => {
    if (isEnd(effect)) renamed = true;
    return renamed && effect.verb === "syncDirectory";
  };
  await assertCrashSafe(changedAfter(isGone, failing, "new"));
});
