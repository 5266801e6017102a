import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { planFixes } from "../../src/fix/index.ts";
import { project } from "../project.ts";

async function fixed(context: TestContext, name: string, text: string): Promise<string> {
  const root = project(context, { [name]: text });
  const { files } = await planFixes(root, { rules: ["non-atomic-write"], unsafe: true });
  return files.find((file) => file.path === name)?.after ?? readFileSync(join(root, name), "utf8");
}

/** What a file is that imports the helper from beside it, or from the package that it is in. */
function either(before: string, names: string, rest: string): string {
  const lines = [
    "try:",
    `    from untorn_files import ${names}`,
    "except ImportError:",
    `    from .untorn_files import ${names}`,
  ];
  return before + lines.join("\n") + rest;
}

const cases: readonly (readonly [string, string, string, string])[] = [
  [
    "an import that only served the call goes, a comment stays",
    "a.ts",
    "import fs from 'node:fs'; // files\n\nfs.writeFileSync('a.json', text);\n",
    "// files\nimport { writeFileSync } from 'untorn';\n\nwriteFileSync('a.json', text);\n",
  ],
  [
    "a stream that is piped into a file is handed over, and both imports go",
    "a.ts",
    'import { createWriteStream, mkdirSync } from "fs";\nimport { pipeline } from "stream/promises";\nmkdirSync("a");\nawait pipeline(body, createWriteStream("a/b", { mode: 0o600 }));\n',
    'import { mkdirSync } from "fs";\nimport { writeFile } from "untorn";\nmkdirSync("a");\nawait writeFile("a/b", body, { mode: 0o600 });\n',
  ],
  [
    "a stream with stages, a function that makes it, flags and callbacks stay",
    "a.ts",
    'import { createWriteStream } from "fs";\nimport { pipeline } from "stream/promises";\nawait pipeline(a, b, createWriteStream("c"));\nawait pipeline(async function* () {}, createWriteStream("d"));\nawait pipeline(a, createWriteStream("e", { start: 3 }));\n',
    'import { createWriteStream } from "fs";\nimport { pipeline } from "stream/promises";\nawait pipeline(a, b, createWriteStream("c"));\nawait pipeline(async function* () {}, createWriteStream("d"));\nawait pipeline(a, createWriteStream("e", { start: 3 }));\n',
  ],
  [
    "a handle that is closed in the same block becomes a block",
    "a.py",
    'def save(rows):\n    f = open("a.csv", "w")  # rows\n    for row in rows:\n        f.write(row)\n\n    f.write("end")\n    f.close()\n    return 1\n',
    'try:\n    from untorn_files import atomic_open\nexcept ImportError:\n    from .untorn_files import atomic_open\n\n\ndef save(rows):\n    with atomic_open("a.csv", "w") as f:  # rows\n        for row in rows:\n            f.write(row)\n\n        f.write("end")\n    return 1\n',
  ],
  [
    "a handle that goes further, or over which an indent would change a text, stays",
    "a.py",
    'def one():\n    f = open("a", "w")\n    f.write("""two\nlines""")\n    f.close()\n\n\ndef two():\n    f = open("b", "w")\n    f.write("x")\n    f.close()\n    return f.name\n',
    'def one():\n    f = open("a", "w")\n    f.write("""two\nlines""")\n    f.close()\n\n\ndef two():\n    f = open("b", "w")\n    f.write("x")\n    f.close()\n    return f.name\n',
  ],
  [
    "an import that serves others stays",
    "a.ts",
    'import fs from "fs";\nfs.mkdirSync("a");\nfs.writeFileSync("a/b.json", text, "utf8");\n',
    'import fs from "fs";\nimport { writeFileSync } from "untorn";\nfs.mkdirSync("a");\nwriteFileSync("a/b.json", text);\n',
  ],
  [
    "several names of one import move together, with their aliases",
    "a.ts",
    'import { mkdirSync, writeFileSync as save, copyFileSync, writeFileSync } from "fs";\nmkdirSync("a");\nsave("a/b", x);\nwriteFileSync("c", y);\ncopyFileSync("d", "e", 1);\n',
    'import { mkdirSync, copyFileSync } from "fs";\nimport { writeFileSync as save, writeFileSync } from "untorn";\nmkdirSync("a");\nsave("a/b", x);\nwriteFileSync("c", y);\ncopyFileSync("d", "e", 1);\n',
  ],
  [
    "a name that is used otherwise is not taken away, and untorn's gets another",
    "a.ts",
    'import { writeFile } from "node:fs/promises";\nexport const raw = writeFile;\nawait writeFile("a", b);\n',
    'import { writeFile } from "node:fs/promises";\nimport { writeFile as untornWriteFile } from "untorn";\nexport const raw = writeFile;\nawait untornWriteFile("a", b);\n',
  ],
  [
    "untorn's import is merged into the one that is there",
    "a.ts",
    'import { readFile } from "untorn";\nimport fs from "fs";\nfs.existsSync("a");\nfs.writeFileSync("a", b);\n',
    'import { readFile, writeFileSync } from "untorn";\nimport fs from "fs";\nfs.existsSync("a");\nwriteFileSync("a", b);\n',
  ],
  [
    "CommonJS stays CommonJS, without semicolons where there were none",
    "a.cjs",
    "const fs = require('fs')\nconst path = require('path')\nfs.writeFileSync(path.join('a', 'b'), c)\n",
    "const path = require('path')\nconst { writeFileSync } = require('untorn')\nwriteFileSync(path.join('a', 'b'), c)\n",
  ],
  [
    "no import at all, a first line and a directive",
    "a.js",
    '#!/usr/bin/env node\n"use strict";\nrequire("fs").writeFileSync("a", b);\n',
    '#!/usr/bin/env node\n"use strict";\nconst { writeFileSync } = require("untorn");\nwriteFileSync("a", b);\n',
  ],
  [
    "Windows line ends are kept",
    "a.ts",
    'import fs from "fs";\r\nfs.statSync("a");\r\nfs.writeFileSync("a", b);\r\n',
    'import fs from "fs";\r\nimport { writeFileSync } from "untorn";\r\nfs.statSync("a");\r\nwriteFileSync("a", b);\r\n',
  ],
  [
    "options are carried over, in the order they were in",
    "a.ts",
    'import fs from "fs";\nfs.writeFileSync("a", b, { encoding: "utf8", mode: "0600", flag: "w" });\nawait fs.promises.writeFile("a", b, { signal, encoding: "latin1" });\n',
    'import { writeFileSync, writeFile } from "untorn";\nwriteFileSync("a", b, { mode: 0o600 });\nawait writeFile("a", b, { signal, encoding: "latin1" });\n',
  ],
  [
    "a callback, an unknown option and a spread are left to a person",
    "a.ts",
    'import fs from "fs";\nfs.writeFile("a", b, done);\nfs.writeFileSync("a", b, { ...options });\nfs.writeFileSync("a", b, options);\n',
    'import fs from "fs";\nfs.writeFile("a", b, done);\nfs.writeFileSync("a", b, { ...options });\nfs.writeFileSync("a", b, options);\n',
  ],
  [
    "fs-extra and Bun make missing folders, and so does what replaces them",
    "a.ts",
    'import fse from "fs-extra";\nawait fse.outputJson("a/b.json", data);\nawait Bun.write("c/d.txt", text);\n',
    'import { writeFile } from "untorn";\nawait writeFile("a/b.json", JSON.stringify(data) + "\\n", { mkdir: true });\nawait writeFile("c/d.txt", text, { mkdir: true });\n',
  ],
  [
    "Python: such a text does not draw the import in front of the others",
    "a.py",
    '"""Use save to keep it."""\nimport os\n\n\ndef save(b):\n    Path("a").write_text(b)\n',
    '"""Use save to keep it."""\nimport os\ntry:\n    from untorn_files import atomic_write_text\nexcept ImportError:\n    from .untorn_files import atomic_write_text\n\n\ndef save(b):\n    atomic_write_text(Path("a"), b)\n',
  ],
  [
    "Python: a text at the top that names what is fixed runs nothing, and what comes from the future comes first",
    "a.py",
    '"""Use save to keep it."""\nfrom __future__ import annotations\n\n\ndef save(b):\n    Path("a").write_text(b)\n',
    '"""Use save to keep it."""\nfrom __future__ import annotations\ntry:\n    from untorn_files import atomic_write_text\nexcept ImportError:\n    from .untorn_files import atomic_write_text\n\n\ndef save(b):\n    atomic_write_text(Path("a"), b)\n',
  ],
  [
    "Python: imports that only served what is replaced go",
    "a.py",
    'import io\nimport os, shutil\nfrom shutil import (\n    copy2,\n    rmtree,\n)\n\n\ndef save(a, b):\n    import builtins\n    with io.open(a, "w") as f, builtins.open(b, "w") as g:\n        f.write("y")\n        g.write("x")\n    shutil.copy(a, b)\n    copy2(a, b)\n    rmtree(os.sep)\n',
    either(
      "import os\nfrom shutil import (\n    rmtree,\n)\n",
      "atomic_copy, atomic_copy2, atomic_open",
      '\n\n\ndef save(a, b):\n    with atomic_open(a, "w") as f, atomic_open(b, "w") as g:\n        f.write("y")\n        g.write("x")\n    atomic_copy(a, b)\n    atomic_copy2(a, b)\n    rmtree(os.sep)\n',
    ),
  ],
  [
    "Python: the last import goes, and the helper's takes its place",
    "a.py",
    'import os\nimport shutil  # copies\n\nshutil.copyfile("a", os.devnull + "b")\n',
    either("import os\n", "atomic_copyfile", '\n\natomic_copyfile("a", os.devnull + "b")\n'),
  ],
  [
    "Python: an import stays that something else may need",
    "a.py",
    'import shutil\ntry:\n    from io import open\nexcept ImportError:\n    pass\n__all__ = ["shutil"]\nshutil.copyfile("a", "b")\nopen("c", "w").write("d")\n',
    'import shutil\ntry:\n    from untorn_files import atomic_copyfile, atomic_write_text\nexcept ImportError:\n    from .untorn_files import atomic_copyfile, atomic_write_text\ntry:\n    from io import open\nexcept ImportError:\n    pass\n__all__ = ["shutil"]\natomic_copyfile("a", "b")\natomic_write_text("c", "d")\n',
  ],
  [
    "Python: a second run adds to both imports",
    "a.py",
    'try:\n    from untorn_files import atomic_write_text\nexcept ImportError:\n    from .untorn_files import atomic_write_text\natomic_write_text("a", "b")\nwith open("c", "w") as f:\n    f.write("d")\n',
    either(
      "",
      "atomic_write_text, atomic_open",
      '\natomic_write_text("a", "b")\nwith atomic_open("c", "w") as f:\n    f.write("d")\n',
    ),
  ],
  [
    "a copy becomes a write by its own name, and streams where it is waited for",
    "a.mjs",
    'import { copyFileSync } from "fs";\nimport { copyFile, readFile } from "fs/promises";\nimport fse, { outputFileSync } from "fs-extra";\ncopyFileSync(a, "b.json");\nawait copyFile(a, b);\nawait fse.copyFile(a, b);\noutputFileSync("c", await readFile(a));\n',
    'import { readFile } from "fs/promises";\nimport fse from "fs-extra";\nimport { readFileSync, statSync } from "fs";\nimport { open, stat } from "fs/promises";\nimport { writeFileSync, writeFile } from "untorn";\nwriteFileSync("b.json", readFileSync(a), { mode: statSync(a).mode & 0o777 });\nawait writeFile(b, (await open(a)).createReadStream(), { mode: (await stat(a)).mode & 0o777 });\nawait writeFile(b, await fse.readFile(a), { mode: (await fse.stat(a)).mode & 0o777 });\nwriteFileSync("c", await readFile(a), { mkdir: true });\n',
  ],
  [
    "Python: the import goes behind the last one, and a comment stays with its own",
    "a.py",
    '"""Doc."""\nimport os  # noqa\n\nPath("a").write_text(b)\n',
    '"""Doc."""\nimport os  # noqa\ntry:\n    from untorn_files import atomic_write_text\nexcept ImportError:\n    from .untorn_files import atomic_write_text\n\natomic_write_text(Path("a"), b)\n',
  ],
];

