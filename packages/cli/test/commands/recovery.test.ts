import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorOf, folderFor, namesIn, shell, start, untorn } from "../binary.ts";

/** A folder with one of each: what a crash, a full disk and two programs leave. */
function scene(folder: string): void {
  const old = new Date(Date.now() - 7_200_000);
  const put = (name: string, content: string): void => {
    writeFileSync(join(folder, name), content);
    utimesSync(join(folder, name), old, old);
  };
  put("config.json", '{"good":true}\n');
  put("config.json.tmp.4194399", '{"older":');
  put("history.json", '{"entries":[');
  put("history.json.tmp", '{"entries":[]}\n');
  put("STATE.md", "");
  put(".ROADMAP.md.tmp", "# Roadmap\n");
  put("notes.md~", "");
  mkdirSync(join(folder, "sub"));
  symlinkSync(folder, join(folder, "sub/loop"));
}

test("a path that is not there is no clean one, and no option is advised that the command does not have", (t) => {
  const folder = folderFor(t);
  for (const command of ["check", "recover", "status"]) {
    const { status, stdout, stderr } = untorn([command, "none"], { cwd: folder });
    assert.deepEqual([status, stdout], [1, ""], command);
    assert.match(stderr, /none: (?:no such file or directory|there is no such folder)/);
    assert.doesNotMatch(stderr, /mkdir/);
  }
  assert.match(
    untorn(["write", "none/a.json"], { cwd: folder, input: "{}" }).stderr,
    /--mkdir makes missing directories/,
  );
});

test("of a file whose kind is not checked nothing is said but that", (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "Makefile"), "");
  const { status, stdout } = untorn(["check", "Makefile"], { cwd });
  assert.deepEqual(
    [status, stdout],
    [0, "Makefile: nothing was left beside it. What is in this kind of file is not checked.\n"],
  );
  const report = JSON.parse(untorn(["check", "Makefile", "--json"], { cwd }).stdout) as { files: number };
  assert.equal(report.files, 1);
});

test("check names every finding with its evidence, and changes nothing", (t) => {
  const folder = folderFor(t);
  scene(folder);
  const before = namesIn(folder);
  const { status, stdout } = untorn(["check"], { cwd: folder });
  assert.equal(status, 1);
  assert.match(stdout, /^2 corrupt documents\n/m);
  assert.match(stdout, /history\.json\n +it is not JSON: .*\(line 1, column \d+\)/);
  assert.match(stdout, /STATE\.md\n +it is empty \(0 bytes\)/);
  assert.match(stdout, /3 temps left behind/);
  assert.match(
    stdout,
    /config\.json\.tmp\.4194399\n +NAME\.tmp\.PID temp for config\.json, which is whole; writer dead \(pid 4194399\), untouched for 2 h/,
  );
  assert.doesNotMatch(stdout, /notes\.md~/);
  assert.deepEqual(namesIn(folder), before);
});

test("recover says what it would do, does it with --apply, and then there is nothing left to do", (t) => {
  const folder = folderFor(t);
  scene(folder);
  const before = namesIn(folder);
  const plan = untorn(["recover"], { cwd: folder });
  assert.equal(plan.status, 1);
  assert.match(plan.stdout, /would adopt history\.json +from history\.json\.tmp\n +the target is corrupt/);
  assert.match(plan.stdout, /4 actions planned, nothing changed, .*Run it with --apply/);
  assert.deepEqual(namesIn(folder), before);
  const done = untorn(["recover", "--apply"], { cwd: folder });
  assert.equal(done.status, 1, "STATE.md has no way back");
  assert.match(done.stdout, /could not bring back STATE\.md/);
  assert.equal(readFileSync(join(folder, "history.json"), "utf8"), '{"entries":[]}\n');
  assert.equal(readFileSync(join(folder, "ROADMAP.md"), "utf8"), "# Roadmap\n");
  assert.equal(readFileSync(join(folder, "config.json"), "utf8"), '{"good":true}\n');
  assert.deepEqual(namesIn(folder), [
    ".untorn",
    "ROADMAP.md",
    "STATE.md",
    "config.json",
    "history.json",
    "notes.md~",
    "sub",
  ]);
  assert.equal(namesIn(join(folder, ".untorn/quarantine")).length, 2);
  writeFileSync(join(folder, "STATE.md"), "# State\n");
  const again = untorn(["recover", "--apply"], { cwd: folder });
  assert.deepEqual([again.status, again.stdout], [0, ".: nothing to recover in 5 files.\n"]);
  assert.equal(untorn(["check"], { cwd: folder }).status, 0);
});

