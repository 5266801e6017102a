import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { commands } from "../../src/commands.ts";
import { binary, untorn } from "../binary.ts";
import { controls, evil, hostileFolder, name } from "./hostile-folder.ts";

/**
 * File names and contents that would take a terminal over (title, clear, colour by a C1 byte, direction of writing) come out
 * of no command as they are (docs/security.md). What prints a file's content as data keeps its bytes in a pipe: then the look is at
 * what a terminal gets.
 */

type Calls = readonly (readonly string[])[];

/** Every command, with what makes it show something. A new one does not pass before it is here. */
const calls: Readonly<Record<string, Calls>> = {
  append: [
    ["append", name, "--text"],
    ["append", `${evil}/none/log.jsonl`],
  ],
  audit: [
    ["audit", "."],
    ["audit", "--format", "github"],
    ["audit", evil],
  ],
  check: [["check"], ["check", evil]],
  crashtest: [
    ["crashtest", "crash.mjs"],
    ["crashtest", evil],
  ],
  dashboard: [["dashboard"], ["dashboard", "--root", evil]],
  diff: [
    ["diff", name],
    ["diff", evil],
  ],
  doctor: [["doctor", evil]],
  epic: [
    ["epic", "list"],
    ["epic", "add", "--title", evil],
  ],
  explain: [["explain", evil]],
  fix: [["fix", evil]],
  frontmatter: [
    ["frontmatter", "notes.md", "get", evil],
    ["frontmatter", name, "get", "x"],
  ],
  get: [
    ["get", name, "."],
    ["get", "good.json", ".title + 1"],
    ["get", "good.json", "error(.title)"],
    ["get", "good.json", evil],
  ],
  history: [
    ["history", `${evil}/kept.txt`],
    ["history", name],
  ],
  item: [
    ["item", "list"],
    ["item", "show", "WI-001"],
    ["item", "show", evil],
    ["item", "add", "--title", evil],
  ],
  json: [
    ["json", name, "."],
    ["json", "good.json", ".title - 1"],
  ],
  lock: [
    ["lock", evil, "--", evil],
    ["lock", name, "--purpose", evil, "--", process.execPath, binary, "locks"],
  ],
  locks: [["locks", evil]],
  md: [
    ["md", "notes.md", "get", evil],
    ["md", "notes.md", "section", "none"],
    ["md", "notes.md", "check", "none"],
    ["md", evil, "list"],
  ],
  patch: [
    ["patch", "create", evil, "change.diff"],
    ["patch", "list"],
    ["patch", "apply", "1"],
    ["patch", "apply", evil],
  ],
  pipeline: [
    ["pipeline", "show"],
    ["pipeline", "next"],
    ["pipeline", "task", "add", evil, evil],
  ],
  project: [["project", "init", "--root", evil]],
  read: [
    ["read", evil],
    ["read", `${evil}x`],
  ],
  rebuild: [["rebuild"], ["rebuild", evil]],
  reconcile: [["reconcile", "--dry-run"], ["reconcile"]],
  recover: [["recover"], ["recover", "--apply"]],
  registry: [
    ["registry", "role", "list"],
    ["registry", "role", "verify"],
    ["registry", "role", "show", evil],
  ],
  remove: [
    ["remove", evil],
    ["remove", `${evil}x`],
  ],
  rename: [
    ["rename", `${evil}x`, evil],
    ["rename", evil, "/dev/null/x"],
  ],
  restore: [
    ["restore", `${evil}/kept.txt`],
    ["restore", name],
  ],
  run: [
    ["run", "status"],
    ["run", "resume"],
    ["run", "init", evil, "--dir", evil],
    ["run", "plan", "start", evil],
  ],
  status: [
    ["status", "--no-cost"],
    ["status", "--no-cost", "--prometheus"],
    ["status", evil],
  ],
  tx: [
    ["tx", "script.txt"],
    ["tx", evil],
  ],
  watch: [],
  write: [
    ["write", `${evil}/none/x`],
    ["write", "good.json", "--", evil],
    ["write", "good.json", "--if-match", evil],
  ],
};

/** These print content as it is; in a terminal it is shown. */
const data: Calls = [
  ["diff", `${evil}/kept.txt`],
  ["frontmatter", "notes.md", "get", "title"],
  ["get", "good.json", ".title", "--raw"],
  ["get", "good.json", "."],
  ["md", "notes.md", "section", evil],
  ["md", "notes.md", "get", "Status"],
  ["patch", "show", "1"],
  ["read", `${evil}/kept.txt`],
  ["read", "good.json"],
  ["run", "checkpoint", "show"],
  ["tx", "--dry-run", "script.txt"],
  ["fix", "."],
  ["item", "list", "--json"],
];

const escaped = /\\u001b/;

test("no command sends escape sequences of a file name or a content to the terminal", async (t) => {
  assert.deepEqual(Object.keys(calls), Object.keys(commands));
  const folder = hostileFolder(t);
  const sent: string[] = [];
  let shown = 0;
  for (const args of Object.values(calls).flat()) {
    const { stdout, stderr } = untorn(args, { cwd: folder, input: "x" });
    const said = stdout + stderr;
    if (controls.test(said)) sent.push(`${JSON.stringify(args)}: ${JSON.stringify(said.slice(0, 2000))}`);
    if (escaped.test(said)) shown += 1;
  }
  assert.deepEqual(sent, []);
  assert.ok(shown > 40, `only ${shown} have shown anything`);
});

test("watch shows what it finds, and sends nothing of it", async (t) => {
  const folder = hostileFolder(t);
  const child = spawn(process.execPath, [binary, "watch"], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (said += part.toString()));
  const bound = setTimeout(() => child.kill(), 30_000);
  while (!escaped.test(said) && child.exitCode === null && child.signalCode === null) await once(child.stdout, "data");
  clearTimeout(bound);
  child.kill("SIGINT");
  await once(child, "close");
  assert.match(said, escaped);
  assert.ok(!controls.test(said), JSON.stringify(said));
});

test("what prints a content as data keeps its bytes in a pipe, and shows them in a terminal", (t) => {
  if (spawnSync("script", ["--version"]).error !== undefined)
    return t.skip("there is no script(1), which makes a terminal");
  const folder = hostileFolder(t);
  untorn(["patch", "create", "x", "change.diff"], { cwd: folder });
  assert.ok(untorn(["read", `${evil}/kept.txt`], { cwd: folder }).stdout.includes(evil));
  const quoted = (word: string): string => `'${word}'`;
  let shown = 0;
  for (const args of data) {
    const command = [process.execPath, binary, ...args].map(quoted).join(" ");
    const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
      cwd: folder,
      encoding: "utf8",
      timeout: 60_000,
    });
    assert.ok(!controls.test(stdout), `${JSON.stringify(args)}: ${JSON.stringify(stdout.slice(0, 2000))}`);
    if (escaped.test(stdout)) shown += 1;
  }
  assert.ok(shown > 8, `only ${shown} have shown anything`);
});
