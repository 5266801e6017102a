import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { audit } from "../../src/audit.ts";
import { applyFiles, planFixes, toChanges } from "../../src/fix/index.ts";
import { project } from "../project.ts";

/** A project whose program has been fixed, and how it ends. */
async function fixedAndRun(
  root: string,
  program: string,
  words: readonly string[],
): Promise<{ status: number | null; stderr: string; files: string[] }> {
  const { files } = await planFixes(root, { rules: ["non-atomic-write"], unsafe: true });
  assert.ok(files.length > 0);
  await applyFiles(root, toChanges(files));
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  const { status, stderr } = spawnSync(program, words, { cwd: root, env, encoding: "utf8", timeout: 30_000 });
  return { status, stderr, files: readdirSync(root).sort() };
}

const missing = (program: string): string | false =>
  spawnSync(program, ["-c", ""], { stdio: "ignore" }).error === undefined ? false : `${program} is not installed`;

for (const shell of ["bash", "sh", "dash", "busybox"]) {
  const words = shell === "busybox" ? ["sh", "a.sh"] : ["a.sh"];
  test(
    `${shell}: a command that fails, or prints nothing, leaves the file as it was`,
    { skip: missing(shell) },
    async (context) => {
      const script = [
        "sh -c : > kept.txt",
        'echo "status $?" >> log.txt',
        "true | cat > kept.txt",
        'echo "status $?" >> log.txt',
        'sh -c "echo part; exit 3" > kept.txt',
        'echo "status $?" >> log.txt',
        "cp absent.txt kept.txt 2> errors.txt",
        'echo "status $?" >> log.txt',
        "echo new > written.txt",
        "",
      ].join("\n");
      const root = project(context, { "a.sh": script, "in.txt": "words\n", "kept.txt": "old\n" });
      const { files } = await fixedAndRun(root, shell, words);
      assert.equal(readFileSync(join(root, "kept.txt"), "utf8"), "old\n");
      assert.equal(readFileSync(join(root, "written.txt"), "utf8"), "new\n");
      assert.equal(readFileSync(join(root, "log.txt"), "utf8"), "status 1\nstatus 1\nstatus 3\nstatus 1\n");
      assert.deepEqual(files, ["a.sh", "errors.txt", "in.txt", "kept.txt", "log.txt", "written.txt"]);
    },
  );
}

for (const shell of ["bash", "sh", "dash", "busybox"]) {
  const words = shell === "busybox" ? ["sh", "a.sh"] : ["a.sh"];
  test(
    `${shell}: names with blanks, and words that stand for several files`,
    { skip: missing(shell) },
    async (context) => {
      const script = [
        'f="my state.json"',
        "dir=folder",
        "echo hi > $f",
        "echo there > $dir/${f}",
        'echo twice > $(printf %s "a b").txt',
        'files="one.txt two.txt"',
        "cp -p $files folder",
        'cp "$f" $dir/copy.json',
        "",
      ].join("\n");
      const root = project(context, { "a.sh": script, "one.txt": "1", "two.txt": "2", "folder/x": "" });
      const { status, stderr, files } = await fixedAndRun(root, shell, words);
      assert.equal(status, 0, stderr);
      assert.deepEqual(files, ["a b.txt", "a.sh", "folder", "my state.json", "one.txt", "two.txt"]);
      const inside = readdirSync(join(root, "folder")).sort();
      assert.deepEqual(inside, ["copy.json", "my state.json", "one.txt", "two.txt", "x"]);
      assert.equal(readFileSync(join(root, "my state.json"), "utf8"), "hi\n");
      assert.equal(readFileSync(join(root, "two.txt"), "utf8"), "2");
    },
  );
}

test(
  "python: a block that raises leaves the file as it was, and no temp",
  { skip: missing("python3") },
  async (context) => {
    const script = [
      "import os",
      "try:",
      '    with open("kept.txt", "w") as f:',
      '        f.write("part")',
      '        raise ValueError("in the middle")',
      "except ValueError:",
      "    pass",
      'with open("kept.txt", "w") as f:',
      '    f.write("x" * 10)',
      "    os._exit(7)",
      "",
    ].join("\n");
    const root = project(context, { "a.py": script, "kept.txt": "old\n" });
    const { status, files } = await fixedAndRun(root, "python3", ["a.py"]);
    assert.equal(status, 7);
    assert.equal(readFileSync(join(root, "kept.txt"), "utf8"), "old\n");
    // A process that ends in the middle leaves its temp, and nothing else.
    assert.deepEqual(
      files.filter((name) => !/^\.kept\.txt\.[0-9a-f]{32}\.tmp$/.test(name)),
      ["a.py", "kept.txt", "untorn_files.py"],
    );
  },
);

test("a file that changed since it was read is not overwritten, and neither are the others", async (context) => {
  const text = 'import fs from "fs";\nfs.writeFileSync("a", b);\n';
  const root = project(context, { "one.js": text, "two.js": text });
  const { files } = await planFixes(root);
  writeFileSync(join(root, "two.js"), `${text}// changed\n`);
  await assert.rejects(applyFiles(root, toChanges(files)), /two\.js has changed since it was read/);
  assert.equal(readFileSync(join(root, "one.js"), "utf8"), text);
  assert.deepEqual(
    readdirSync(root)
      .filter((name) => name.endsWith(".js"))
      .sort(),
    ["one.js", "two.js"],
  );
});

test("a module of the project's own by the helper's name is not replaced", async (context) => {
  const text = 'with open("x", "w") as f:\n    f.write(y)\n';
  const root = project(context, { "own/a.py": text, "own/untorn_files.py": "ours = 1\n", "other/a.py": text });
  mkdirSync(join(root, "odd/untorn_files.py"), { recursive: true });
  writeFileSync(join(root, "odd/a.py"), text);
  const { files, fixed, left, notices } = await planFixes(root, { rules: ["non-atomic-write"] });
  assert.deepEqual(files.map((file) => file.path).sort(), ["other/a.py", "other/untorn_files.py"]);
  assert.deepEqual([fixed, left], [1, 2]);
  assert.deepEqual(
    notices.map(({ file, reason }) => `${file} ${reason}`),
    [
      "odd/a.py needs the helper of `untorn fix` in odd/untorn_files.py, which cannot be read (EISDIR); its fixes were given up",
      "own/a.py needs the helper of `untorn fix` in own/untorn_files.py, which is a module of the project's own; its fixes were given up",
    ],
  );
});

test("a helper of an earlier version is brought up to date", async (context) => {
  const text = 'with open("x", "w") as f:\n    f.write(y)\n';
  const old = '"""Written by `untorn fix`."""\n';
  const { files } = await planFixes(project(context, { "a.py": text, "untorn_files.py": old }));
  assert.equal(files.find((file) => file.path === "untorn_files.py")?.before, old);
});

test("an audit of what has been fixed says nothing, of the helpers neither", async (context) => {
  const root = project(context, {
    "a.py": 'with open("x", "w") as f:\n    f.write(y)\n',
    "a.sh": "jq . in.json > x.json\ncp x.json y.json\n",
    "a.mjs": 'import { writeFileSync } from "node:fs";\nwriteFileSync("state.json", "{}");\n',
  });
  const { files, left } = await planFixes(root, { rules: ["non-atomic-write"], unsafe: true });
  assert.deepEqual([files.length, left], [4, 0]);
  await applyFiles(root, toChanges(files));
  const after = await audit(root);
  assert.deepEqual(after.notices, []);
  assert.deepEqual(
    after.findings.filter((one) => one.suppressed === null),
    [],
  );
});
