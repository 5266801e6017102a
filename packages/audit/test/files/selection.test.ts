import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { walk } from "../../src/files/walk.ts";
import { audit } from "../../src/index.ts";
import { project, tornModule } from "../project.ts";

async function found(root: string, options: Parameters<typeof audit>[1] = {}): Promise<string[]> {
  return [...new Set((await audit(root, options)).findings.map((finding) => finding.file))];
}

test("gitignored files are left out, with nested rules, exceptions and the rules of folders above", async (context) => {
  const root = project(context, {
    ".gitignore": "dist/\n*.gen.js\n!keep.gen.js\n",
    "dist/a.js": tornModule,
    "a.gen.js": tornModule,
    "keep.gen.js": tornModule,
    "inner/.gitignore": "local.js\n!b.gen.js\n",
    "inner/local.js": tornModule,
    "inner/b.gen.js": tornModule,
    "inner/deep/local.js": tornModule,
    "node_modules/x/index.js": tornModule,
    "z.js": tornModule,
  });
  mkdirSync(join(root, ".git"));
  assert.deepEqual(await found(root), ["inner/b.gen.js", "keep.gen.js", "z.js"]);
  assert.deepEqual(await found(join(root, "inner")), ["b.gen.js"]);
  assert.deepEqual(await found(join(root, "dist")), []);
});

test("a node_modules that .gitignore takes back in is a project's own", async (context) => {
  const root = project(context, {
    ".gitignore": "node_modules\n!packages/node_modules\n",
    "packages/node_modules/own/index.js": tornModule,
    "packages/node_modules/own/node_modules/x/index.js": tornModule,
    "node_modules/x/index.js": tornModule,
    "other/node_modules/x/index.js": tornModule,
  });
  mkdirSync(join(root, ".git"));
  assert.deepEqual(await found(root), ["packages/node_modules/own/index.js"]);
});

test("tests are left out by convention, and looked at when asked for, or when named", async (context) => {
  const names = ["tests/a.js", "src/a.test.ts", "src/test_a.py", "src/__mocks__/b.js", "e2e/c.js", "conftest.py"];
  names.push("test_node/a/b.js", "unit-tests/a.js", "lib/a-test.js", "test-data/make.py");
  const kept = ["src/contest.js", "src/latest.js", "test-runner/a.js"];
  const torn = (name: string): string => (name.endsWith(".py") ? 'open("a.txt", "w").write(x)\n' : tornModule);
  const root = project(context, Object.fromEntries([...names, ...kept].map((name) => [name, torn(name)])));
  assert.deepEqual(await found(root), kept);
  assert.deepEqual(await found(root, { includeTests: true }), [...names, ...kept].sort());
  assert.deepEqual(await found(join(root, "src/a.test.ts")), ["a.test.ts"]);
});

test("scripts without an extension are known by their first line", async (context) => {
  const root = project(context, {
    "bin/one": "#!/usr/bin/env -S bash -e\necho a > state.json\n",
    "bin/two": "#!/usr/bin/python3\nopen('a.json', 'w').write(x)\n",
    "bin/data": "echo a > b\n",
    LICENSE: "words > words\n",
  });
  assert.deepEqual(await found(root), ["bin/one", "bin/two"]);
});

test("zsh is read as far as the grammar for Bash goes, and named where it does not; it gets no fix", async (context) => {
  const root = project(context, {
    "bin/plain": "#!/usr/bin/env zsh\necho a > state.json\n",
    "names.zsh": "setopt extended_glob\necho a > state.json\n",
    "own.zsh":
      '# untorn-ignore-file non-atomic-write -- made again\nprint -r -- ${(f)"$(<f)"}\nif [[ -n $x ]] { echo c > c.json }\n',
    "silent.zsh": "print -r -- ${(f)x}\n",
  });
  const { findings, notices } = await audit(root);
  assert.deepEqual(
    findings.map(({ file, fix }) => [file, fix]),
    [
      ["bin/plain", null],
      ["names.zsh", null],
    ],
  );
  assert.deepEqual(notices, [
    { file: "own.zsh", line: 2, reason: "is zsh that the Bash grammar cannot read; it was not looked at" },
  ]);
});

test("a test that the grammar reads too far ends where its line does", async (context) => {
  const lines = ['[ "$a" -gt 0 ] > x', "cp a state.json", "echo b >&2", '[ "$b" = 1 ]', "cp b c"];
  const root = project(context, { "a.sh": `${lines.join("\n")}\n`, "b.sh": `${lines.join("; ")}\n` });
  const { findings, notices } = await audit(root);
  assert.deepEqual(notices, []);
  const linesOf = (name: string): readonly number[] => findings.flatMap((one) => (one.file === name ? one.line : []));
  assert.deepEqual(linesOf("a.sh"), [1, 2, 5]);
  assert.equal(linesOf("b.sh").length, 3);
});

