import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorOf, folderFor, namesIn, shell, untorn } from "../binary.ts";

test("registries by commands", (t) => {
  const cwd = folderFor(t);
  const registry = (...args: string[]) => untorn(["registry", ...args], { cwd });
  writeFileSync(join(cwd, "grep.json"), '{"description": "finds & shows"}');
  writeFileSync(join(cwd, "grep.mjs"), "export {};\n");
  assert.equal(
    registry("tool", "put", "grep", "grep.json", "--implementation", "grep.mjs").stdout,
    "grep  version 1\n",
  );
  assert.deepEqual(
    namesIn(join(cwd, ".registry/tools")).filter((name) => !name.startsWith(".")),
    ["grep.json", "grep.mjs", "index.json"],
  );
  const put = shell(
    `echo '{"text": "Hello {name}"}' | $U registry prompt put hello - && $U registry prompt put hello grep.json`,
    { cwd },
  );
  assert.match(put.stderr, /the specification is not valid: text/);
  assert.equal(put.status, 1);
  assert.match(registry("prompt", "list").stdout, /^hello {2}version 1 {2}2/);
  assert.equal(
    (JSON.parse(registry("tool", "show", "grep").stdout) as { spec: { description: string } }).spec.description,
    "finds & shows",
  );
  assert.equal(
    errorOf(registry("tool", "put", "../x", "grep.json", "--implementation", "grep.mjs", "--json")).code,
    "UNTORN_INVALID_ARGUMENT",
  );
  assert.equal(registry("tool", "verify").status, 0);
  writeFileSync(join(cwd, ".registry/tools/grep.json"), "");
  const list = registry("tool", "list");
  assert.deepEqual([list.status, /^grep {2}corrupt: /.test(list.stdout)], [1, true]);
  assert.equal(registry("prompt", "remove", "hello").status, 0);
  assert.equal(registry("prompt", "history", "hello").stdout.startsWith("version 1"), true);
  for (const args of [
    ["tol", "list"],
    ["tool"],
    ["tool", "lst"],
    ["tool", "show"],
    ["tool", "remove", "grep", "other"],
    ["tool", "list", "x"],
    ["tool", "show", "grep", "--apply"],
  ]) {
    assert.equal(registry(...args).status, 2, args.join(" "));
  }
});

test("large integers of a specification are shown as they are stored", (t) => {
  const cwd = folderFor(t);
  const input = '{"text": "Hello", "ids": [12345678901234567891, 7], "deep": {"n": -98765432109876543210}}';
  const put = untorn(["registry", "prompt", "put", "hello", "-", "--json"], { cwd, input });
  for (const ended of [
    put,
    ...[[], ["--json"]].map((how) => untorn(["registry", "prompt", "show", "hello", ...how], { cwd })),
  ]) {
    assert.match(
      ended.stdout.replace(/\s/g, ""),
      /"ids":\[12345678901234567891,7\],"deep":\{"n":-98765432109876543210\}/,
    );
  }
});

test("what a registry is given is stored as it is, or refused; what is refused makes no folder", (t) => {
  const cwd = folderFor(t);
  const put = (spec: string | Buffer, ...args: string[]) => {
    writeFileSync(join(cwd, "spec.json"), spec);
    return untorn(["registry", ...args], { cwd, input: spec });
  };
  const latin = Buffer.from('{"text": "caf\xe9"}', "latin1");
  for (const from of ["spec.json", "-"]) {
    const refused = put(latin, "prompt", "put", "a", from);
    assert.deepEqual([refused.status, /is not UTF-8 text/.test(refused.stderr)], [1, true], refused.stderr);
  }
  assert.equal(put('{"text": 1}', "prompt", "put", "a", "spec.json").status, 1);
  assert.equal(put('{"text": "x"}', "prompt", "put", "a/b", "spec.json").status, 1);
  assert.deepEqual(namesIn(cwd), ["spec.json"]);
  const exact = put('\uFEFF{"text": "x", "id": 12345678901234567891}', "prompt", "put", "a", "-", "--json");
  assert.equal(exact.status, 0, exact.stderr);
  assert.match(readFileSync(join(cwd, ".registry/prompts/a.json"), "utf8"), /"id": 12345678901234567891/);
  assert.equal(put('{"text": "y"}', "prompt", "put", "a", "spec.json").status, 0);
  assert.match(
    readFileSync(join(cwd, ".registry/prompts/history/a/000001.json"), "utf8"),
    /"id": 12345678901234567891/,
  );
});

test("of a registry, and an entry, that there has never been nothing is told as if there were", (t) => {
  const cwd = folderFor(t);
  for (const action of [
    ["list"],
    ["verify"],
    ["verify", "--apply"],
    ["history", "x"],
    ["show", "x"],
    ["remove", "x"],
  ]) {
    const said = untorn(["registry", "--dir", "nope", "tool", ...action], { cwd });
    assert.equal(said.status, 1, action[0]);
    assert.match(said.stderr, /^untorn: nope: there is no registry here yet\..*--dir/, action[0]);
  }
  assert.deepEqual(namesIn(cwd), []);
  shell(`echo '{"text": "Hello"}' | $U registry prompt put hello -`, { cwd });
  assert.deepEqual(
    [untorn(["registry", "tool", "list"], { cwd }).status, untorn(["registry", "tool", "verify"], { cwd }).status],
    [0, 0],
  );
  const never = untorn(["registry", "prompt", "history", "x"], { cwd });
  assert.deepEqual([never.status, /there is no entry of that name/.test(never.stderr)], [1, true]);
  untorn(["registry", "prompt", "remove", "hello"], { cwd });
  assert.equal(untorn(["registry", "prompt", "history", "hello"], { cwd }).status, 0);
});
