import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { namesIn, untorn as runBinary } from "../binary.ts";

const torn = 'import fs from "node:fs";\nfs.writeFileSync("notes.md", text);\n';

function project(context: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "untorn-cli-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) writeFileSync(join(root, path), content);
  return root;
}

function untorn(cwd: string, command: string, ...words: string[]): ReturnType<typeof runBinary> {
  return runBinary([command, ...words], { cwd });
}

test("audit exits 0 when clean or below the threshold, 1 with findings, 2 on wrong usage", (context) => {
  const root = project(context, { "a.js": torn });
  assert.equal(untorn(root, "audit").status, 1);
  assert.equal(untorn(root, "audit", "--fail-on", "high").status, 0);
  assert.equal(untorn(root, "audit", "--fail-on", "medium", ".").status, 1);
  assert.equal(untorn(project(context, {}), "audit").status, 0);
  for (const words of [
    ["--fail-on", "low"],
    ["--format", "xml"],
    ["--rule", "nope"],
    ["missing"],
    ["a", "b"],
    ["--what"],
  ]) {
    const { status, stdout, stderr } = untorn(root, "audit", ...words);
    assert.equal(status, 2, words.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /^untorn: .*untorn audit --help/);
  }
});

test("audit writes a baseline, and what it lists is known from then on", (context) => {
  const root = project(context, { "a.js": torn });
  assert.equal(untorn(root, "audit", "--write-baseline", "known.json").status, 0);
  assert.deepEqual(JSON.parse(readFileSync(join(root, "known.json"), "utf8")), {
    version: 1,
    findings: [{ rule: "non-atomic-write", file: "a.js", snippet: 'fs.writeFileSync("notes.md", text);', count: 1 }],
  });
  assert.equal(untorn(root, "audit", "--baseline", "known.json").status, 0);
  writeFileSync(join(root, "b.js"), torn);
  const { status, stdout } = untorn(root, "audit", "--baseline", "known.json", "--format", "agent");
  assert.equal(status, 1);
  assert.match(stdout, /^b\.js:2 medium/);
  writeFileSync(join(root, "known.json"), "{}");
  const broken = untorn(root, "audit", "--baseline", "known.json");
  assert.equal(broken.status, 2);
  assert.match(broken.stderr, /known\.json: not a baseline/);
});

test("explain says what a rule means, and lists all of them", (context) => {
  const root = project(context, {});
  const list = untorn(root, "explain");
  assert.equal(list.status, 0);
  assert.match(list.stdout, /^non-atomic-write /);
  const one = untorn(root, "explain", "non-atomic-write");
  assert.equal(one.status, 0);
  assert.match(one.stdout, /What can happen: .*\n\nWhat to do: /);
  assert.equal(untorn(root, "explain", "nope").status, 2);
});

test("fix shows a diff, and with --write changes every file or none", (context) => {
  const root = project(context, { "a.js": torn, "b.sh": "echo a > b.txt\n", "c.js": "console.log(1);\n" });
  const shown = untorn(root, "fix");
  assert.equal(shown.status, 0);
  assert.match(shown.stdout, /^--- a\/a\.js\t?\n\+\+\+ b\/a\.js\t?\n@@ /);
  assert.match(shown.stdout, /^\+import \{ writeFileSync \} from "untorn";$/m);
  assert.equal(readFileSync(join(root, "a.js"), "utf8"), torn);
  const written = untorn(root, "fix", "--write");
  assert.equal(written.status, 0, written.stderr);
  assert.match(readFileSync(join(root, "a.js"), "utf8"), /^writeFileSync\("notes\.md", text\);$/m);
  assert.match(readFileSync(join(root, "b.sh"), "utf8"), /^untorn_write b\.txt echo a$/m);
  assert.deepEqual(namesIn(root), ["a.js", "b.sh", "c.js"]);
  assert.equal(untorn(root, "audit").status, 0);
  assert.match(untorn(root, "fix", "--write").stderr, /Nothing to change/);
  assert.equal(untorn(root, "fix", "--wirte").status, 2);
});

test("what a fix takes away with another finding needs no person", (context) => {
  const root = project(context, { "a.sh": "#!/bin/bash\njq .a state.json > state.json\n" });
  assert.match(untorn(root, "audit").stdout, /same-file-redirect/);
  const { stderr } = untorn(root, "fix");
  assert.equal(stderr, "untorn: 1 write in 1 file can be changed. Make the changes with --write.\n");
});

test("fix says in one line what there is not, as audit does", (context) => {
  const root = project(context, { "a.js": torn });
  for (const args of [["--rule", "nosuch"], ["--since", "nosuch"], ["nowhere"]]) {
    for (const command of ["audit", "fix"]) {
      const { status, stderr } = untorn(root, command, ...args);
      assert.deepEqual(
        [status, stderr.trimEnd().split("\n").length],
        [2, 1],
        `${command} ${args.join(" ")}: ${stderr}`,
      );
    }
  }
});

test("what cannot be noticed is fixed, what can be needs --unsafe", (context) => {
  const root = project(context, { "a.sh": "echo a > /etc/tool.conf\necho b > b.txt\n" });
  assert.equal(
    untorn(root, "fix", "none").stderr,
    "untorn: none: there is no such file or folder. See `untorn fix --help`.\n",
  );
  assert.match(untorn(root, "fix").stderr, /1 write in 1 file can be changed; 1 more with --unsafe/);
  assert.match(untorn(root, "fix", "--unsafe").stderr, /2 writes in 1 file can be changed/);
});
