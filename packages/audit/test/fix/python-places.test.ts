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

/** Outside of a package the file may be loaded from its folder, or as a part of it. */
const either = /^try:\n {4}from untorn_files import .*\nexcept ImportError:\n {4}from \.untorn_files import/m;

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
    line: either,
    run: [["main.py"]],
  },
  {
    title: "a module that imports one beside it",
    files: { "lib/a.py": `from names import name\n${store}`, "lib/names.py": "name = 1\n" },
    helper: "lib/untorn_files.py",
    line: either,
    run: [["-c", `${onPath("lib")}import a; a.save()`]],
  },
  {
    title: "a script that calls its own function",
    files: { "a.py": `${store}if True:\n    save()\n` },
    helper: "untorn_files.py",
    line: either,
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
    line: either,
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
    title: "a script that is also imported with its folder, which has no __init__.py",
    files: {
      "tools/job.py": `${store}if __name__ == "__main__":\n    save()\n`,
      "main.py": "import tools.job\ntools.job.save()\n",
    },
    helper: "tools/untorn_files.py",
    line: either,
    run: [
      ["tools/job.py"],
      ["-m", "tools.job"],
      ["main.py"],
      ["-c", `${onPath("tools")}import job; job.save()`],
      ["-c", `${onPath("tools")}import runpy; runpy.run_path("tools/job.py", run_name="__main__")`],
      ["-c", `${onPath("tools")}exec(open("tools/job.py").read(), {"__name__": "__main__"})`],
      ["-c", `${onPath("tools")}names = {}; exec(open("tools/job.py").read(), names); names["save"]()`],
    ],
  },
  {
    title: "a script of a package that imports either way itself",
    files: {
      "pkg/__init__.py": "",
      "pkg/names.py": "name = 1\n",
      "pkg/a.py": `try:\n    from .names import name\nexcept ImportError:\n    from names import name\n${store}if __name__ == "__main__":\n    save()\n`,
    },
    helper: "pkg/untorn_files.py",
    line: either,
    run: [["pkg/a.py"], ["-m", "pkg.a"], ["-c", "import pkg.a; pkg.a.save()"]],
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
  [
    "a script that another file loads as a module of its own",
    {
      "setup.py": 'spec_from_file_location("version", os.path.join("pkg", "_version.py"))\n',
      "pkg/__init__.py": "",
      "pkg/_version.py": `${store}if __name__ == "__main__":\n    save()\n`,
    },
  ],
  [
    "a script that another file reads and runs",
    {
      "docs/conf.py": "with open('../tools/gen.py') as f:\n    exec(compile(f.read(), 'gen', 'exec'), {})\n",
      "tools/gen.py": `${store}save()\n`,
    },
  ],
  ["what builds a package", { "setup.py": `${store}save()\n`, "pkg/b.py": "" }],
] as const) {
  test(`unsafe, as the helper may not be found: ${title}`, async (context) => {
    const { fixed, unsafe, left } = await planFixes(project(context, files), { rules: ["non-atomic-write"] });
    assert.deepEqual([fixed, unsafe, left], [0, 1, 0]);
  });
}
