import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { errorOf, folderFor, isRoot, start, untorn } from "./binary.ts";
import type { Ended } from "./binary.ts";

function project(t: TestContext): { cwd: string; run: (...args: string[]) => Ended } {
  const cwd = folderFor(t);
  const run = (...args: string[]): Ended => untorn(args, { cwd });
  assert.equal(run("project", "init").status, 0);
  return { cwd, run };
}

test("a project from the command line, as JSON and for people", (t) => {
  const { cwd, run } = project(t);
  assert.deepEqual(JSON.parse(run("epic", "add", "--title", "Search", "--json").stdout), {
    code: "EP-001",
    title: "Search",
    status: "active",
    items: 0,
    completed: 0,
  });
  assert.match(
    run("item", "add", "--title", "One", "--epic", "EP-001", "--stage", "active").stdout,
    /^WI-001 {2}active\//,
  );
  assert.equal(run("item", "update", "WI-001", "--artifact", "plan", "--create", "--phases-total", "5").status, 0);
  const update = run(
    "item",
    "update",
    "WI-001",
    "--artifact",
    "plan",
    "--status",
    "in-progress",
    "--phases-complete",
    "3",
  );
  assert.match(update.stdout, /in-progress {2}3\/5/);
  assert.match(run("item", "show", "WI-001").stdout, /plan {3}in-progress, 3\/5 phases/);
  mkdirSync(join(cwd, "deep/er"), { recursive: true });
  const below = untorn(["item", "list", "--json"], { cwd: join(cwd, "deep/er") });
  assert.equal((JSON.parse(below.stdout) as { code: string }[])[0]?.code, "WI-001");
  assert.match(run("item", "move", "WI-001", "--to", "completed").stdout, /EP-001 {2}completed/);
  assert.equal(run("reconcile").stdout, "registry.json fits: 1 item, 1 epic\n");
  assert.equal(run("dashboard").status, 0);
  assert.match(readFileSync(join(cwd, ".project/dashboard.html"), "utf8"), /WI-001/);
});

test("--root may lead up from behind a link", (t) => {
  const cwd = folderFor(t);
  mkdirSync(join(cwd, "real/sub"), { recursive: true });
  symlinkSync(join("real", "sub"), join(cwd, "link"));
  const run = (...args: string[]): Ended => untorn([...args, "--root", "link/.."], { cwd });
  assert.equal(untorn(["project", "init"], { cwd: join(cwd, "real") }).status, 0);
  assert.equal(run("item", "add", "--title", "One").status, 0);
  assert.equal(run("dashboard").status, 0);
  assert.match(readFileSync(join(cwd, "real/.project/dashboard.html"), "utf8"), /WI-001/);
  assert.ok(!existsSync(join(cwd, ".project")));
});