test("check and recover as JSON", (t) => {
  const folder = folderFor(t);
  scene(folder);
  const found = JSON.parse(untorn(["check", "--json", folder]).stdout) as { counts: Record<string, number> };
  assert.deepEqual(found.counts, { corrupt: 2, orphan: 3 });
  const plan = JSON.parse(untorn(["recover", "--json", folder]).stdout) as {
    actions: { kind: string; reason: string }[];
  };
  assert.ok(plan.actions.every(({ reason }) => reason.length > 10));
  const { status, stderr } = untorn(["check", "--json", join(folder, "none/none")]);
  assert.equal(status, 1);
  assert.equal(errorOf({ status, stderr, stdout: "", signal: null }).code, "UNTORN_NOT_FOUND");
  assert.equal(untorn(["recover", "--policy", "newst"]).status, 2);
  assert.equal(untorn(["check", "--quiet-for", "soon"]).status, 2);
});

test("a command that fails does not replace a file with its output, as a jq filter in a recipe does", (t) => {
  const folder = folderFor(t);
  const { status } = shell('printf \'{"a":1}\' | $U write s.json; $U write s.json -- sh -c "echo; exit 5"', {
    cwd: folder,
  });
  assert.notEqual(status, 0);
  assert.equal(readFileSync(join(folder, "s.json"), "utf8"), '{"a":1}');
});

test("history, diff and restore", (t) => {
  const folder = folderFor(t);
  for (const version of [1, 2, 3]) {
    untorn(["write", "--generations", "5", "s.json"], { cwd: folder, input: `{\n  "v": ${version}\n}\n` });
  }
  const listed = untorn(["history", "s.json"], { cwd: folder });
  assert.equal(listed.status, 0);
  assert.match(listed.stdout, /^now .*1 member\n2 .*1 member\n1 .*1 member\n$/);
  const diff = untorn(["diff", "s.json", "1"], { cwd: folder });
  assert.equal(diff.status, 1);
  assert.match(
    diff.stdout,
    /^--- s\.json \(generation 1\)\n\+\+\+ s\.json\n@@ .*\n {\n- {2}"v": 1\n\+ {2}"v": 3\n }\n$/,
  );
  assert.equal(untorn(["restore", "s.json"], { cwd: folder }).status, 0);
  assert.match(readFileSync(join(folder, "s.json"), "utf8"), /"v": 2/);
  const same = untorn(["diff", "s.json", "2"], { cwd: folder });
  assert.deepEqual([same.status, same.stdout], [0, ""]);
  const { status, stderr } = untorn(["restore", "s.json", "9"], { cwd: folder });
  assert.equal(status, 1);
  assert.match(stderr, /no generation 9; the generations that are kept are 3, 2, 1/);
  assert.equal(untorn(["restore", "s.json", "x"], { cwd: folder }).status, 2);
});

test("what untorn removed stays away; what another program removed comes back; tx keeps generations", (t) => {
  const cwd = folderFor(t);
  const tx = (text: string) => untorn(["tx", "--generations", "2"], { cwd, input: `write a.json '${text}'\n` });
  for (const text of ["[1]", "[2]", "[3]"]) assert.equal(tx(text).status, 0);
  assert.match(untorn(["history", "a.json"], { cwd }).stdout, /^now .*\n2 .*\n1 .*\n$/);
  assert.equal(untorn(["remove", "a.json"], { cwd }).status, 0);
  assert.match(untorn(["history", "a.json"], { cwd }).stdout, /^a\.json was removed or renamed at 20\d\d-/);
  assert.equal(untorn(["check"], { cwd }).status, 0);
  assert.equal(untorn(["recover", "--apply"], { cwd }).status, 0);
  assert.equal(existsSync(join(cwd, "a.json")), false);
  assert.equal(untorn(["restore", "a.json"], { cwd }).status, 0);
  rmSync(join(cwd, "a.json"));
  assert.equal(untorn(["check"], { cwd }).status, 1);
  assert.match(untorn(["recover", "--apply"], { cwd }).stdout, /brought back a\.json/);
  assert.equal(readFileSync(join(cwd, "a.json"), "utf8"), "[2]");
  assert.equal(untorn(["tx", "--generations", "many"], { cwd, input: "remove a.json\n" }).status, 2);
});

test("status counts what is wrong, measures the cost here, and draws a trend from its records", (t) => {
  const folder = folderFor(t);
  scene(folder);
  const first = untorn(["status", "--record"], { cwd: folder });
  assert.equal(first.status, 1);
  assert.match(first.stdout, /corrupt +2\n/);
  assert.match(first.stdout, /no way back +1\n/);
  assert.match(first.stdout, /temps +3 left behind, \d+ B: 3 under a day/);
  assert.match(first.stdout, /cost +plain [\d.]+ ms, off [\d.]+ ms, normal [\d.]+ ms, full [\d.]+ ms/);
  assert.doesNotMatch(first.stdout, /trend/);
  const second = untorn(["status"], { cwd: folder });
  assert.match(second.stdout, /trend +[▁-█]{2} /);
  assert.ok(!namesIn(folder).some((name) => name.includes("probe")));
  const text = untorn(["status", "--prometheus", "--no-cost"], { cwd: folder }).stdout;
  assert.match(text, /^untorn_folder_corrupt_files\{folder="\."\} 2$/m);
  assert.match(text, /^untorn_folder_temp_files\{folder="\.",age="under a day"\} 3$/m);
  const json = JSON.parse(untorn(["status", "--json", "--no-cost"], { cwd: folder }).stdout) as { corrupt: number };
  assert.equal(json.corrupt, 2);
});

