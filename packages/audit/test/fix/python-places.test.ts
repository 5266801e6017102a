import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { applyFiles, planFixes, toChanges } from "../../src/fix/index.ts";
import { project } from "../project.ts";

const python = spawnSync("python3", ["-c", ""], { stdio: "ignore" }).error === undefined;
const skip = python ? false : "python3 is not installed";
/** A module that writes `words` to `state.json` when it is asked to. */
const store = 'def save():\n    with open("state.json", "w") as f:\n        f.write("words")\n';
const onPath = (folder: string): string => `import sys; sys.path.insert(0, "${folder}"); `;

interface Case {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  /** What is fixed: the folder itself where nothing is said. */
  readonly root?: string;
  readonly helper: string;
  readonly line: RegExp;
  /** Everything that loads the file, and works before. */
  readonly run: readonly (readonly string[])[];
}

const cases: readonly Case[] = [
  {
    title: "a module that a script beside it imports",
    files: { "a.py": store, "main.py": "import a\na.save()\n" },
    helper: "untorn_files.py",
    line: /^from untorn_files import/m,
    run: [["main.py"]],
  },
  {
    title: "a module that imports one beside it",
    files: { "lib/a.py": `from names import name\n${store}`, "lib/names.py": "name = 1\n" },
    helper: "lib/untorn_files.py",
    line: /^from untorn_files import/m,
    run: [["-c", `${onPath("lib")}import a; a.save()`]],
  },
  {
    title: "a script that calls its own function",
    files: { "a.py": `${store}if True:\n    save()\n` },
    helper: "untorn_files.py",
    line: /^from untorn_files import/m,
    run: [["a.py"]],
  },
  {
    title: "a package without __init__.py",
    files: { "lib/a.py": `from . import names\n${store}`, "lib/names.py": "name = 1\n" },
    helper: "lib/untorn_files.py",
    line: /^from \.untorn_files import/m,
    run: [["-c", "import lib.a; lib.a.save()"]],
  },
  {
    title: "a package whose folder may be on the path itself",
    files: { "ext/__init__.py": "", "ext/a.py": store },
    helper: "ext/untorn_files.py",
    line: /^try:\n {4}from \.untorn_files import/m,
    run: [
      ["-c", `${onPath("ext")}import a; a.save()`],
      ["-c", "import ext.a; ext.a.save()"],
    ],
  },
  {
    title: "a package whose other files import each other",
    files: {
      "pkg/__init__.py": "",
      "pkg/sub/__init__.py": "from .a import save\n",
      "pkg/sub/a.py": store,
    },
    helper: "pkg/untorn_files.py",
    line: /^from \.\.untorn_files import/m,
    run: [["-c", "import pkg.sub; pkg.sub.save()"]],
  },
  {
    title: "what makes a folder a package",
    files: { "pkg/__init__.py": store },
    helper: "pkg/untorn_files.py",
    line: /^from \.untorn_files import/m,
    run: [["-c", "import pkg; pkg.save()"]],
  },
  {
    title: "a folder of a package, fixed by itself",
    files: { "pkg/__init__.py": "from .a import save\n", "pkg/a.py": store },
    root: "pkg",
    helper: "untorn_files.py",
    line: /^from \.untorn_files import/m,
    run: [["-c", "import pkg.a; pkg.a.save()"]],
  },
];

for (const { title, files, root = ".", helper, line, run } of cases) {
  test(`the helper is found by ${title}`, { skip, timeout: 60_000 }, async (context) => {
    for (const words of run) {
      const folder = project(context, files);
      const fixed = join(folder, root);
      const plan = await planFixes(fixed, { rules: ["non-atomic-write"] });
      assert.deepEqual([plan.fixed, plan.unsafe, plan.left, plan.notices], [1, 0, 0, []]);
      assert.deepEqual(
        plan.files.filter(({ before }) => before === null).map(({ path }) => path),
        [helper],
      );
      assert.match(plan.files.find(({ before }) => before !== null)?.after ?? "", line);
      await applyFiles(fixed, toChanges(plan.files));
      const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
      const { status, stderr } = spawnSync("python3", words, { cwd: folder, env, encoding: "utf8", timeout: 30_000 });
      assert.equal(status, 0, stderr);
      assert.equal(readFileSync(join(folder, "state.json"), "utf8"), "words");
    }
  });
}

for (const [title, files] of [
  ["a plugin that is loaded by its path", { "plug/a.py": store }],
  ["a plugin beside modules that it does not use", { "plug/a.py": store, "plug/b.py": "import json\n" }],
  ["what builds a package", { "setup.py": `${store}save()\n`, "pkg/b.py": "" }],
] as const) {
  test(`unsafe, as the helper may not be found: ${title}`, async (context) => {
    const { fixed, unsafe, left } = await planFixes(project(context, files), { rules: ["non-atomic-write"] });
    assert.deepEqual([fixed, unsafe, left], [0, 1, 0]);
  });
}
