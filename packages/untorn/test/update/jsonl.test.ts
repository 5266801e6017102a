import assert from "node:assert/strict";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { lock } from "../../src/index.ts";
import {
  appendLine,
  appendLines,
  appendLineSync,
  appendText,
  parseLines,
  readLines,
  repairLog,
  rotateLog,
} from "../../src/jsonl.ts";
import type { Line } from "../../src/jsonl.ts";
import { folder, openDescriptors } from "../atomic/support/places.ts";
import { restedNames } from "./names.ts";

async function all(path: string): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of readLines(path)) lines.push(line);
  return lines;
}

const text = (path: string): string => readFileSync(path, "utf8");
const old = (path: string, content: string | Uint8Array): string => {
  writeFileSync(path, content);
  return path;
};

test("appendLine makes the log, its folder if asked, and returns what is there", async (t) => {
  const path = join(folder(t), "deep/er/log.jsonl");
  await assert.rejects(appendLine(path, 1), { code: "UNTORN_NOT_FOUND", outcome: "unchanged" });
  const first = await appendLine(path, { a: "\u2028\ud800\0\r\n$&" }, { mkdir: true });
  assert.deepEqual([first.created, first.synced, first.setAside], [true, true, undefined]);
  assert.equal(text(path), '{"a":"\\u2028\\ud800\\u0000\\r\\n$&"}\n');
  const second = appendLineSync(path, [12345678901234567890n], { durability: "off" });
  assert.deepEqual([second.created, second.synced, second.bytes], [false, false, statSync(path).size]);
  await appendLines(path, []);
  assert.deepEqual(
    (await all(path)).map(({ line, ok }) => [line, ok]),
    [
      [1, true],
      [2, true],
    ],
  );
  assert.deepEqual(await restedNames(join(path, "..")), ["log.jsonl"]);
});

test("what cannot be a record is refused before anything is touched", async (t) => {
  const place = folder(t);
  const path = join(place, "log.jsonl");
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const refused = { code: "UNTORN_INVALID_ARGUMENT", outcome: "unchanged" };
  for (const value of [undefined, Number.NaN, Infinity, cycle, () => 1]) {
    await assert.rejects(appendLine(path, value), refused);
    assert.throws(() => appendLineSync(path, value), refused);
  }
  await assert.rejects(appendText(path, ["\ud800"]), refused);
  for (const limits of [{ maxEntries: 0 }, { maxBytes: -1 }, { maxEntries: 1.5 }])
    await assert.rejects(appendLine(path, 1, limits), refused);
  assert.deepEqual(await restedNames(place), []);
});

test("calls that come while one is under way share its next write, in order", async (t) => {
  const path = join(folder(t), "log.jsonl");
  const receipts = await Promise.all(Array.from({ length: 300 }, (_, number) => appendLine(path, { number })));
  assert.deepEqual(
    (await all(path)).map((line) => line.ok && line.value),
    Array.from({ length: 300 }, (_, number) => ({ number })),
  );
  assert.ok(new Set(receipts.map(({ bytes }) => bytes)).size < 10, "one write for many calls");
  const mixed = Array.from({ length: 30 }, (_, number) =>
    appendLine(path, { number }, number % 2 === 0 ? {} : { durability: "off" }),
  );
  await Promise.all(mixed);
  const numbers = (await all(path))
    .slice(300)
    .map((line) => (line.ok ? (line.value as { number: number }).number : -1));
  assert.deepEqual(numbers, [...Array(30).keys()]);
});