for (const [title, name, before, after] of cases) {
  test(title, async (context) => {
    assert.equal(await fixed(context, name, before), after);
  });
}

test("an errno that a handler looks for makes a fix unsafe", async (context) => {
  const text =
    'import fs from "fs";\ntry {\n  fs.writeFileSync("a", b);\n} catch (error) {\n  if (error.code !== "EROFS") throw error;\n}\n';
  const plan = await planFixes(project(context, { "a.ts": text }), { rules: ["non-atomic-write"] });
  assert.deepEqual([plan.fixed, plan.unsafe, plan.left], [0, 1, 0]);
});

test("in a package of Python the helper is shared, and imported the way the file imports its own", async (context) => {
  const root = project(context, {
    "pkg/__init__.py": "",
    "pkg/sub/__init__.py": "",
    "pkg/a.py": 'from pkg import b\nopen("x", "w").write(y)\n',
    "pkg/sub/c.py": 'from . import d\nwith open("x", "w") as f:\n    f.write(y)\n',
    "tools/script.py": 'with open("x", "w") as f:\n    f.write(y)\n',
  });
  const { files } = await planFixes(root, { rules: ["non-atomic-write"] });
  const byPath = new Map(files.map((file) => [file.path, file.after]));
  assert.deepEqual([...byPath.keys()].sort(), [
    "pkg/a.py",
    "pkg/sub/c.py",
    "pkg/untorn_files.py",
    "tools/script.py",
    "tools/untorn_files.py",
  ]);
  assert.match(byPath.get("pkg/a.py") ?? "", /^from pkg\.untorn_files import atomic_write_text$/m);
  assert.match(byPath.get("pkg/sub/c.py") ?? "", /^from \.\.untorn_files import atomic_open$/m);
  assert.match(
    byPath.get("tools/script.py") ?? "",
    /^try:\n {4}from untorn_files import atomic_open\nexcept ImportError:\n {4}from \.untorn_files import atomic_open\n\n\nwith atomic_open/,
  );
});
