import assert from "node:assert/strict";
import { test } from "node:test";
import { formatLine, keepLast, parseLines, repair, splitTail } from "../../src/jsonl.ts";
import { isUntornError } from "../../src/platform/index.ts";
import { property } from "./choices.ts";
import type { Choices } from "./choices.ts";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");

void test("a bad line is reported with its place, and the others are read", () => {
  const log = Buffer.from('\uFEFF{"a":1}\r\n\n{"b":\u00e9}\n\0\0\0\n[3]\n{"torn":');
  const lines = [...parseLines(log, { path: "run.jsonl" })];
  assert.deepEqual(
    lines.map((line) => (line.ok ? line.value : line.error.code)),
    [{ a: 1 }, "UNTORN_CORRUPT", "UNTORN_CORRUPT", [3], "UNTORN_CORRUPT"],
  );
  const [, bad, nuls, , torn] = lines;
  assert.ok(bad?.ok === false && nuls?.ok === false && torn?.ok === false);
  // Line 3, byte 13 of the file: BOM 3, first line 9, blank line 1.
  assert.deepEqual({ line: bad.line, start: bad.start, end: bad.end }, { line: 3, start: 13, end: 21 });
  assert.deepEqual(bad.error.position, { line: 3, column: 6, offset: 16, byteOffset: 18 });
  assert.match(bad.error.message, /^run\.jsonl:3:6: it is not JSON: "\u00e9" where a value was expected\. Nothing/);
  assert.match(nuls.error.message, /nothing but 3 NUL bytes/);
  assert.equal(torn.torn, true);
  assert.equal(bad.torn, false);
});

void test("a line with bytes that are not UTF-8 is a bad line, with the byte's place", () => {
  const log = Buffer.concat([Buffer.from('{"a":1}\n"'), Buffer.from([0xc3, 0x28]), Buffer.from('"\n2\n')]);
  const lines = [...parseLines(log)];
  assert.deepEqual(
    lines.map((line) => line.ok),
    [true, false, true],
  );
  assert.ok(lines[1]?.ok === false);
  assert.equal(lines[1].error.position?.byteOffset, 9);
  assert.equal(lines[1].error.position?.line, 2);
});

void test("the tail is clean, unterminated or torn, and a cut-off number counts as torn", () => {
  const state = (log: string) => splitTail(log).state;
  assert.equal(state(""), "clean");
  assert.equal(state("\uFEFF"), "clean");
  assert.equal(state('{"a":1}\n'), "clean");
  assert.equal(state('{"a":1}\n{"b":2}'), "unterminated");
  assert.equal(state('{"a":1}\n{"b":'), "torn");
  assert.equal(state('{"a":1}\n"x"'), "unterminated");
  assert.equal(state("1\n12"), "torn");
  assert.equal(state('{"a":1}\n\0\0\0\0'), "torn");
  const tail = splitTail('{"a":1}\n{"b":');
  assert.equal(tail.start, 8);
  assert.equal(text(tail.bytes), '{"b":');
});

void test("a formatted line is one line for every reader", () => {
  const value = { text: "a\nb\r\u2028c\u2029d\u0085\ud800", big: 12345678901234567890n, zero: -0 };
  const line = formatLine(value);
  assert.deepEqual(line.split(/[\n\r\u2028\u2029\u0085]/), [line.slice(0, -1), ""]);
  assert.deepEqual(JSON.parse(line), { ...value, big: Number("12345678901234567890") });
  assert.throws(() => formatLine({ a: [1, { b: Number.NaN }] }), /\/a\/1\/b is NaN/);
  assert.throws(() => formatLine(undefined), /undefined/);
});

void test("keepLast keeps the newest records byte for byte", () => {
  const log = '{"n":1}\r\n\n{"n":2}\n{bad\n{"n":4}\n';
  const kept = (limits: object) => text(keepLast(log, limits).bytes);
  assert.equal(kept({ maxEntries: 4 }), log);
  assert.equal(kept({ maxEntries: 3 }), '\n{"n":2}\n{bad\n{"n":4}\n'.slice(0));
  assert.equal(kept({ maxEntries: 1 }), '{"n":4}\n');
  assert.equal(kept({ maxBytes: 13 }), '{bad\n{"n":4}\n');
  assert.equal(kept({ maxBytes: 1 }), '{"n":4}\n', "the newest record stays even if it alone is too much");
  assert.deepEqual(keepLast(log, { maxEntries: 2 }).droppedEntries, 2);
  assert.equal(text(keepLast(`\uFEFF${log}`, { maxEntries: 1 }).bytes), '\uFEFF{"n":4}\n');
  assert.equal(text(keepLast("a\n\n\nb\n\n", { maxEntries: 2 }, { blankLines: true }).bytes), "b\n\n");
  assert.equal(keepLast("\n\n\n", { maxEntries: 1 }, { blankLines: true }).droppedEntries, 2);
  assert.throws(() => keepLast(log, { maxEntries: 0 }), /maxEntries must be a whole number from 1/);
});