test("a corrupt registry is set aside where no check finds it again", (t) => {
  const { cwd, run } = project(t);
  const registry = join(cwd, ".project/registry.json");
  writeFileSync(registry, "{");
  assert.equal(run("check").status, 1);
  assert.match(run("reconcile", "--dry-run").stdout, /its bytes would be kept as \.project\/quarantine\//);
  assert.equal(readFileSync(registry, "utf8"), "{");
  const kept = /its bytes: (?<path>\S+)/.exec(run("reconcile").stdout)?.groups?.["path"] ?? "";
  assert.equal(readFileSync(join(cwd, kept), "utf8"), "{");
  const { status, stdout } = run("check");
  assert.deepEqual([status, run("status", "--no-cost").status], [0, 0], stdout);
});

test("a registry that is gone is found by its artifacts, and a board is not put over what the project is kept in", (t) => {
  const { cwd, run } = project(t);
  run("item", "add", "--title", "One", "--stage", "active");
  for (const own of ["registry.json", "active/WI-001-one/spec.md", ".untorn/x"]) {
    const ended = run("dashboard", "--output", join(cwd, ".project", own), "--json");
    assert.deepEqual([ended.status, errorOf(ended).code], [1, "UNTORN_INVALID_ARGUMENT"], own);
  }
  assert.equal(run("dashboard", "--output", "board.html").status, 0);
  assert.equal(run("check").status, 0);
  rmSync(join(cwd, ".project/registry.json"));
  mkdirSync(join(cwd, "other"));
  symlinkSync(join(cwd, ".project/active"), join(cwd, "other/link"));
  symlinkSync(join(cwd, ".project/active/WI-001-one"), join(cwd, "other/deeper"));
  symlinkSync(join(cwd, ".project"), join(cwd, "other/project"));
  for (const path of [".", ".project", "other/link/..", "other/project/..", "other/deeper/../..", "other/project"]) {
    const { status, stdout } = run("check", path);
    assert.equal(status, 1, path);
    assert.match(stdout, /1 missing file\n.*registry\.json\n.*active\/ has .*untorn reconcile/);
    assert.doesNotMatch(stdout, /untorn recover/, "which does nothing about it");
  }
  assert.deepEqual([run("project", "init").status, run("item", "add", "--title", "Two").status], [2, 2]);
  assert.match(run("reconcile").stdout, /registry\.json written: 1 item/);
  assert.match(run("item", "add", "--title", "Two").stdout, /^WI-002/);
});

test("exit 1 is for input, exit 2 for state and file system", (t) => {
  const { cwd, run } = project(t);
  const input = [
    ["item"],
    ["item", "ad"],
    ["item", "add"],
    ["item", "add", "--title", ""],
    ["item", "add", "--title", "x", "--stage", "completed"],
    ["item", "add", "--title", "x", "--epic", "EP-009"],
    ["item", "move", "WI-009", "--to", "active"],
    ["item", "move", "WI-001"],
    ["item", "show", "WI-009"],
    ["item", "list", "--stage", "done"],
    ["epic", "add", "--titel", "x"],
    ["project", "create"],
    ["reconcile", "extra"],
    ["dashboard", "--port", "70000"],
  ];
  for (const args of input) assert.equal(run(...args).status, 1, args.join(" "));
  const registry = join(cwd, ".project/registry.json");
  const text = readFileSync(registry, "utf8");
  writeFileSync(registry, "{");
  for (const args of [
    ["item", "list"],
    ["item", "add", "--title", "x"],
    ["epic", "list"],
    ["project", "init"],
    ["dashboard"],
  ]) {
    const ended = run(...args, "--json");
    assert.equal(ended.status, 2, args.join(" "));
    assert.equal(errorOf(ended).code, "UNTORN_CORRUPT");
  }
  assert.equal(existsSync(join(cwd, ".project/dashboard.html")), false);
  writeFileSync(registry, text);
  assert.equal(run("item", "list", "--root", join(cwd, "nowhere")).status, 2);
  if (isRoot || process.platform === "win32") return;
  chmodSync(join(cwd, ".project"), 0o500);
  const { status } = run("item", "add", "--title", "x");
  // Before the folder is removed.
  chmodSync(join(cwd, ".project"), 0o700);
  assert.equal(status, 2);
});

test("a watch survives a corrupt registry and ends cleanly on SIGTERM", { timeout: 60_000 }, async (t) => {
  const { cwd, run } = project(t);
  run("item", "add", "--title", "One");
  const registry = join(cwd, ".project/registry.json");
  const child = start(["dashboard", "--watch", "--serve", "--json"], cwd);
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout?.on("data", (chunk) => (output += String(chunk)));
  const ended = new Promise<{ status: number | null; signal: string | null }>((resolve) => {
    child.on("exit", (status, signal) => resolve({ status, signal }));
  });
  const until = async (pattern: RegExp): Promise<void> => {
    for (let i = 0; i < 1_500 && !pattern.test(output); i += 1) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.match(output, pattern);
  };
  await until(/"url":"http:\/\/127\.0\.0\.1:\d+\/"[^]*"items":1/);
  const url = /"url":"([^"]+)"/.exec(output)?.[1] ?? "";
  const text = readFileSync(registry, "utf8");
  writeFileSync(registry, text.slice(0, 30));
  await until(/"problem":"[^"]/);
  assert.match(await (await fetch(url)).text(), /role="alert"/);
  output = "";
  writeFileSync(registry, text);
  await until(/"items":1/);
  child.kill("SIGTERM");
  assert.deepEqual(await ended, { status: 0, signal: null });
});
