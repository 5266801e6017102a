import assert from "node:assert/strict";
import { test } from "node:test";
import { editJson, formatJson, parseJson } from "../../src/json.ts";
import { parsesBack } from "./format-cases.ts";

test("formatJson writes the same text, whether JSON.stringify does it or not", () => {
  for (const value of parsesBack) {
    for (const indent of [0, 2, "\t", " ".repeat(10)]) {
      const native = formatJson(value, { indent });
      // CRLF takes the other way; a text without line ends in its strings differs in nothing else.
      assert.equal(formatJson(value, { indent, newline: "\r\n" }).replaceAll("\r\n", "\n"), native);
      assert.deepEqual(parseJson(native), JSON.parse(JSON.stringify(value)));
    }
  }
});

test("formatJson refuses what JSON.stringify would lose, wherever it is, and keeps -0 and BigInts", () => {
  const cycle: Record<string, unknown> = { a: [] };
  (cycle["a"] as unknown[]).push(cycle);
  const lost = [NaN, Infinity, () => 1, Symbol("x"), new Map(), /x/, cycle, undefined];
  for (const value of lost) {
    const refused = { code: "UNTORN_INVALID_ARGUMENT" };
    assert.throws(() => formatJson(value), refused);
    assert.throws(() => formatJson({ deep: [{ in: [value] }] }), refused);
  }
  assert.throws(() => formatJson(Array.from<number>({ length: 3 }).fill(1, 1)), { code: "UNTORN_INVALID_ARGUMENT" });
  assert.equal(formatJson({ a: -0, b: 12345678901234567890n }, { indent: 0 }), '{"a":-0,"b":12345678901234567890}\n');
  assert.equal(formatJson({ a: undefined, at: new Date(0) }, { indent: 0 }), '{"at":"1970-01-01T00:00:00.000Z"}\n');
  let deep: unknown = [];
  for (let i = 0; i < 100_000; i++) deep = [deep];
  assert.equal(formatJson(deep, { indent: 0 }).length, 200_003);
  assert.equal(editJson('{"a":1}', { a: 1 }), '{"a":1}');
});