void test("repair returns good lines and bad lines, and throws nothing away", () => {
  const { good, bad, records, changed } = repair('{"a":1}\n\0\0\n{"b"\n{"c":3}');
  assert.equal(text(good), '{"a":1}\n{"c":3}\n');
  assert.deepEqual(
    bad.map((line) => text(line.bytes)),
    ["\0\0\n", '{"b"\n'],
  );
  assert.equal(records, 2);
  assert.equal(changed, true);
  assert.equal(repair('{"a":1}\n').changed, false);
});

/** A log of random lines, and what each one is: the judge knows it from the making, not from a parser. */
interface Sample {
  readonly bytes: Buffer;
  readonly lines: readonly {
    readonly bytes: Buffer;
    readonly kind: "record" | "bad" | "blank";
    readonly value?: unknown;
  }[];
}

const records: readonly unknown[] = [
  null,
  true,
  1,
  -0,
  1e21,
  "",
  "x\ny\u2028",
  [],
  {},
  { a: [1, "\ud800"] },
  [[{}]],
  "\u{1f600}",
];
const bad = ["{", "\0\0", '{"a":1}{"b":2}', "{'a':1}", "nul", "[1,]", '"\u00e9', '{"a":\u00e9}'];

function log(choices: Choices): Sample {
  const lines: { bytes: Buffer; kind: "record" | "bad" | "blank"; value?: unknown }[] = [];
  for (let count = choices.below(6); count > 0; count--) {
    const end = choices.chance(20) ? "\r\n" : "\n";
    const kind = choices.below(8);
    if (kind === 0) lines.push({ bytes: Buffer.from(choices.pick(["", " ", "\t"]) + end), kind: "blank" });
    else if (kind === 1) lines.push({ bytes: Buffer.from([0x22, 0xff, 0x22, 10]), kind: "bad" });
    else if (kind === 2) lines.push({ bytes: Buffer.from(choices.pick(bad) + end), kind: "bad" });
    else {
      const value = choices.pick(records);
      lines.push({ bytes: Buffer.from(formatLine(value).slice(0, -1) + end), kind: "record", value });
    }
  }
  return { bytes: Buffer.concat(lines.map((line) => line.bytes)), lines };
}

void test("whatever the log and wherever it is cut: whole records survive, the rest is named, no byte is lost", () => {
  property("JSON lines", 100_000, 40, (choices, note) => {
    const { bytes, lines } = log(choices);
    note({ log: bytes.toString("latin1") });
    const found = [...parseLines(bytes)];
    const expected = lines.filter((line) => line.kind !== "blank");
    assert.deepStrictEqual(
      found.map((line) => (line.ok ? line.value : "bad")),
      expected.map((line) => (line.kind === "record" ? line.value : "bad")),
    );
    // A cut anywhere: the lines in front of it are as before, and the tail is never called clean.
    const cut = choices.below(bytes.length + 1);
    const front = bytes.subarray(0, cut);
    const tail = splitTail(front);
    const lastEnd = front.lastIndexOf(10) + 1;
    assert.equal(tail.start, lastEnd);
    assert.equal(tail.state === "clean", lastEnd === cut);
    // repair: the good lines and the bad ones, put back in their places, are the log (and one line feed at most).
    const { good, bad: out } = repair(front);
    const missing = tail.state === "unterminated" ? 1 : 0;
    assert.equal(good.length + out.reduce((sum, line) => sum + line.bytes.length, 0), cut + missing);
    assert.ok([...parseLines(good)].every((line) => line.ok));
    assert.equal(splitTail(good).state, "clean");
    // keepLast: a suffix that begins at a line, with at most so many records.
    const maxEntries = 1 + choices.below(4);
    const kept = keepLast(bytes, { maxEntries });
    assert.ok(bytes.subarray(bytes.length - kept.bytes.length).equals(kept.bytes));
    const count = Math.min(maxEntries, expected.length);
    assert.deepStrictEqual(
      [...parseLines(kept.bytes)].map((line) => (line.ok ? line.value : "bad")),
      expected.slice(expected.length - count).map((line) => (line.kind === "record" ? line.value : "bad")),
    );
    assert.equal(kept.droppedEntries, expected.length - count);
  });
});

void test("errors are of the one class", () => {
  const [line] = parseLines("{");
  assert.ok(line?.ok === false && isUntornError(line.error));
});