test("a last line that was cut off is set aside with its bytes, and never glued to the next record", async (t) => {
  const place = folder(t);
  const tails = [
    '{"a":1',
    '{"a":"\xff',
    "12",
    "\0\0\0\0",
    "\0\0\0\n",
    '{"a":"\0\0\n\0\0"}\n',
    '{"a":1}{"b"',
    `{"a":"${"z".repeat(200_000)}`,
  ];
  for (const [index, tail] of tails.entries()) {
    const path = old(join(place, `log-${index}`), Buffer.from(`{"first":1}\n${tail}`, "latin1"));
    const { setAside } = await appendLine(path, { next: 1 });
    assert.equal(text(path), '{"first":1}\n{"next":1}\n');
    assert.equal(readFileSync(setAside ?? "", "latin1"), tail);
    assert.equal(statSync(setAside ?? "").mode & 0o777, 0o600);
  }
  // A whole record that only lacks its line end is one.
  const path = old(join(place, "whole"), '{"first":1}\n{"second":2}');
  assert.equal((await appendLine(path, { next: 1 })).setAside, undefined);
  assert.equal(text(path), '{"first":1}\n{"second":2}\n{"next":1}\n');
  // Of text nobody can tell.
  const plain = old(join(place, "plain"), "cut of");
  await appendText(plain, ["next $& \\1", "two"]);
  assert.equal(text(plain), "cut of\nnext $& \\1\ntwo\n");
});

test("the second line that is set aside does not take the place of the first", async (t) => {
  const path = join(folder(t), "log");
  const kept: string[] = [];
  for (const tail of ['{"a', '{"b']) {
    appendFileSync(path, tail);
    kept.push((await appendLine(path, 1)).setAside ?? "");
  }
  assert.deepEqual(kept.map(text), ['{"a', '{"b']);
  assert.equal(text(path), "1\n1\n");
});

test("maxEntries and maxBytes: an append that takes the log over them is one replace, and exact", async (t) => {
  const path = join(folder(t), "log.jsonl");
  for (let number = 1; number <= 7; number += 1) {
    const { droppedEntries, bytes } = await appendLine(path, number, { maxEntries: 5 });
    assert.equal(droppedEntries, number > 5 ? 1 : 0);
    assert.equal(bytes, statSync(path).size);
  }
  assert.equal(text(path), "3\n4\n5\n6\n7\n");
  assert.equal((await appendLines(path, [8, 9, 10], { maxEntries: 2 })).droppedEntries, 6);
  assert.equal(text(path), "9\n10\n");
  assert.equal(appendLineSync(path, 11, { maxBytes: 6 }).droppedEntries, 1);
  assert.equal(text(path), "10\n11\n");
  assert.equal((await appendLine(path, 12, { maxBytes: 9 })).droppedEntries, 0);
  assert.equal((await appendLine(path, "longer than the limit", { maxBytes: 5 })).droppedEntries, 3);
  assert.equal(text(path), '"longer than the limit"\n');
  appendFileSync(path, '{"torn');
  const cut = await appendLine(path, 1, { maxEntries: 1 });
  assert.deepEqual([text(path), text(cut.setAside ?? ""), cut.droppedEntries], ["1\n", '{"torn', 1]);
  assert.deepEqual(await restedNames(join(path, "..")), [".untorn", "log.jsonl"]);
});

test("an append waits for the lock as long as it may, and can be aborted", async (t) => {
  const path = old(join(folder(t), "log.jsonl"), "1\n");
  const held = await lock(path);
  const options = { code: "UNTORN_LOCKED", outcome: "unchanged" };
  await assert.rejects(appendLine(path, 2, { lockTimeoutMs: 50 }), options);
  assert.throws(() => appendLineSync(path, 2), options);
  const aborted = { code: "UNTORN_ABORTED", outcome: "unchanged" };
  await assert.rejects(appendLine(path, 2, { signal: AbortSignal.timeout(50) }), aborted);
  const waiting = appendLine(path, 3);
  await held.release();
  await waiting;
  assert.equal(text(path), "1\n3\n");
});

test("readLines gives what parseLines gives, wherever the pieces of the file are cut", async (t) => {
  const path = join(folder(t), "log.jsonl");
  const parts = ['\uFEFF{"a":"\u00e9"}\r\n', "\n", "broken\n", '{"b":2} x\n', `"${"\u20ac".repeat(700_000)}"\n`];
  const whole = `${parts.join("").repeat(3)}${'{"n":1}\n'.repeat(50_000)}{"torn`;
  old(path, whole);
  const plain = (lines: Iterable<Line>): unknown[] =>
    [...lines].map((line) => (line.ok ? line : { ...line, error: { ...line.error.toJSON() } }));
  assert.deepEqual(plain(await all(path)), plain(parseLines(Buffer.from(whole), { path })));
  await assert.rejects(all(`${path}.none`), { code: "UNTORN_NOT_FOUND" });
  mkdirSync(`${path}.d`);
  await assert.rejects(all(`${path}.d`), { code: "UNTORN_IS_DIRECTORY" });
  assert.deepEqual(await all(old(`${path}.empty`, "")), []);
});

