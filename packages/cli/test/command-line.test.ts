import assert from "node:assert/strict";
import { copyFileSync, cpSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { commands } from "../src/commands.ts";
import { binary, errorOf, folderFor, untorn } from "./binary.ts";

test("--version answers before anything else is loaded", (t) => {
  const folder = folderFor(t);
  cpSync(dirname(binary), join(folder, "bin"), { recursive: true });
  copyFileSync(join(dirname(binary), "../package.json"), join(folder, "package.json"));
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  // There is no dist folder beside this copy: whatever it wanted to load would be missing.
  const { status, stdout } = spawnSync(process.execPath, [join(folder, "bin/untorn.js"), "--version"], {
    encoding: "utf8",
  });
  assert.deepEqual({ status, stdout }, { status: 0, stdout: `${version}\n` });
});

test("--help lists every command with its summary, and fits a terminal", async () => {
  const { status, stdout } = untorn(["--help"]);
  assert.equal(status, 0);
  for (const [name, load] of Object.entries(commands)) {
    assert.ok(stdout.includes(`  ${name} `) && stdout.includes((await load()).summary), `${name} is missing`);
  }
  assert.ok(Math.max(...stdout.split("\n").map((line) => line.length)) <= 120);
});

test("the table of commands is sorted", () => {
  assert.deepEqual(Object.keys(commands), Object.keys(commands).toSorted());
});

/** What a command that has several actions is asked to do. */
const actions: Readonly<Record<string, readonly string[]>> = {
  epic: ["list"],
  item: ["list"],
  patch: ["list"],
  pipeline: ["show"],
  project: ["init"],
  registry: ["tool", "list"],
  run: ["status"],
};

/** The commands of the project registry answer wrong input with 1, and what is wrong with the state or the disk with 2. */
const ofTheProject = new Set(["dashboard", "epic", "item", "project", "reconcile"]);

for (const name of Object.keys(commands)) {
  test(`untorn ${name} --help is good`, () => {
    const { status, stdout, stderr } = untorn([name, "--help"]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.match(stdout, new RegExp(`^usage: untorn ${name} `));
    assert.equal(untorn(["help", name]).stdout, stdout);
  });

  test(`untorn ${name} answers an option that it does not have, and mentions every option in its help`, () => {
    const { status, stderr } = untorn([name, ...(actions[name] ?? []), "--qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"]);
    assert.equal(status, ofTheProject.has(name) ? 1 : 2);
    const accepted = stderr.match(/It takes (.*)\. See/)?.[1]?.split(", ") ?? [];
    assert.ok(accepted.includes("--json"), stderr);
    const { stdout } = untorn([name, "--help"]);
    for (const option of accepted) assert.match(stdout, new RegExp(`${option}\\b`), `${option} is not in the help`);
  });
}

test("no command, an unknown command, a misspelt option and a wrong value are usage errors that help", () => {
  const said = (args: string[]): string => {
    const { status, stdout, stderr } = untorn(args);
    assert.deepEqual({ status, stdout }, { status: 2, stdout: "" });
    assert.equal(stderr.split("\n").length, 2, "one line");
    return stderr;
  };
  assert.match(said([]), /untorn --help/);
  assert.match(said(["wirte", "f"]), /Did you mean 'write'\?/);
  assert.match(said(["toString"]), /There is no command 'toString'/);
  assert.match(said(["--jsno"]), /There is no option --jsno before the command/);
  assert.match(said(["write", "f", "--if-mach", "x"]), /Did you mean --if-match\?/);
  assert.match(said(["write", "f", "--durability", "fulll"]), /full, normal, off/);
  assert.match(said(["write", "f", "--durability"]), /argument missing/);
  assert.match(said(["write", "f", "--mode", "rw"]), /octal/);
  assert.match(said(["write", "f", "--if-match", "abc"]), /64 hex digits/);
  assert.match(said(["write", "f", "--if-absent", "--if-match", "0".repeat(64)]), /exclude each other/);
  assert.match(said(["write"]), /FILE is missing/);
  assert.match(said(["write", "f", "g"]), /'g' is one argument too many/);
  assert.match(said(["write", "f", "--"]), /COMMAND is missing/);
  assert.match(said(["read", ""]), /empty/);
});

test("with --json a usage error is JSON too", () => {
  const ended = untorn(["write", "--json"]);
  assert.equal(ended.status, 2);
  assert.equal(errorOf(ended).code, "UNTORN_USAGE");
});

test("escape sequences in a name are shown, not sent to the terminal", () => {
  const { status, stderr } = untorn(["read", "no\u001b[2Jthing\nhere"]);
  assert.equal(status, 1);
  assert.ok(stderr.includes("no\\u001b[2Jthing\\u000ahere"), stderr);
  assert.ok(!stderr.includes("\u001b"));
  const usage = untorn(["\u001b[2J"]).stderr + untorn(["read", "--\u001b[2J"]).stderr;
  assert.ok(!usage.includes("\u001b"));
});
