import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { parseExactly } from "../../src/jq.ts";
import { errorOf, folderFor, namesIn, shell, untorn } from "../binary.ts";

const before = `{
  "id": 12345678901234567890, "big": 1e400, "ratio": 1.50,
  "__proto__": {"x": 9007199254740993},
  "name": "a/b & \\\\1 $&", "dup": 1, "dup": 2,
\t"list": [ 1,2 , {"deep": 100000000000000000001} ]
}`;

function stateFile(t: TestContext, content: string = before): string {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "state.json"), content);
  return cwd;
}

const text = (cwd: string): string => readFileSync(join(cwd, "state.json"), "utf8");

test("json changes what the filter changes, and every other byte stays, numbers of any size among them", (t) => {
  const cwd = stateFile(t);
  const value = "x/y & \\1 $& 'q' \"d\" é";
  const { status, stdout, stderr } = untorn(["json", "state.json", ".name = $v", "--arg", "v", value], { cwd });
  assert.deepEqual([status, stdout, stderr], [0, "", ""]);
  assert.equal(
    text(cwd),
    before.replace('"a/b & \\\\1 $&"', () => JSON.stringify(value)),
  );
  const added = untorn(["json", "state.json", ".list[2].deep += 1 | .ratio = 2", "--json"], { cwd });
  assert.equal(added.status, 0, added.stderr);
  assert.equal((JSON.parse(added.stdout) as { changed: boolean }).changed, true);
  assert.ok(text(cwd).includes('12345678901234567890, "big": 1e400, "ratio": 2,'));
  assert.deepEqual(namesIn(cwd), ["state.json"]);
});

test("json: a filter that changes nothing leaves the file alone", (t) => {
  const cwd = stateFile(t, `\uFEFF${before}\r\n`);
  const { status, stdout } = untorn(["json", "--json", "state.json", "."], { cwd });
  assert.equal(status, 0);
  assert.equal((JSON.parse(stdout) as { changed: boolean }).changed, false);
  assert.equal(text(cwd), `\uFEFF${before}\r\n`);
});

test("json: numbers that move or come in keep their digits", (t) => {
  const cwd = stateFile(t, '{"a":{"id":12345678901234567890,"e":1e400}}');
  const moved = untorn(
    ["json", "state.json", ".b = .a | del(.a) | .n = $n", "--argjson", "n", "98765432109876543210"],
    {
      cwd,
    },
  );
  assert.equal(moved.status, 0, moved.stderr);
  assert.equal(text(cwd).replaceAll(" ", ""), '{"b":{"id":12345678901234567890,"e":1e400},"n":98765432109876543210}');
});

test("json: where it is not known which digits a filter moves, nothing is advised that a shell cannot do", (t) => {
  const cwd = stateFile(t, "[1E400, 1e1000]");
  const { status, stderr } = untorn(["json", "state.json", "{x: .}"], { cwd });
  assert.equal(status, 1);
  assert.match(stderr, /look the same .*Leave them where they are, or edit the file by hand\.\n$/);
  assert.equal(text(cwd), "[1E400, 1e1000]");
});

test("json: half of a surrogate pair is named with its place; whole ones and escaped backslashes are none", (t) => {
  const half = '{\n "a": "\\ud83d\\ude00", "b\\\\ud83d": 1,\n "c": "x\\ud83d"}';
  const cwd = stateFile(t, half);
  for (const command of [
    ["json", "state.json", ".a = 1"],
    ["get", "state.json", ".a"],
  ]) {
    const { status, stderr } = untorn(command, { cwd });
    assert.equal(status, 1);
    assert.match(stderr, /half of a surrogate pair in it \(\\ud83d at line 3, column 9\).*Mend that string/);
  }
  assert.equal(text(cwd), half);
  writeFileSync(join(cwd, "state.json"), half.replace("x\\ud83d", "x"));
  assert.equal(untorn(["json", "state.json", ".n = 1"], { cwd }).status, 0);
});

test("json: a number that the filter leaves alone keeps its form", (t) => {
  const cwd = stateFile(t, '{"a":12345678901234567890e0,"b":1e20,"c":-1.0E22,"x":0}');
  assert.equal(untorn(["json", "state.json", ".x = 1"], { cwd }).status, 0);
  assert.equal(text(cwd), '{"a":12345678901234567890e0,"b":1e20,"c":-1.0E22,"x":1}');
});

