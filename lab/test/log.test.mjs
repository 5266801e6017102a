import assert from "node:assert/strict";
import { test } from "node:test";
import { epochsOf } from "../dist/epochs.js";
import { parseLog } from "../dist/log.js";

/** A record as disk.c writes it. */
function record(kind, offset, length, data = "") {
  const bytes = Buffer.alloc(16 + data.length);
  bytes.writeUInt32LE(kind, 0);
  bytes.writeUInt32LE(length, 4);
  bytes.writeBigUInt64LE(BigInt(offset), 8);
  bytes.write(data, 16);
  return bytes;
}
const write = (offset, data) => record(1, offset, data.length, data);
const zero = (offset, length) => record(2, offset, length);
const flush = record(3, 0, 0);
const mark = (text) => record(4, 0, text.length, text);
const done = (number) => record(5, number, 0);
const parsed = (...records) => parseLog(Buffer.concat(records));
/** Marks that make every epoch count. */
const start = mark("start\n");

test("a log is read back as it was written, with data of any length", () => {
  assert.deepEqual(parsed(write(4096, "abc"), done(0), zero(2 ** 33, 512), flush, mark("begin 7\n")), [
    { kind: "write", offset: 4096, length: 3 },
    { kind: "done", of: 0 },
    { kind: "zero", offset: 2 ** 33, length: 512 },
    { kind: "flush" },
    { kind: "mark", text: "begin 7" },
  ]);
});

test("a log that is cut off, or is none, is an error", () => {
  const whole = write(0, "abcd");
  assert.throws(() => parseLog(whole.subarray(0, 18)), /ends inside the record at 0/);
  assert.throws(() => parseLog(whole.subarray(0, 9)), /ends inside the header at 0/);
  assert.throws(() => parsed(record(9, 0, 0)), /unknown kind 9/);
});

test("a flush settles what was done when it arrived, and nothing else", () => {
  // 1 is done before the flush arrives, 3 only after it, 6 arrives after it.
  const epochs = epochsOf(
    parsed(start, write(0, "a"), done(1), write(512, "b"), flush, done(3), write(1024, "c"), done(4), done(6)),
  );
  assert.deepEqual(
    epochs.map(({ settled, pending }) => [settled, pending.map(({ number }) => number)]),
    [
      [[], [1, 3, 6]],
      [[1], [3, 6]],
    ],
  );
});

test("an epoch asks for what had returned at its end", () => {
  const records = [mark("begin 1\n"), flush, done(2), mark("returned 1\n"), mark("begin 2\n"), flush, done(6)];
  const epochs = epochsOf(parsed(start, ...records, mark("end\n"), mark("returned 2\n")));
  assert.deepEqual(
    epochs.map(({ known }) => known),
    [
      { begun: 1, returned: 0 },
      { begun: 2, returned: 1 },
      { begun: 2, returned: 1 },
    ],
  );
});

test("what was written before the start is there, and no epoch of its own", () => {
  const epochs = epochsOf(parsed(write(0, "a"), done(0), flush, done(2), write(512, "b"), done(4), start));
  assert.deepEqual(
    epochs.map(({ settled, pending }) => [settled, pending.map(({ number }) => number)]),
    [[[0], [4]]],
  );
});