test("records of a status that are none are passed over", (t) => {
  const folder = folderFor(t);
  const lines = [
    "{}",
    "null",
    "[]",
    '{"at": 1}',
    '{"at": "x", "temps": [null]}',
    '{"at": "x", "temps": [], "cost": {}}',
  ];
  mkdirSync(join(folder, ".untorn"));
  const good = ['{"at":"2026-01-02T03:04:05Z","temps":[{"bytes":7}],"cost":{"fullMs":1}}', ""];
  writeFileSync(join(folder, ".untorn/status.jsonl"), [...lines.slice(0, 5), ...good].join("\n"));
  const { status, stdout, stderr } = untorn(["status", "--no-cost"], { cwd: folder });
  assert.deepEqual([status, stderr], [0, ""]);
  assert.match(stdout, /trend +[▁-█]{2} .*since 2026-01-02 03:04/);
});

test("diff shows a file of NULs and bytes that are not UTF-8 as they are", (t) => {
  const cwd = folderFor(t);
  const path = join(cwd, "s.txt");
  for (const text of ["old\n", Buffer.from("caf\xe9\n", "latin1"), "new\n"])
    untorn(["write", "--generations", "5", "s.txt"], { cwd, input: text });
  writeFileSync(path, "\0\0\0");
  const zeros = untorn(["diff", "s.txt", "1"], { cwd });
  assert.deepEqual([zeros.status, zeros.stdout.includes("-old\n+\0\0\0\n")], [1, true], zeros.stdout);
  writeFileSync(path, Buffer.from("caf\xe8\n", "latin1"));
  const bytes = untorn(["diff", "s.txt", "2"], { cwd });
  assert.deepEqual([bytes.status, bytes.stdout.includes("-café\n+cafè\n")], [1, true], bytes.stdout);
  writeFileSync(path, Buffer.from("caf\xe9\n", "latin1"));
  assert.deepEqual(untorn(["diff", "s.txt", "2"], { cwd }).status, 0);
});

test(
  "watch knows the layouts that check knows, and takes a long time between looks for long",
  { timeout: 60_000 },
  async (t) => {
    const folder = folderFor(t);
    mkdirSync(join(folder, ".taskmaster/tasks"), { recursive: true });
    writeFileSync(join(folder, ".taskmaster/tasks/tasks.json"), '{"master": 5}');
    assert.equal(untorn(["check", folder]).status, 1);
    const child = start(["watch", "--json", "--every", "3000000"], folder);
    t.after(() => child.kill("SIGKILL"));
    let errors = "";
    child.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    assert.match(line.toString(), /"event":"found".*tasks\.json/);
    // A timer that overflows is told of at once.
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill("SIGINT");
    await once(child, "exit");
    assert.equal(errors, "");
  },
);

test("doctor tells what is guaranteed here, and leaves nothing behind", (t) => {
  const folder = folderFor(t);
  const { stdout } = untorn(["doctor", folder]);
  for (const name of [
    "filesystem",
    "replace",
    "directory sync",
    "hard links",
    "letter case",
    "attributes",
    "locks",
    "free space",
  ]) {
    assert.match(stdout, new RegExp(`^(?:good|WEAKER|unknown) +${name} `, "m"));
  }
  const { probes } = JSON.parse(untorn(["doctor", "--json", folder]).stdout) as {
    probes: { name: string; state: string }[];
  };
  assert.equal(probes.find(({ name }) => name === "replace")?.state, "good");
  assert.deepEqual(namesIn(folder), []);
});

test("watch says what goes wrong as it happens, and when it is right again", { timeout: 60_000 }, async (t) => {
  const folder = folderFor(t);
  const child = start(["watch", "--json", "--every", "1"], folder);
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const until = async (pattern: RegExp): Promise<void> => {
    for (let tries = 0; tries < 400 && !pattern.test(output); tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.match(output, pattern);
  };
  writeFileSync(join(folder, "a.json"), "{");
  await until(/"event":"found".*a\.json/);
  writeFileSync(join(folder, "a.json"), "{}");
  await until(/"event":"gone".*a\.json/);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGINT");
  assert.equal(await ended, 0);
  assert.ok(existsSync(folder));
});
