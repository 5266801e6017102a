import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorOf, folderFor, untorn } from "../binary.ts";

test("tasks of a pipeline by commands", (t) => {
  const cwd = folderFor(t);
  const pipeline = (...args: string[]) => untorn(["pipeline", ...args], { cwd });
  for (const args of [["show"], ["next"], ["backup"], ["task", "set", "a"]]) assert.equal(pipeline(...args).status, 1);
  for (const args of [["show"], ["next"], ["backup"], ["task", "set", "a"]])
    assert.match(pipeline(...args).stderr, /no pipeline here yet/);
  for (const args of [
    ["x", "Write", "the docs"],
    ["", "x"],
  ])
    assert.equal(pipeline("task", "add", ...args).status, 2);
  assert.deepEqual(readdirSync(cwd), [], "nothing was made");
  assert.equal(pipeline("task", "add", "a", "Write it").status, 0);
  assert.equal(pipeline("task", "add", "b", "Ship it", "--after", "a", "--priority", "critical").status, 0);
  assert.equal(pipeline("next").stdout, "a: Write it\n");
  assert.equal(pipeline("task", "set", "a", "--status", "running", "--error", "slow").status, 0);
  assert.equal(pipeline("task", "set", "a", "--status", "completed", "--error", "& late").status, 0);
  const next = JSON.parse(pipeline("next", "--json").stdout) as { id: string; task: { priority: string } };
  assert.deepEqual([next.id, next.task.priority], ["b", "critical"]);
  assert.equal(pipeline("next", "--start").stdout, "b: Ship it\n");
  assert.match(pipeline("show").stdout, /^running 1, completed 1; /);
  for (const args of [["next", "--start"], ["next"]]) assert.equal(pipeline(...args).status, 1);
  assert.equal(pipeline("task", "set", "b", "--status", "pending").status, 0);
  assert.match(pipeline("show").stdout, /^pending 1, completed 1; updated .*\nnext: b\n$/);
  const copy = pipeline("backup").stdout.trim();
  const state = readFileSync(join(cwd, copy), "utf8");
  assert.deepEqual((JSON.parse(state) as { tasks: { a: { errors: string[] } } }).tasks.a.errors, ["slow", "& late"]);
  writeFileSync(join(cwd, ".pipeline/state.json"), state.slice(0, 50));
  const recovered = pipeline("show");
  assert.match(
    recovered.stderr,
    /Generation \d+, written .*, was put in its place; the bytes that were there are in .*quarantine/,
  );
  assert.equal(recovered.status, 0);
  assert.equal(errorOf(pipeline("task", "set", "none", "--json")).code, "UNTORN_NOT_FOUND");
  for (const args of [
    ["tsk"],
    ["task", "add", "x"],
    ["task", "set", "a", "--status", "odd"],
    ["task", "add", "x", "y", "--priority", "soon"],
    ["task", "add", "x", "Write", "the", "docs"],
    ["task", "add", "x", "y", "--status", "completed"],
    ["task", "set", "a", "completed"],
    ["task", "set", "a", "--after", "b"],
    ["next", "a"],
    ["show", "--start"],
    ["show", "--error", "x"],
  ]) {
    assert.equal(pipeline(...args).status, 2, args.join(" "));
  }
  assert.match(
    pipeline("task", "add", "x", "Write", "the").stderr,
    /'the' is one argument too many: it is task add ID TITLE\./,
  );
  assert.equal(pipeline("show").stdout, recovered.stdout, "nothing was changed");
});

test("a new folder for state keeps its locks and journals out of git, also where a killed call has begun it", (t) => {
  for (const [left, made] of [
    [undefined, true],
    [".gitignore.untorn.1-1-00000000-abcdefgh.tmp", true],
    ["notes.md", false],
  ] as const) {
    const cwd = folderFor(t);
    const folder = join(cwd, ".pipeline");
    if (left !== undefined) {
      mkdirSync(folder);
      writeFileSync(join(folder, left), "");
    }
    assert.equal(untorn(["pipeline", "task", "add", "a", "Write it"], { cwd }).status, 0);
    assert.equal(existsSync(join(folder, ".gitignore")), made, left);
    if (made) assert.equal(readFileSync(join(folder, ".gitignore"), "utf8"), "/.untorn/\n");
  }
});
