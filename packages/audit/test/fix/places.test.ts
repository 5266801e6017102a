import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { loadParser, parse } from "../../src/engine/index.ts";
import { applyFiles, planFixes, toChanges } from "../../src/fix/index.ts";
import { misplacedPython } from "../../src/fix/python-rewrite.ts";
import { project } from "../project.ts";

// dist/test/fix -> the packages
const packages = join(import.meta.dirname, "../../../..");

/** The fixed text of a program, which has been run and has written `words` to `state.json`. */
async function fixedAndRun(context: TestContext, name: string, text: string): Promise<string> {
  const root = project(context, { [name]: text });
  mkdirSync(join(root, "node_modules"));
  symlinkSync(join(packages, "untorn"), join(root, "node_modules/untorn"));
  const plan = await planFixes(root, { rules: ["non-atomic-write"] });
  assert.deepEqual([plan.fixed, plan.unsafe, plan.left, plan.notices], [1, 0, 0, []]);
  await applyFiles(root, toChanges(plan.files));
  const program = name.endsWith(".py") ? "python3" : process.execPath;
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  const { status, stderr } = spawnSync(program, [name], { cwd: root, env, encoding: "utf8", timeout: 30_000 });
  assert.equal(status, 0, stderr);
  assert.equal(readFileSync(join(root, "state.json"), "utf8"), "words");
  return readFileSync(join(root, name), "utf8");
}

const python = spawnSync("python3", ["-c", ""], { stdio: "ignore" }).error === undefined;
const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join("");

