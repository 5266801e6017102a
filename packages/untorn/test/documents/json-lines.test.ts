import assert from "node:assert/strict";
import { test } from "node:test";
import { editJson, parseJson } from "../../src/json.ts";

const comments = { comments: true };

/** Edits it with both line ends; what comes out with "\n". */
function edited(text: string, change: (value: never) => void): string {
  const [unix, windows] = ["\n", "\r\n"].map((newline) => {
    const value = parseJson(text, comments);
    change(value as never);
    const result = editJson(text.replaceAll("\n", newline), value, comments);
    assert.deepEqual(parseJson(result, comments), value);
    return result;
  });
  assert.equal(windows, unix?.replaceAll("\n", "\r\n"));
  return unix ?? "";
}

const list = (...lines: string[]): string => `[\n  ${lines.join("\n  ")}\n]\n`;
const push = (value: unknown) => (all: unknown[]) => void all.push(value);

test("a new object or list beside others that are on one line each is written on one line, in their form", () => {
  for (const [first, value, added] of [
    ['{"a":1,"b":2}', { a: 3, c: [1, {}] }, '{"a":3,"c":[1,{}]}'],
    ['{"a": 1, "b": 2}', { a: 3, c: { d: 4 } }, '{"a": 3, "c": {"d": 4}}'],
    ['{ "a": 1, "b": [ 2 ] }', { a: { b: [3, []] } }, '{ "a": { "b": [ 3, [] ] } }'],
    ['{ "a": [2] }', { a: [3], b: {} }, '{ "a": [3], "b": {} }'],
    ['{"a":[1],"b":2}', { a: 1, b: 2 }, '{"a":1,"b":2}'],
    ['{"a":1}', { a: 1, b: 2 }, '{"a":1,"b":2}'],
    ['{"a":"x, y","b":"} ]"}', { a: 1, b: 2 }, '{"a":1,"b":2}'],
    ["[1,2]", [3, 4], "[3,4]"],
    ["[1, 2]", [3, [4, 5]], "[3, [4, 5]]"],
    ["[ 1, 2 ]", [3], "[ 3 ]"],
    ["[[1,2],[3]]", [[4], [5, 6]], "[[4],[5,6]]"],
    ['[{ "a": 1 }]', [{ a: 2 }, { b: 3 }], '[{ "a": 2 }, { "b": 3 }]'],
  ] as const) {
    assert.equal(edited(list(first), push(value)), list(`${first},`, added));
    assert.equal(
      edited(list(first), (all: unknown[]) => void all.unshift(value)),
      list(`${added},`, first),
    );
    const member = (text: string): string => `{\n  "x": ${first},\n  "y": ${text}\n}\n`;
    const set = (all: { y: unknown }): void => void (all.y = value);
    assert.equal(edited(member("null"), set), member(added));
    assert.equal(edited(member(Array.isArray(value) ? "[]" : "{}"), set), member(added));
  }
});

test("nobody's line is taken for the form of a value that goes over more than one", () => {
  for (const first of [
    '{"a": 1, "b": [2],\n    "c": 3}',
    "[[1, 2],\n    [3]]",
    '{\n    "a": 1\n  }',
    "{}",
    "[]",
    '"{1}"',
  ]) {
    const added = '{\n    "k": [\n      1\n    ]\n  }';
    assert.equal(edited(list(first), push({ k: [1] })), list(`${first},`, added));
  }
  // What is cut off in the middle of a string shows no end.
  const long = `{"a": "${"x".repeat(200)}}}${"x".repeat(200)}",\n    "b": 1}`;
  assert.equal(edited(list(long), push({ k: 1 })), list(`${long},`, '{\n    "k": 1\n  }'));
});

test("a value of another kind, or longer than 120 characters, has lines of its own", () => {
  assert.equal(edited(list("[1, 2]"), push({ k: 1 })), list("[1, 2],", '{\n    "k": 1\n  }'));
  assert.equal(edited(list('{"a": 1}'), push([1])), list('{"a": 1},', "[\n    1\n  ]"));
  const [fits, over] = [112, 113].map((length) => "x".repeat(length));
  assert.equal(edited(list('{"a":1}'), push({ k: fits })), list('{"a":1},', `{"k":"${fits}"}`));
  assert.equal(edited(list('{"a":1}'), push({ k: over })), list('{"a":1},', `{\n    "k": "${over}"\n  }`));
  const member = (text: string): string => `{\n  "x": {"a": 1},\n  "y": ${text}\n}\n`;
  assert.equal(
    edited(member("{}"), (all: { y: object }) => void (all.y = { k: over, o: { p: 1 } })),
    member(`{\n    "k": "${over}",\n    "o": {\n      "p": 1\n    }\n  }`),
  );
});

test("comments in and behind the first value are no blanks of its form", () => {
  for (const [first, behind] of [
    ['{"a": 1, /* of b */ "b": 2}', " // why"],
    ['{/* of a */ "a": 1, "b": 2}', ""],
    ['{"a": 1 /* } */, "b": [2]}', " /* , { */"],
  ]) {
    const text = `[\n  ${first},${behind}\n  {"a": 0}\n]\n`;
    const asked = `[\n  ${first},${behind}\n  {"a": 0},\n  {"a": 3, "b": [4]}\n]\n`;
    assert.equal(edited(text, push({ a: 3, b: [4] })), asked);
  }
  const moved = '{\n    // why\n    "k": 1\n  }';
  assert.equal(
    edited(`{\n  "x": {"a": 1},\n  "old": ${moved},\n  "in": {}\n}\n`, (all: Record<string, unknown>) => {
      all["in"] = { was: all["old"] };
      delete all["old"];
    }),
    `{\n  "x": {"a": 1},\n  "in": {\n    "was": ${moved.replaceAll("\n", "\n  ")}\n  }\n}\n`,
  );
});
