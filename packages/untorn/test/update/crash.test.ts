import assert from "node:assert/strict";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { judgeRecord, keepLast, parseLines, repair } from "../../src/jsonl.ts";
import { assertCrashSafe } from "../../src/testing/index.ts";
import type { CrashTest, MemoryPort } from "../../src/testing/index.ts";
import { anyBytesCodec, Appender, documentsOn } from "../../src/update/index.ts";
import type { AppendOptions } from "../../src/update/index.ts";
import { folder, textAt } from "../crash/core-checks.ts";

/** Crashes at every point of an update, an append, a rotation and a repair, and of what comes after the crash. */
const seed = Number(process.env["UNTORN_SEED"] ?? 1);
const states = 1_500 * Number(process.env["UNTORN_EFFORT"] ?? 1);
const log = `${folder}/log.jsonl`;
const lockTimeoutMs = 60_000;

const appender = (port: MemoryPort): Appender =>
  new Appender(new Files(port), {
    judge: judgeRecord,
    retain: keepLast,
  });

/** Longer than a block, so that it can be cut anywhere. */
const record = (number: number): string => `${JSON.stringify({ number, text: "x".repeat(number * 900) })}\n`;
const add = (port: MemoryPort, number: number, options: AppendOptions = {}): unknown =>
  appender(port).appendSync(log, Buffer.from(record(number)), { lockTimeoutMs, ...options });

/** The numbers of the good records; a bad one anywhere is wrong, but for a torn last line if that is allowed. */
function numbers(port: MemoryPort, mayBeTorn: boolean): number[] {
  const found: number[] = [];
  for (const line of parseLines(Buffer.from(textAt(port, log) ?? "", "latin1"))) {
    if (line.ok) found.push((line.value as { number: number }).number);
    else
      assert.ok(
        mayBeTorn && (line.torn || line.error.message.includes("NUL")),
        `a bad line ${line.line}: ${line.error.message}`,
      );
  }
  return found;
}

async function safe(crashTest: CrashTest<number>): Promise<void> {
  const report = await assertCrashSafe({ seed, states, ...crashTest });
  assert.ok(report.states > 50, `only ${report.states} states`);
}

test(`appends: every record that was confirmed stays, whole and in order, and the next is never glued (seed ${seed})`, async () => {
  await safe({
    setup: (port) => port.put(log, record(1)),
    workload(port, run) {
      run.call(2, () => add(port, 2));
      run.call(3, () => add(port, 3));
    },
    recover: (port) => void add(port, 9),
    check(port, known) {
      const found = numbers(port, false);
      assert.equal(found.pop(), 9);
      // The recovery is crashed, and run again: its own record may be there more than once.
      const rest = found.filter((number) => number !== 9);
      assert.deepEqual(rest, [1, 2, 3].slice(0, rest.length));
      assert.ok(rest.length >= 1 + known.returned.length, `lost: ${JSON.stringify({ rest, known: known.returned })}`);
    },
  });
});

test(`an append to a new log is durable with its name (seed ${seed})`, async () => {
  await safe({
    setup: (port) => port.putDirectory(folder),
    workload: (port, run) => void run.call(1, () => add(port, 1)),
    check(port, known) {
      if (known.returned.includes(1)) assert.deepEqual(numbers(port, false), [1]);
      else assert.ok(numbers(port, true).length <= 1);
    },
  });
});

test(`appends within a limit: the newest records, whole, and never fewer than the limit (seed ${seed})`, async () => {
  await safe({
    setup: (port) => port.put(log, record(1) + record(2)),
    workload(port, run) {
      for (const number of [3, 4]) run.call(number, () => add(port, number, { maxEntries: 2 }));
    },
    check(port, known) {
      const newest = known.returned.at(-1) ?? 2;
      const found = numbers(port, true);
      assert.ok(
        [newest, newest + 1].some((last) => String(found) === String([last - 1, last])),
        `${String(found)} after ${newest}`,
      );
    },
  });
});

const change = (port: MemoryPort, how: (bytes: Uint8Array) => Uint8Array): unknown =>
  documentsOn(new Files(port), anyBytesCodec).updateSync(log, (bytes = new Uint8Array(0)) => how(bytes), {
    lockTimeoutMs,
  });

test(`a rotation and a repair leave the log as it was, or as it should be (seed ${seed})`, async () => {
  const before = `${record(1)}bad\n${record(2)}${record(3)}`;
  const repaired = record(1) + record(2) + record(3);
  const rotated = record(3);
  await safe({
    setup: (port) => port.put(log, before),
    workload(port, run) {
      run.call(1, () => change(port, (bytes) => repair(bytes).good));
      run.call(2, () => change(port, (bytes) => keepLast(bytes, { maxEntries: 1 }).bytes));
    },
    check(port, known) {
      const versions = [before, repaired, rotated];
      const found = versions.indexOf(textAt(port, log) ?? "");
      assert.ok(found >= known.returned.length, `version ${found} after ${known.returned.length} calls`);
    },
  });
});

test(`an update after a crash in an update gets the lock, and finds the old value or the new (seed ${seed})`, async () => {
  const count = (port: MemoryPort): unknown =>
    change(port, (bytes) => Buffer.from(String(Number(Buffer.from(bytes).toString()) + 1)));
  await safe({
    setup: (port) => port.put(log, "10"),
    workload(port, run) {
      run.call(11, () => count(port));
      run.call(12, () => count(port));
    },
    recover: (port) => void count(port),
    check(port, known) {
      const value = Number(textAt(port, log));
      const least = 11 + known.returned.length;
      // The recovery is crashed at most twice, and may have counted each time.
      assert.ok(value >= least && value <= 15, `${value} after ${known.returned.length} calls`);
    },
  });
});