const cases: readonly (readonly [string, string, string, RegExp])[] = [
  [
    "an import that comes after the call",
    "a.cjs",
    lines(
      'const fs = require("fs");',
      'fs.writeFileSync("state.json", "words");',
      'const os = require("os");',
      "os.EOL;",
    ),
    /^const \{ writeFileSync \} = require\("untorn"\);\nwriteFileSync\(/,
  ],
  [
    "an import that comes after the call of a function further down",
    "a.cjs",
    lines(
      'const path = require("path");',
      "run();",
      'const fs = require("fs");',
      "function run() { save(); }",
      'function save() { require("fs").writeFileSync(path.join("state.json"), "words"); }',
      "fs.existsSync(path.sep);",
    ),
    /^const path = require\("path"\);\nconst \{ writeFileSync \} = require\("untorn"\);\nrun\(\);/,
  ],
  [
    "imports among definitions",
    "a.cjs",
    lines(
      "function save() {",
      '  fs.writeFileSync("state.json", "words");',
      "}",
      'const fs = require("fs");',
      "save();",
      'const os = require("os");',
    ),
    /^function save[^]*\}\nconst \{ writeFileSync \} = require\("untorn"\);\nsave\(\);/,
  ],
  [
    "an import of nothing",
    "a.mjs",
    lines('import {} from "untorn";', 'import fs from "fs";', 'fs.writeFileSync("state.json", "words");'),
    /^import \{\} from "untorn";\nimport \{ writeFileSync \} from "untorn";\nwriteFileSync\(/,
  ],
  [
    "what untorn's import brings already is used",
    "a.mjs",
    lines(
      'import { writeFileSync } from "untorn";',
      'import fs from "fs";',
      'writeFileSync("other.json", "");',
      'fs.writeFileSync("state.json", "words");',
    ),
    /^import \{ writeFileSync \} from "untorn";\nwriteFileSync\("other.json", ""\);\nwriteFileSync\("state.json"/,
  ],
  [
    "an import of untorn in a function is not the file's",
    "a.cjs",
    lines(
      "function other() {",
      '  const { readFileSync } = require("untorn");',
      '  readFileSync("a");',
      "}",
      'require("fs").writeFileSync("state.json", "words");',
      "typeof other;",
    ),
    /^const \{ writeFileSync \} = require\("untorn"\);\nfunction other\(\) \{\n {2}const \{ readFileSync \} =/,
  ],
  [
    "a name that a require is taken apart into goes with its call",
    "a.cjs",
    lines(
      'const { writeFileSync, mkdirSync } = require("fs");',
      'writeFileSync("state.json", "words");',
      "mkdirSync('a');",
    ),
    /^const \{ mkdirSync \} = require\("fs"\);\nconst \{ writeFileSync \} = require\("untorn"\);\nwriteFileSync\(/,
  ],
  [
    "a require that is taken apart into other names goes whole",
    "a.cjs",
    lines('const { writeFileSync: save } = require("fs");', 'save("state.json", "words");'),
    /^const \{ writeFileSync: save \} = require\("untorn"\);\nsave\(/,
  ],
  [
    "an import that comes after the call",
    "a.py",
    lines("import sys", 'with open("state.json", "w") as f:', '    f.write("words")', "import os", "os.getcwd()"),
    /^import sys\ntry:\n {4}from untorn_files import atomic_open\nexcept ImportError:\n {4}from \.untorn_files import atomic_open\nwith atomic_open/,
  ],
  [
    "an import that comes after the call of what calls it",
    "a.py",
    lines(
      '"""Words."""',
      "import sys",
      "class Store:",
      "    def save(self):",
      '        with open("state.json", "w") as f:',
      '            f.write("words")',
      "def main():",
      "    Store().save()",
      'if sys.argv[0] != "":',
      "    main()",
      "import os",
    ),
    /^"""Words."""\nimport sys\ntry:\n {4}from untorn_files import atomic_open\nexcept ImportError:\n {4}from \.untorn_files import atomic_open\nclass/,
  ],
  [
    "a docstring that names what writes, and what comes from the future",
    "a.py",
    lines(
      '"""Words: call save() to keep them."""',
      "from __future__ import annotations",
      "import json",
      "def save(path):",
      '    with open(path, "w") as f:',
      '        f.write("words")',
      'if __name__ == "__main__":',
      '    save("state.json")',
    ),
    /^"""Words: [^"]*"""\nfrom __future__ import annotations\nimport json\ntry:\n {4}from untorn_files import atomic_open\nexcept ImportError:\n {4}from \.untorn_files import atomic_open\n/,
  ],
  [
    "a docstring of two texts, and no import",
    "a.py",
    lines(
      '"Words " "of save"',
      "def save():",
      '    with open("state.json", "w") as f:',
      '        f.write("words")',
      'if __name__ == "__main__":',
      '    assert __doc__ == "Words of save"',
      "    save()",
    ),
    /^"Words " "of save"\ntry:\n {4}from untorn_files import atomic_open\nexcept ImportError:\n {4}from \.untorn_files import atomic_open\n\n\ndef save/,
  ],
  [
    "a directive that names what writes",
    "a.cjs",
    lines(
      '"use strict"; "save";',
      'const fs = require("fs");',
      'function save() { fs.writeFileSync("state.json", "words"); }',
      "save();",
    ),
    /^"use strict"; "save";\nconst \{ writeFileSync \} = require\("untorn"\);\nfunction/,
  ],
  [
    "the file as a keyword",
    "a.py",
    lines('with open(mode="w", file="state.json") as f:', '    f.write("words")'),
    /^try:\n {4}from untorn_files import atomic_open\nexcept ImportError:\n {4}from \.untorn_files import atomic_open\n\n\nwith atomic_open\(mode="w", path="state.json"\)/,
  ],
  [
    "the file as a keyword, closed further down",
    "a.py",
    lines('f = open(file="state.json", mode="w")', 'f.write("words")', "f.close()"),
    /with atomic_open\(path="state.json", mode="w"\) as f:\n {4}f\.write/,
  ],
  [
    "the helper's import in a function is not the file's",
    "a.py",
    lines(
      "def other():",
      "    from untorn_files import atomic_write_text",
      '    atomic_write_text("a", "b")',
      'with open("state.json", "w") as f:',
      '    f.write("words")',
    ),
    /^try:\n {4}from untorn_files import atomic_open\nexcept ImportError:\n {4}from \.untorn_files import atomic_open\n/,
  ],
];

for (const [title, name, text, expected] of cases) {
  const skip = name.endsWith(".py") && !python ? "python3 is not installed" : false;
  test(`fixed and run, ${name}: ${title}`, { skip, timeout: 60_000 }, async (context) => {
    assert.match(await fixedAndRun(context, name, text), expected);
  });
}

test("an import of untorn's types is left as it is", async (context) => {
  const text =
    'import type { Receipt } from "untorn";\nimport fs from "fs";\nfs.writeFileSync("a.json", "");\nfs.writeFileSync("a.json", b);\n';
  const { files } = await planFixes(project(context, { "a.ts": text }), { rules: ["non-atomic-write"] });
  assert.match(
    files[0]?.after ?? "",
    /^import type \{ Receipt \} from "untorn";\nimport fs from "fs";\nimport \{ writeFileSync \} from "untorn";\n/,
  );
});

test("a file of Python is no better for a docstring or an import from the future in the wrong place", async () => {
  await loadParser("python");
  const misplaced = (text: string): number => misplacedPython(parse("python", text));
  assert.equal(misplaced('"""Doc."""\nfrom __future__ import annotations\nimport os\n'), 0);
  assert.equal(misplaced('"""Doc."""\nimport os\nfrom __future__ import annotations\n'), 1);
  assert.equal(misplaced('import os\n"""Doc."""\nfrom __future__ import annotations\n'), 2);
});
