import assert from "node:assert/strict";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { persistenceModels } from "untorn/testing";
import { usage } from "../src/commands/crashtest.ts";
import { folderFor, untorn } from "./binary.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`../../test/fixtures/${name}`, import.meta.url));
const skip = process.platform === "win32" ? "the simulated file system has POSIX paths" : false;

test("an unsafe save is found out, with a timeline and a token that replays it", { skip }, () => {
  const { status, stdout, stderr } = untorn(["crashtest", fixture("unsafe-save.mjs")]);
  assert.equal(status, 1, stderr);
  assert.match(stdout, /posix +\d+ states \(all states\) +\d+ WRONG/);
  assert.match(stdout, /process +\d+ states \(all states\) +good/);
  assert.match(stdout, /lost: load gives an older value/);
  assert.match(stdout, /write .crash-test.state\.json\.tmp, 11 bytes at 0 +NOT SYNCED/);
  const token = /replay: (\S+)/.exec(stdout)?.[1] ?? "";
  const again = untorn(["crashtest", fixture("unsafe-save.mjs"), "--replay", token]);
  assert.equal(again.status, 1, again.stderr);
  assert.ok(again.stdout.includes(`replay: ${token}\n`));
});

test("a safe save is good: CommonJS, callbacks, promises", { skip }, () => {
  const { status, stdout, stderr } = untorn(["crashtest", fixture("safe-save.cjs")]);
  assert.equal(status, 0, stdout + stderr);
  assert.doesNotMatch(stdout, /WRONG/);
  assert.match(stdout, /\d+ states, seed 1/);
});

test("code that uses untorn is good, and its own copy of the library is the one under test", { skip }, () => {
  const args = ["crashtest", fixture("untorn-save.mjs"), "--json", "--model", "posix", "--model", "xfs"];
  const { status, stdout, stderr } = untorn(args);
  assert.equal(status, 0, stdout + stderr);
  const report = JSON.parse(stdout) as { ok: boolean; effects: number; models: { model: string }[] };
  assert.ok(report.ok && report.effects > 10, stdout);
  assert.deepEqual(
    report.models.map(({ model }) => model),
    ["posix", "xfs", "process"],
  );
});

test("wrong usage is 2, a script that fails is 1", { skip }, () => {
  assert.equal(untorn(["crashtest"]).status, 2);
  assert.equal(untorn(["crashtest", "a", "b"]).status, 2);
  assert.equal(untorn(["crashtest", "a", "--states", "many"]).status, 2);
  const { status, stderr } = untorn(["crashtest", "a", "--model", "ntfs"]);
  assert.equal(status, 2);
  assert.match(stderr, /--model takes posix, ext4-ordered/);
  for (const [script, message] of [
    [fixture("no-such-script.mjs"), "there is no such script"],
    [fixture("."), "it is a folder, not a script"],
    [
      fixture("../../dist/test/binary.js"),
      "the script has to export save(folder, value) and load(folder), or workload and check",
    ],
  ] as const) {
    const said = untorn(["crashtest", script]);
    assert.deepEqual([said.status, said.stderr], [1, `untorn: ${script}: ${message}. Nothing was changed.\n`]);
  }
});

test("what would get past the simulated files is refused, and so is a run that changed none", { skip }, (t) => {
  const folder = folderFor(t);
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(fileURLToPath(import.meta.resolve("untorn")), "../../.."), join(folder, "node_modules", "untorn"));
  const save = (call: string): string => `exports.save = (folder, value) => ${call}; exports.load = () => undefined;`;
  const scripts = {
    "required.cjs": `const untorn = require("untorn"); ${save("untorn.writeFileSync(folder + '/a', '1')")}`,
    "nothing.cjs": save("undefined"),
    "broken.mjs": "export const x = ;",
    "missing.mjs": 'import "./is-not-there.mjs";',
  };
  const problems = {
    "required.cjs": /require\("untorn"\) gets past the simulated file system.*Load it by `import`/,
    "nothing.cjs": /changed no file in the folder that it was given: nothing was tested/,
    "broken.mjs": /cannot be loaded: Unexpected token ';'\. Nothing was changed\. `node --check SCRIPT` names the line/,
    "missing.mjs": /cannot be loaded: Cannot find module .*is-not-there/,
  };
  for (const name of Object.keys(scripts) as (keyof typeof scripts)[]) {
    writeFileSync(join(folder, name), scripts[name]);
    const { status, stdout, stderr } = untorn(["crashtest", name], { cwd: folder });
    assert.equal(stdout, "", name);
    assert.match(stderr, problems[name]);
    assert.equal(status, 1, name);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }
  assert.equal(existsSync("/crash-test"), false);
});

test("a token that is none, or another run's, is told in a sentence", { skip }, () => {
  for (const [token, problem] of [
    ["xx", /that is no replay token/],
    ["1/ntfs@0.0::", /no persistence model "ntfs"/],
    ["1/posix@9999.1::4=1", /this run has no such moment/],
  ] as const) {
    const { status, stderr } = untorn(["crashtest", fixture("unsafe-save.mjs"), "--replay", token]);
    assert.equal(status, 2, stderr);
    assert.match(stderr, problem);
    assert.doesNotMatch(stderr, /\n +at /);
  }
});

test("control characters of the script's own messages do not reach the terminal", { skip }, (t) => {
  const folder = folderFor(t);
  writeFileSync(
    join(folder, "s.mjs"),
    `import { writeFileSync } from "node:fs";
export const workload = (folder, run) => run.call(1, () => writeFileSync(folder + "/a", "1"));
export const check = () => { throw new Error("a\\0b\\x1b[31m"); };\n`,
  );
  const { stdout } = untorn(["crashtest", "s.mjs"], { cwd: folder });
  assert.match(stdout, /^a\S*b/m);
  assert.ok(!stdout.includes("\0") && !stdout.includes("\x1b"), JSON.stringify(stdout));
});

test("the help names every model", () => {
  for (const { name } of persistenceModels) assert.ok(usage.includes(name), name);
});
