import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { Appender, updatesOn } from "../../src/update/index.ts";
import { judgeRecord, keepLast } from "../../src/jsonl.ts";
import { lockOn } from "../../src/lock/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { interceptPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import { folder } from "../atomic/support/places.ts";

/** All calls on one port that tells when a transaction is in the middle of its commit, and how often anybody looks at the clock. */
function everything() {
  const seen = { clock: 0, reached: () => {} };
  const port = interceptPort(nodePort, {
    before(call) {
      if (call.later && call.verb === "fsync" && call.path.includes("/.untorn/")) seen.reached();
      return undefined;
    },
    onClock: () => void (seen.clock += 1),
  });
  const files = new Files(port);
  const logs = new Appender(files, { judge: judgeRecord, retain: keepLast });
  return { seen, files, logs, ...updatesOn(files), ...lockOn(files.port), ...transactionsOn(files.port) };
}

/** A call that waits until its time is over looks at the clock hundreds of times in ten seconds. */
const fewLooks = 20;

test("no synchronous call waits for a transaction of its own process that is being committed", async (t) => {
  const place = folder(t);
  const nested = join(place, "nested");
  mkdirSync(nested);
  const path = join(place, "file");
  const one = everything();
  const calls: Readonly<Record<string, () => unknown>> = {
    lock: () => one.lockSync(path),
    update: () => one.updateFileSync(path, () => "update"),
    append: () => one.logs.appendSync(path, Buffer.from("1\n"), {}),
    transaction: () => one.transactionSync(place, (tx) => tx.write("file", "other")),
    "a transaction in a root below": () => one.transactionSync(nested, (tx) => tx.write("file", "other")),
    "a read of several": () => one.readTogetherSync(place, ["file"]),
  };
  for (const [name, call] of Object.entries(calls)) {
    writeFileSync(path, "old");
    const inTheMiddle = new Promise<void>((resolve) => (one.seen.reached = resolve));
    const transaction = one.transaction(place, (tx) => tx.write("file", "new"));
    await inTheMiddle;
    one.seen.clock = 0;
    assert.throws(
      call,
      { code: "UNTORN_LOCKED", phase: "lock", outcome: "unchanged", message: /th(is|e same) (very )?process/ },
      name,
    );
    assert.ok(one.seen.clock < fewLooks, `${name}: looked at the clock ${one.seen.clock} times`);
    await transaction;
    assert.equal(readFileSync(path, "utf8"), "new", name);
  }
});

test("a synchronous transaction does not wait for a lock of its own process; one of another thread or process is waited for", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  writeFileSync(path, "old");
  const one = everything();
  for (const shared of [false, true]) {
    const held = await one.lock(path, { shared });
    one.seen.clock = 0;
    const refused = { code: "UNTORN_LOCKED", outcome: "unchanged", message: /locked by process .* this very process/ };
    assert.throws(() => one.transactionSync(place, (tx) => tx.write("file", "new")), refused);
    assert.ok(one.seen.clock < fewLooks, `looked at the clock ${one.seen.clock} times`);
    // A shared lock is in the way of nobody who only reads.
    if (shared) one.transactionSync(place, (tx) => tx.readText("file"));
    await held.release();
  }
  one.transactionSync(place, (tx) => tx.write("file", "new"));
  // Another thread has the same pid and start time, and goes on meanwhile; here it is another port.
  const other = await everything().lock(path);
  one.seen.clock = 0;
  const waited = { code: "UNTORN_LOCKED", message: /locked by process (?!.* this very process)/ };
  assert.throws(() => one.transactionSync(place, (tx) => tx.write("file", "newer"), { lockTimeoutMs: 300 }), waited);
  assert.ok(one.seen.clock >= 10, "it has not waited");
  await other.release();
});

test("a call of this process that only waits for another process is in nobody's way", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  writeFileSync(path, "old");
  const one = everything();
  const other = await everything().lock(path);
  const pending = one.updateFile(path, (text) => `${text}, updated`);
  await new Promise((resolve) => setTimeout(resolve, 20));
  // It waits for the other and is not refused at once: the other may go on, as may this call after it.
  const waited = { code: "UNTORN_LOCKED", message: /locked by process (?!.* this very process)/ };
  one.seen.clock = 0;
  assert.throws(() => one.transactionSync(place, (tx) => tx.write("file", "new"), { lockTimeoutMs: 300 }), waited);
  assert.ok(one.seen.clock >= 10, "it has not waited");
  await other.release();
  await pending;
  one.transactionSync(place, (tx) => tx.edit("file", (text) => `${text}, and new`));
  assert.equal(readFileSync(path, "utf8"), "old, updated, and new");
});
