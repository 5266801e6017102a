import assert from "node:assert/strict";
import { test } from "node:test";
import { editJson, parseJson } from "../../src/json.ts";

const comments = { comments: true };

function edited(text: string, change: (value: never) => void): string {
  const value = parseJson(text, comments);
  change(value as never);
  const result = editJson(text, value, comments);
  assert.deepEqual(parseJson(result, comments), value);
  return result;
}

const first = '{ "n": "A" /* why A */, "x": [1.0,  2e0] }';
const second = '{\n    // why B\n    "n": "\\u0042",\n  }';
const third = '{\n    "n": "C", // why C\n    "deep": {\n      /* c */ "k": []\n    }\n  }';

test("an element that moves takes its text with it: comments, layout, escapes and the form of numbers", () => {
  const text = (...all: string[]): string => `[\n  ${all.join(",\n  ")}\n]\n`;
  const all = [first, second, third, '{ "n": "D" /* why D */ }', '[/* why E */ "E", 1.0]'];
  for (const order of [
    "10234",
    "43210",
    "12340",
    "40123",
    "34012",
    "21034",
    "03214",
    "24130",
    "31420",
    "10324",
    "20143",
  ]) {
    for (const newline of ["\n", "\r\n"]) {
      const result = edited(text(...all).replaceAll("\n", newline), (list: unknown[]) => {
        list.splice(0, 5, ...Array.from(order, (at) => list[Number(at)]));
      });
      assert.equal(result, text(...Array.from(order, (at) => all[Number(at)] as string)).replaceAll("\n", newline));
    }
  }
});

test("what moves to another list or another name keeps its text, with the indent of its new place", () => {
  const text = `{\n  "queue": [\n    ${third.replaceAll("\n", "\n  ")},\n    ${first}\n  ],\n  "now": null,\n  "in": { "done": [] }\n}\n`;
  const taken = edited(text, (state: { queue: unknown[]; now: unknown }) => (state.now = state.queue.shift()));
  assert.equal(taken, `{\n  "queue": [\n    ${first}\n  ],\n  "now": ${third},\n  "in": { "done": [] }\n}\n`);
  const done = edited(taken, (state: { now: unknown; queue: unknown[] }) => {
    state.queue.push(state.now);
    state.now = null;
  });
  assert.equal(
    done,
    `{\n  "queue": [\n    ${first},\n    ${third.replaceAll("\n", "\n  ")}\n  ],\n  "now": null,\n  "in": { "done": [] }\n}\n`,
  );
  const renamed = edited(`{ "old": ${first}, "b": 1 }`, (state: Record<string, unknown>) => {
    state.fresh = state.old;
    delete state.old;
  });
  assert.equal(renamed, `{ "b": 1, "fresh": ${first} }`);
});

test("a text is moved once, and only if its value is the same", () => {
  const twice = edited(`{ "a": [${first}], "b": [] }`, (state: { a: unknown[]; b: unknown[] }) => {
    state.b = [state.a[0], state.a[0]];
    state.a = [];
  });
  assert.equal(twice.split("why A").length, 2, twice);
  const changed = edited(`{ "a": [${first}], "b": [] }`, (state: { a: { n: string }[]; b: unknown[] }) => {
    state.b = [{ ...state.a[0], n: "other" }];
    state.a = [];
  });
  assert.doesNotMatch(changed, /why A/);
  // What is too small for a double reads as 0; a 0 that comes is a 0.
  assert.equal(editJson('{"a":[{"x":1e-999}],"b":[]}', { a: [], b: [{ x: 0 }] }), '{"a":[],"b":[{"x":0}]}');
});

test("differences on every level of nested arrays take time that grows with the text", () => {
  // JSON.stringify would not go so deep.
  const nested = (levels: number, add: number): { value: unknown; text: string } => {
    let value: unknown = add;
    const [opens, closes]: [string[], string[]] = [[], []];
    for (let i = 0; i < levels; i++) {
      value = [value, i + add, i + 1 + add];
      opens.push("[");
      closes.push(`,${i + add},${i + 1 + add}]`);
      if (i % 3 !== 0) continue;
      value = { id: i, list: value };
      opens.push(`{"id":${i},"list":`);
      closes.push("}");
    }
    return { value, text: opens.toReversed().join("") + add + closes.join("") };
  };
  const cpu = (levels: number): number => {
    const before = nested(levels, 0);
    const after = nested(levels, 1);
    const start = process.cpuUsage();
    const result = editJson(before.text, after.value);
    const { user, system } = process.cpuUsage(start);
    assert.equal(result, after.text);
    return (user + system) / 1000;
  };
  cpu(500);
  const took = cpu(8000);
  // Read once for each level around it, this takes tens of seconds.
  assert.ok(took < 5000, `${took} ms`);
});

test("what stands on one long line is reordered in time that grows with the line, not with its square", () => {
  const cpu = (count: number, around: (list: string) => string): number => {
    const all = Array.from({ length: count }, (_, id) => ({ id, name: "x".repeat(60), tags: ["a", "b"] }));
    const text = around(JSON.stringify(all).slice(1, -1));
    const fresh = all.toReversed();
    const start = process.cpuUsage();
    const result = editJson(text, fresh);
    const { user, system } = process.cpuUsage(start);
    assert.deepEqual(JSON.parse(result), fresh);
    return (user + system) / 1000;
  };
  // The second has lines of its own, but all elements on one of them.
  for (const around of [(line: string) => `[${line}]`, (line: string) => `[\n  ${line}\n]\n`]) {
    cpu(500, around);
    const [small, large] = [cpu(500, around), cpu(4000, around)];
    // Eight times as much (5 and 40 ms); walked back to its start for every element, the line takes 64 times as much (9 s).
    assert.ok(large < 20 * small + 500, `${small} ms, ${large} ms`);
  }
});