test("a command that the grammar reads too far, whatever its line ends with, is named", async (context) => {
  const root = project(context, { "a.sh": "if a; then\n  c | d | t -\nelse\n  echo u > state.json\nfi\n" });
  const { findings, notices } = await audit(root);
  assert.match(notices[0]?.reason ?? "", /^has a command that the parser reads too far here/);
  assert.ok(findings.every(({ fix }) => fix === null));
});

test("only what differs from a commit", async (context) => {
  const root = project(context, { "old.js": tornModule, "changed.js": tornModule, "sub/kept.js": tornModule });
  const git = (...words: string[]): void => {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    execFileSync("git", [...identity, ...words], { cwd: root, stdio: "pipe" });
  };
  git("init", "-q");
  git("add", "-A");
  git("commit", "-qm", "first");
  appendFileSync(join(root, "changed.js"), "// changed\n");
  writeFileSync(join(root, "sub/new.js"), tornModule);
  assert.deepEqual(await found(root, { since: "HEAD" }), ["changed.js", "sub/new.js"]);
  assert.deepEqual(await found(join(root, "sub"), { since: "HEAD" }), ["new.js"]);
  await assert.rejects(audit(root, { since: "no-such-commit" }), /no-such-commit/);
  await assert.rejects(audit(root, { since: "--output=x" }), /not the name of a commit/);
});

test("what cannot be read or parsed is named, and the rest is looked at", async (context) => {
  const root = project(context, {
    "binary.js": "a\u0000b writeFile",
    "broken.js": `${tornModule}\nfunction ( { ]\n`,
    "good.js": tornModule,
    "large.js": `// ${"x".repeat(4 * 1024 * 1024)}\n${tornModule}`,
  });
  writeFileSync(join(root, "locked.js"), tornModule);
  chmodSync(join(root, "locked.js"), 0);
  symlinkSync("nowhere", join(root, "dangling.js"));
  const { findings, notices } = await audit(root);
  const files = [...new Set(findings.map((finding) => finding.file))];
  assert.ok(files.includes("broken.js") && files.includes("good.js"));
  const named = notices.map((notice) => notice.file);
  assert.ok(named.includes("binary.js") && named.includes("broken.js") && named.includes("large.js"));
  // A superuser reads it all the same.
  assert.ok(files.includes("locked.js") || named.includes("locked.js"));
});

test("a folder that cannot be read and a .gitignore that is a folder are named, and the rest is looked at", async (context) => {
  const root = project(context, {
    "a/.gitignore/x": "",
    "a/a.js": tornModule,
    "b/b.js": tornModule,
    "c/c.js": tornModule,
  });
  chmodSync(join(root, "b"), 0);
  const { findings, notices } = await audit(root).finally(() => chmodSync(join(root, "b"), 0o700));
  const named = notices.map(({ file, reason }) => `${file} ${reason}`);
  assert.equal(named[0], "a/.gitignore cannot be read (EISDIR); what it leaves out was looked at");
  // A superuser reads the folder all the same.
  const seen = findings.map((finding) => finding.file);
  if (seen.includes("b/b.js")) assert.deepEqual([named.length, seen], [1, ["a/a.js", "b/b.js", "c/c.js"]]);
  else {
    assert.deepEqual(seen, ["a/a.js", "c/c.js"]);
    assert.equal(named[1], "b/ cannot be read (EACCES); nothing in it was looked at");
  }
  rmSync(join(root, "a/.gitignore"), { recursive: true });
  mkdirSync(join(root, ".git"));
  mkdirSync(join(root, ".gitignore"));
  const inner = await audit(join(root, "a"));
  assert.deepEqual(
    inner.notices.map((notice) => notice.file),
    ["../.gitignore"],
  );
});

test("a folder that goes away while it is walked is named", (context) => {
  const root = project(context, { "a/a.js": "", "b/b.js": "", "c/c.js": "" });
  const unread: string[] = [];
  const paths = walk(root, {
    folder(path) {
      if (path === "b/") rmSync(join(root, "b"), { recursive: true });
      return true;
    },
    file: () => true,
    unread: (path, error) => unread.push(`${path} ${(error as NodeJS.ErrnoException).code}`),
  });
  assert.deepEqual([...paths], ["a/a.js", "c/c.js"]);
  assert.deepEqual(unread, ["b/ ENOENT"]);
  assert.throws(() => [...walk(join(root, "b"), { folder: () => true, file: () => true, unread: () => {} })], /ENOENT/);
});

test("bytes that are not UTF-8 and byte order marks do not move places", async (context) => {
  const root = project(context, { "bom.js": `\uFEFF${tornModule}` });
  writeFileSync(join(root, "latin.js"), Buffer.concat([Buffer.from("// \xe9\n", "latin1"), Buffer.from(tornModule)]));
  writeFileSync(join(root, "emoji.js"), `const face = "\u{1F600}"; require("fs").writeFileSync("a.json", face);\r\n`);
  const { findings } = await audit(root);
  const places = findings.map(({ file, line, column }) => `${file}:${line}:${column}`);
  assert.deepEqual(places, ["bom.js:3:3", "emoji.js:1:20", "latin.js:4:3"]);
});
