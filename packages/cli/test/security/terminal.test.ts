import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { commands } from "../../src/commands.ts";
import { binary, folderFor, untorn } from "../binary.ts";

/**
 * File names and contents that would take a terminal over (title, clear, colour by a C1 byte, direction of writing) come out
 * of no command as they are (docs/security.md). What prints a file's content as data keeps its bytes in a pipe: then the look is at
 * what a terminal gets.
 */

const evil = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp\b";
/** None of these may reach a terminal; line ends, tabs, and what a terminal driver adds (\r) may. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const name = `${evil}.json`;
const shownInJson = JSON.stringify(evil).slice(1, -1);

function put(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** A folder in which everything that a command may show is hostile. */
function hostileFolder(t: TestContext): string {
  const folder = folderFor(t);
  put(folder, name, `{"key": "${shownInJson}"`);
  put(folder, `${name}.tmp.4194399`, "{}");
  put(folder, "good.json", JSON.stringify({ title: evil, [evil]: 1 }));
  put(
    folder,
    "notes.md",
    `---\n"${shownInJson}": x\ntitle: "${shownInJson}"\n---\n# ${evil}\n\nStatus: ${evil}\n\n- [ ] ${evil}\n\n- [ ] ${evil}\n`,
  );
  put(folder, `${evil}/kept.txt`, `old ${evil}\n`);
  const now = new Date().toISOString();
  const items = { "WI-001": { title: evil, epic: "EP-001", stage: "backlog", path: null } };
  const epics = { "EP-001": { title: evil, status: "active" } };
  put(folder, ".project/registry.json", JSON.stringify({ epics, items, next_epic_id: 2, next_item_id: 2 }));
  put(folder, `.project/active/${evil}/spec.md`, `---\nid: WI-002\ntitle: "${shownInJson}"\nstatus: ${evil}\n---\n`);
  const task = {
    title: evil,
    status: "pending",
    priority: 1,
    attempts: 0,
    dependencies: [],
    errors: [evil],
    created: now,
    updated: now,
  };
  const state = { version: 1, updated: now, run_id: evil, tasks: { t1: task }, files: {}, phases: {}, queue: ["t1"] };
  put(folder, ".pipeline/state.json", JSON.stringify({ ...state, metrics: {}, patterns: {}, fixes: [], counters: {} }));
  put(
    folder,
    ".registry/roles/one.json",
    JSON.stringify({ name: "one", version: evil, updated: evil, specification: { [evil]: evil } }),
  );
  put(folder, ".registry/roles/broken.json", `{"a": ${evil}`);
  put(folder, ".long-run/STATE.md", `# ${evil}\n\nStatus: ${evil}\n`);
  put(
    folder,
    ".long-run/agent-history.json",
    JSON.stringify({
      version: "1.0",
      max_entries: 50,
      entries: [{ agent_id: "a1", task_description: evil, status: "spawned", timestamp: now }],
    }),
  );
  put(folder, ".long-run/summaries/01-SUMMARY.md", `# ${evil}\n`);
  put(folder, ".long-run/plans/01-PLAN.md", `- [ ] ${evil}\n`);
  put(folder, ".long-run/checkpoint.json", JSON.stringify({ plan: "01", task: 1, note: evil }));
  put(
    folder,
    `src/${evil}.js`,
    `const fs = require("fs"); fs.writeFileSync("${evil}state.json", "x" /* ${evil} */);\n`,
  );
  put(folder, "change.diff", `--- a/src/${evil}.js\n+++ b/src/${evil}.js\n@@ -1 +1 @@\n-${evil}\n+x\n`);
  put(folder, "script.txt", `write "${evil}/made.txt" x\n`);
  put(
    folder,
    "crash.mjs",
    `export const save = () => { throw new Error(${JSON.stringify(evil)}); };\nexport const load = () => ${JSON.stringify(evil)};\n`,
  );
  untorn(["write", "--generations", "3", `${evil}/kept.txt`], { cwd: folder, input: `new ${evil}\n` });
  return folder;
}

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

test("no error quotes what is in a file: not the parser's, not the filter's, not a schema's", (t) => {
  const folder = folderFor(t);
  const secret = "hunter2SECRET";
  put(folder, "cut.json", `{"token": "${secret}`);
  put(folder, "word.json", secret);
  put(folder, "good.json", JSON.stringify({ token: secret, list: [secret] }));
  put(folder, "bad.md", `---\ntoken: "${secret}\n---\n`);
  put(folder, "log.jsonl", `{"a": "${secret}\n{"b": 1}\n`);
  put(folder, ".project/registry.json", JSON.stringify({ epics: secret, items: { [secret]: secret } }));
  put(folder, ".pipeline/state.json", JSON.stringify({ version: secret, tasks: secret }));
  put(folder, ".registry/roles/one.json", JSON.stringify({ specification: secret, version: secret }));
  put(folder, ".long-run/agent-history.json", JSON.stringify({ entries: secret, max_entries: secret }));
  put(folder, ".long-run/STATE.md", "# x\n");
  put(folder, "untorn.config.json", JSON.stringify({ layouts: [{ folder: 5, files: secret }] }));
  put(folder, "change.diff", `--- a/good.json\n+++ b/good.json\n@@ -1 +1 @@\n-${secret}x\n+y\n`);
  const told: string[] = [];
  const failing: Calls = [
    ["get", "cut.json", "."],
    ["get", "word.json", "."],
    ["get", "good.json", ".token + 1"],
    ["get", "good.json", ".token | tonumber"],
    ["get", "good.json", ".token | fromjson"],
    ["get", "good.json", ".list.x"],
    ["get", "good.json", ".token[0]"],
    ["get", "good.json", ".list - 1"],
    ["get", "good.json", ". + 1"],
    ["json", "good.json", ".token / .list"],
    ["json", "cut.json", ".x = 1"],
    ["frontmatter", "bad.md", "get", "token"],
    ["append", "cut.json"],
    ["item", "list"],
    ["reconcile"],
    ["pipeline", "show"],
    ["registry", "role", "list"],
    ["registry", "role", "verify"],
    ["run", "status"],
    ["rebuild"],
    ["check"],
    ["status", "--no-cost"],
    ["recover"],
    ["patch", "create", "x", "change.diff"],
    ["patch", "apply", "1"],
  ];
  for (const [index, args] of failing.entries()) {
    for (const more of index % 5 === 0 ? [[], ["--json"]] : [[]]) {
      const { stderr, stdout, status } = untorn([...args, ...more], { cwd: folder, input: "{}\n" });
      if ((stderr + stdout).includes(secret)) told.push(`${args.join(" ")} (${status}): ${stderr}${stdout}`);
    }
  }
  assert.deepEqual(told, []);
});
