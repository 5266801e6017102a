import assert from "node:assert/strict";
import { test } from "node:test";
import { editJson, formatJson, openJson, parseJson } from "../../src/json.ts";
import { isUntornError } from "../../src/platform/index.ts";
import type { UntornError } from "../../src/platform/index.ts";

function failure(run: () => unknown): UntornError {
  try {
    run();
  } catch (error) {
    if (isUntornError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Parses, changes, edits. */
function edited(text: string, change: (value: never) => unknown, comments = false): string {
  const document = openJson(text, { comments });
  const result = change(document.value as never);
  return document.edit(result === undefined ? document.value : result);
}

void test("what is not JSON is an error that a person can read, with line, column and offset", () => {
  const cases: [string, number, number, RegExp][] = [
    ["", 1, 1, /the file is empty/],
    ["\uFEFF", 1, 1, /the file is empty/],
    ["\n  ", 2, 3, /only white space/],
    ["\0\0\0", 1, 1, /nothing but 3 NUL bytes/],
    ['{"a": 1} x', 1, 10, /"x" follows after the end/],
    ['{"a": [1, 2', 1, 12, /ends inside an array, which began at offset 6: it may have been cut off/],
    ['{\r\n  "a": tru\r\n}', 2, 8, /"t" where a value was expected/],
    ['{"a": 1,}', 1, 9, /trailing commas/],
    ['{"a": 01}', 1, 7, /a word that is no JSON number/],
    ['["a\tb"]', 1, 4, /a raw tab in a string/],
    ['["\\x"]', 1, 3, /not a JSON escape/],
    ['{"a": 1} // c', 1, 10, /follows after the end/],
    ["{// c\n}", 1, 2, /a comment, which strict JSON does not have/],
    ['"abc', 1, 5, /ends inside a string/],
  ];
  for (const [text, line, column, message] of cases) {
    const error = failure(() => parseJson(text, { path: "state.json" }));
    assert.equal(error.code, "UNTORN_CORRUPT");
    assert.match(error.message, message);
    assert.deepEqual([error.position?.line, error.position?.column], [line, column], JSON.stringify(text));
    assert.ok(error.message.startsWith(`state.json:${line}:${column}: `));
  }
  const error = failure(() => parseJson(Buffer.from([0x5b, 0x22, 0xc3, 0xa9, 0xff, 0x22, 0x5d])));
  assert.deepEqual(error.position, { line: 1, column: 4, offset: 3, byteOffset: 4 });
});

void test("a value that has no JSON form is an error that names its place", () => {
  const cycle: Record<string, unknown> = { a: { b: [] } };
  (cycle["a"] as { b: unknown[] }).b.push(0, 1, cycle);
  const cases: [unknown, RegExp][] = [
    [{ a: { b: [0, 1, 2, Number.NaN] } }, /: \/a\/b\/3 is NaN/],
    [{ "x/y": { "~": Infinity } }, /: \/x~1y\/~0 is Infinity/],
    [cycle, /: \/a\/b\/2(\/a\/b\/2)? is inside itself/],
    [undefined, /: \/ is undefined/],
    [[1, undefined], /: \/1 is undefined/],
    [{ f: () => 1 }, /: \/f is a function/],
    [{ s: Symbol("x") }, /: \/s is a symbol/],
    [{ m: new Map() }, /: \/m is a Map/],
    [{ p: Promise.resolve() }, /: \/p is a Promise.*Await it first/],
    [{ t: new Uint16Array(2) }, /: \/t is a typed array/],
  ];
  for (const text of ['{"a": {"b": [0, 1, 2, 3]}}', "[]", '"x"']) {
    for (const [value, message] of cases) {
      const error = failure(() => editJson(text, value));
      assert.equal(error.code, "UNTORN_INVALID_ARGUMENT");
      assert.match(error.message, message);
    }
  }
});

void test("values are read as JSON.stringify reads them", () => {
  const value = { d: new Date(0), u: undefined, n: Object(1), big: 2n ** 64n, z: -0, c: { toJSON: () => undefined } };
  const text = '{"d": "1970-01-01T00:00:00.000Z", "u": 1, "c": 2, "n": 1}';
  assert.equal(
    editJson(text, value),
    '{"d": "1970-01-01T00:00:00.000Z", "n": 1, "big": 18446744073709551616, "z": -0}',
  );
  const shared = { x: 1 };
  assert.equal(formatJson({ a: shared, b: shared }, { indent: 0 }), '{"a":{"x":1},"b":{"x":1}}\n');
  assert.equal(
    formatJson({ a: [1, {}], b: [] }, { newline: "\r\n" }),
    JSON.stringify({ a: [1, {}], b: [] }, null, 2).replaceAll("\n", "\r\n") + "\r\n",
  );
});

void test("numbers that a double cannot hold keep their digits, also when they move", () => {
  const text = '{"list": [{"id": 9007199254740993}, {"id": 12345678901234567890}], "far": 1e400, "one": 1.0}';
  type Value = { list: { id: number; x?: number }[]; far?: number; one: number; moved?: number };
  const out = edited(text, (value: Value) => {
    value.list.shift();
    (value.list[0] as { x?: number }).x = 1;
    value.moved = value.far as number;
    delete value.far;
  });
  assert.equal(out, '{"list": [{"id": 12345678901234567890, "x": 1}], "one": 1.0, "moved": 1e400}');
  const two = failure(() =>
    edited('{"a": 9007199254740993, "b": 9007199254740992}', (value: { a: number; b: number }) => ({
      c: value.a,
      d: value.b,
    })),
  );
  assert.match(two.message, /9007199254740993 and 9007199254740992 look the same/);
  // One too small for a double reads as 0, and a 0 that comes is no such number.
  assert.equal(
    edited('{"tiny": 1e-400, "x": 5}', () => ({ x: 0, y: 0 })),
    '{"x": 0, "y": 0}',
  );
});

void test("comments stay, trailing commas stay, and new members follow the style of their neighbours", () => {
  const text = '{\n  // the port\n  "port": 1, // default\n  "list": [\n    1, // one\n    2, // two\n  ],\n}\n';
  const out = edited(
    text,
    (value: { port?: number; list: number[]; host?: object }) => {
      delete value.port;
      value.list.push(3);
      value.host = { name: "x" };
    },
    true,
  );
  assert.equal(
    out,
    '{\n  // the port\n  // default\n  "list": [\n    1, // one\n    2, // two\n    3,\n  ],\n  "host": {\n    "name": "x"\n  },\n}\n',
  );
  assert.equal(
    edited('{\r\n\t"a": {}\r\n}', (value: { a: object }) => void Object.assign(value.a, { b: [1] })),
    '{\r\n\t"a": {\r\n\t\t"b": [\r\n\t\t\t1\r\n\t\t]\r\n\t}\r\n}',
  );
  assert.equal(
    edited("{}\n", () => ({ a: 1 })),
    '{\n  "a": 1\n}\n',
  );
});

void test("__proto__ is a member like any other and pollutes nothing", () => {
  const text = '{"__proto__": {"x": 1}, "b": 1}';
  assert.equal(
    edited(text, (value: { b: number }) => void (value.b = 2)),
    '{"__proto__": {"x": 1}, "b": 2}',
  );
  assert.equal(editJson(text, { b: 1 }), '{"b": 1}');
  assert.equal(({} as { x?: number }).x, undefined);
});

void test("of members with the same name the last one counts: it changes, and all of them go", () => {
  const text = '{"a": 1, "b": 0, "a": 2}';
  assert.equal(editJson(text, { a: 3, b: 0 }), '{"a": 1, "b": 0, "a": 3}');
  assert.equal(editJson(text, { b: 0 }), '{"b": 0}');
  assert.equal(editJson(text, { a: 2, b: 1 }), '{"a": 1, "b": 1, "a": 2}');
});

void test("with uniqueNames an object that has a name twice is an error at the second one, also behind comments", () => {
  const text = '{ // "a": 1\n "a": 1,\n "b": [{"a": 2}],\n "\\u0061": 3}';
  const options = { comments: true, uniqueNames: true };
  const error = failure(() => parseJson(text, options));
  assert.equal(error.code, "UNTORN_CORRUPT");
  assert.deepEqual([error.position?.line, error.position?.column], [4, 2]);
  assert.match(error.message, /"a" is there twice in one object/);
  assert.deepEqual(parseJson(text, { comments: true }), { a: 3, b: [{ a: 2 }] });
  assert.deepEqual(parseJson('{"a": {"a": 1}, "b": {"a": 1}}', options), { a: { a: 1 }, b: { a: 1 } });
});

void test("100,000 levels deep: read, kept, and edited at the bottom, without a stack overflow", () => {
  const depth = 100_000;
  const text = `${"[".repeat(depth)}1${"]".repeat(depth)}`;
  const document = openJson(text);
  assert.equal(document.edit(document.value), text);
  let at = document.value as unknown[];
  for (let i = 1; i < depth; i++) at = at[0] as unknown[];
  at[0] = 2;
  assert.equal(document.edit(document.value), text.replace("1", "2"));
  at.push(3);
  assert.equal(document.edit(document.value), text.replace("1", "2,3"));
  // Changed at every level, which would be quadratic if each level read the rest again.
  const nested = (leaf: number) => `${`[${leaf},`.repeat(depth / 2)}0${"]".repeat(depth / 2)}`;
  const started = performance.now();
  assert.equal(editJson(nested(1), parseJson(nested(2))), nested(2));
  assert.ok(performance.now() - started < 20_000);
  let value: unknown = Number.NaN;
  for (let i = 0; i < depth; i++) value = { a: value };
  assert.match(failure(() => formatJson(value, { indent: 0 })).message, /\/a\/a\/.*is NaN/);
});

void test("a member beside a 10 MB line", () => {
  const line = (size: number) => `{"blob": "${"x\\n".repeat(size / 3)}", "n": 1}`;
  const text = line(10_000_000);
  assert.equal(
    edited(text, (value: { n: number }) => void (value.n = 2)),
    text.replace('"n": 1', '"n": 2'),
  );
});

test("members of a long line with comments go in time that grows with the line, not with its square", () => {
  const text = `[${"1,/* x */ ".repeat(40_000)}2]`;
  const { user, system } = process.cpuUsage();
  const edited = editJson(text, [], { comments: true });
  const used = process.cpuUsage({ user, system });
  assert.deepEqual(parseJson(edited, { comments: true }), []);
  // 0.1 s; it was 12 s when each member's line was read from its start.
  assert.ok(used.user + used.system < 4_000_000, `${used.user + used.system} us`);
});