test("readLines holds a piece of the file, not the file, and can be left early", async (t) => {
  const path = old(join(folder(t), "log.jsonl"), "");
  const record = `${JSON.stringify({ text: "x".repeat(1_000) })}\n`;
  for (let i = 0; i < 64; i += 1) appendFileSync(path, record.repeat(1_000));
  const before = openDescriptors();
  const rss = process.memoryUsage().arrayBuffers;
  let most = 0;
  let count = 0;
  for await (const line of readLines(path)) {
    count += line.ok ? 1 : 0;
    if (count % 1_000 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - rss);
  }
  assert.equal(count, 64_000);
  assert.ok(most < 40_000_000, `${most} bytes of buffers for a log of ${statSync(path).size}`);
  for await (const _ of readLines(path)) break;
  assert.equal(openDescriptors(), before);
});

test("a last line that is just being written is waited for; one that stays torn is reported", async (t) => {
  const path = old(join(folder(t), "log.jsonl"), '{"a":1}\n{"b":');
  const reading = all(path);
  await sleep(30);
  appendFileSync(path, "2}\n");
  assert.deepEqual(
    (await reading).map(({ ok }) => ok),
    [true, true],
  );
  appendFileSync(path, '{"c":');
  const again = all(path);
  await sleep(30);
  // Written anew after a failure, in one step: between two the log would be whole, and shorter.
  const log = openSync(path, "r+");
  // As bytes: Deno 2.9 writes a text at the beginning, whatever position it is given.
  writeSync(log, Buffer.from('{"d":4}\n'), 0, 8, 16);
  closeSync(log);
  assert.deepEqual(
    (await again).map((line) => line.ok && line.value),
    [{ a: 1 }, { b: 2 }, { d: 4 }],
  );
  appendFileSync(path, '{"torn":');
  const last = (await all(path)).at(-1);
  assert.ok(last?.ok === false && last.torn && last.line === 4);
});

test("rotateLog and repairLog: one replace; bad lines are kept beside the log first; an empty log is one", async (t) => {
  const place = folder(t);
  const path = old(join(place, "log.jsonl"), '1\nbad\n2\n\xff{"\n3');
  const { bad, records, keptIn } = await repairLog(path);
  assert.deepEqual([bad.map(({ line }) => line), records, keptIn], [[2, 4, 5], 2, `${path}.bad`]);
  assert.equal(text(path), "1\n2\n");
  assert.equal(text(keptIn ?? ""), 'bad\n\xff{"\n3\n');
  assert.deepEqual(await repairLog(path), { bad: [], records: 2, keptIn: undefined });
  const rotated = await rotateLog(path, { maxEntries: 1 });
  assert.deepEqual([rotated.droppedEntries, rotated.receipt.changed, text(path)], [1, true, "2\n"]);
  assert.equal((await rotateLog(path, { maxEntries: 1 })).receipt.changed, false);
  const nulls = old(join(place, "nulls"), "\0\0\0\0");
  assert.equal((await repairLog(nulls)).bad.length, 1);
  assert.equal(statSync(nulls).size, 0);
  assert.equal((await rotateLog(nulls, { maxBytes: 10 })).droppedEntries, 0);
  const none = join(place, "none");
  await assert.rejects(repairLog(none), { code: "UNTORN_NOT_FOUND" });
  await assert.rejects(rotateLog(none, { maxEntries: 1 }), { code: "UNTORN_NOT_FOUND" });
  assert.deepEqual(await restedNames(place), ["log.jsonl", "log.jsonl.bad", "nulls", "nulls.bad"]);
});