test("json: a filter that fails, yields nothing or several values changes nothing and says so", (t) => {
  const cwd = stateFile(t);
  const refused = (filter: string, status: number, message: RegExp, ...more: string[]): void => {
    const ended = untorn(["json", "state.json", filter, ...more], { cwd });
    assert.deepEqual([ended.status, ended.stdout], [status, ""], filter);
    assert.match(ended.stderr, message, filter);
    assert.equal(text(cwd), before);
  };
  refused("empty", 1, /yields nothing.*unchanged/);
  refused(".list[]", 1, /yields 3 values.*exactly one/);
  refused('error("no good")', 1, /the filter failed: no good/);
  refused(".name + 1", 1, /cannot be added/);
  refused("halt_error", 1, /the filter failed/);
  refused("halt", 1, /yields nothing/);
  refused(".[", 2, /FILTER is not understood.*syntax error/);
  refused("$missing", 2, /\$missing is not defined/);
  refused("--", 2, /not understood/, "-c");
  refused(".", 2, /not JSON.*--arg/, "--argjson", "x", "{");
  refused(".", 2, /takes a name and a value/, "--arg", "x");
  refused(".", 2, /not a name/, "--arg", "1x", "y");
  const { error } = JSON.parse(untorn(["json", "--json", "state.json", "empty"], { cwd }).stderr) as {
    error: { code: string; outcome: string };
  };
  assert.deepEqual([error.code, error.outcome], ["UNTORN_SOURCE", "unchanged"]);
  assert.deepEqual(namesIn(cwd), ["state.json"]);
});

test("json: a corrupt, empty or missing file is not saved over; --create makes one; --keep-size refuses to shrink", (t) => {
  const cwd = stateFile(t, '{"a": ');
  const code = (...args: string[]): [number | null, string] => {
    const ended = untorn(["json", "--json", ...args], { cwd });
    return [ended.status, ended.status === 0 ? "" : errorOf(ended).code];
  };
  assert.deepEqual(code("state.json", ".a = 1"), [1, "UNTORN_CORRUPT"]);
  assert.equal(text(cwd), '{"a": ');
  writeFileSync(join(cwd, "state.json"), "");
  assert.deepEqual(code("state.json", "{}"), [1, "UNTORN_CORRUPT"]);
  assert.equal(text(cwd), "");
  assert.deepEqual(code("none.json", "{}"), [1, "UNTORN_NOT_FOUND"]);
  assert.deepEqual(namesIn(cwd), ["state.json"]);
  assert.deepEqual(code("none.json", "{a: 1, was: .}", "--create"), [0, ""]);
  assert.equal(readFileSync(join(cwd, "none.json"), "utf8"), '{\n  "a": 1,\n  "was": null\n}\n');
  assert.deepEqual(code("none.json", "{}", "--keep-size"), [1, "UNTORN_SHRINK"]);
  assert.match(untorn(["json", "none.json", "{}", "--keep-size"], { cwd }).stderr, /leave --keep-size out/);
});

test("json: shells that count at the same time lose nothing", (t) => {
  const cwd = stateFile(t, '{"count":0}');
  const { status, stderr } = shell(
    'for p in 1 2 3; do (for i in 1 2 3; do $U json state.json ".count += 1" --durability off || exit 1; done) & done; wait',
    { cwd },
  );
  assert.deepEqual([status, stderr], [0, ""]);
  assert.equal(text(cwd), '{"count":9}');
});

test("get prints each value on a line; --raw strings as they are", (t) => {
  const cwd = stateFile(t);
  const printed = (...args: string[]): string => {
    const { status, stdout, stderr } = untorn(["get", "state.json", ...args], { cwd });
    assert.deepEqual([status, stderr], [0, ""]);
    return stdout;
  };
  assert.equal(printed(".id, .ratio, .nothing"), "12345678901234567890\n1.50\nnull\n");
  assert.equal(printed(".name"), '"a/b & \\\\1 $&"\n');
  assert.equal(printed(".name, .dup", "--raw"), "a/b & \\1 $&\n2\n");
  assert.equal(printed("$x.y", "--argjson", "x", '{"y":[1,2]}'), "[1,2]\n");
  assert.equal(printed("empty"), "");
  const fails = untorn(["get", "state.json", ".name.x"], { cwd });
  assert.deepEqual([fails.status, fails.stdout], [1, ""]);
  writeFileSync(join(cwd, "state.json"), "{");
  assert.equal(untorn(["get", "state.json", "."], { cwd }).status, 1);
  assert.equal(untorn(["get", "none.json", "."], { cwd }).status, 1);
  assert.equal(untorn(["get", "state.json"], { cwd }).status, 2);
});

test("parseExactly: integers that no double can hold are BigInts; strings and fractions are not touched", () => {
  const source =
    '{"a":12345678901234567890,"b":"12345678901234567890","c":1.2345678901234567890,"d":-98765432109876543210,' +
    '"e":9007199254740991,"f":"\\"12345678901234567890","g":12345678901234567e3,"__proto__":1}';
  const value = parseExactly(source) as Record<string, unknown>;
  assert.equal(value["a"], 12345678901234567890n);
  assert.equal(value["b"], "12345678901234567890");
  assert.equal(value["c"], 1.2345678901234567);
  assert.equal(value["d"], -98765432109876543210n);
  assert.equal(value["e"], 9007199254740991);
  assert.equal(value["f"], '"12345678901234567890');
  assert.equal(value["g"], 12345678901234567e3);
  assert.ok(Object.hasOwn(value, "__proto__"));
});

test("jq is loaded when it is needed: help loads every command, and jq is a megabyte", () => {
  const source = readFileSync(new URL("../../src/jq.js", import.meta.url), "utf8");
  assert.match(source, /await import\("jq-wasm"\)/);
  assert.doesNotMatch(source, /^import .*"jq-wasm"/m);
});
