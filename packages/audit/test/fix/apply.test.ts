import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { applyFiles, planFixes, toChanges } from "../../src/fix/index.ts";
import { project } from "../project.ts";

const source = 'import { writeFileSync } from "node:fs";\nwriteFileSync("state.json", "{}");\n';
const rules = ["non-atomic-write"];

test("all files are changed, and the project holds nothing besides; a work folder that was there stays", async (context) => {
  for (const had of [false, true]) {
    const root = project(context, { "a.mjs": source, "b.mjs": source });
    if (had) mkdirSync(join(root, ".untorn"));
    const { files } = await planFixes(root, { rules });
    await applyFiles(root, toChanges(files));
    for (const name of ["a.mjs", "b.mjs"]) assert.match(readFileSync(join(root, name), "utf8"), /from "untorn"/);
    assert.deepEqual(readdirSync(root).sort(), [...(had ? [".untorn"] : []), "a.mjs", "b.mjs"]);
  }
});

test("a file that has changed since, has come or cannot be written: none of the files is changed", async (context) => {
  const meanwhile: readonly ((root: string) => void)[] = [
    (root) => writeFileSync(join(root, "b.mjs"), `${source}// mine\n`),
    (root) => writeFileSync(join(root, "new.py"), "# mine\n"),
    (root) => mkdirSync(join(root, "new.py")),
  ];
  for (const happens of meanwhile) {
    const root = project(context, { "a.mjs": source, "b.mjs": source });
    const { files } = await planFixes(root, { rules });
    const changes = [...toChanges(files), { path: "new.py", content: "# ours\n", ifMatch: null }];
    happens(root);
    const read = (): unknown[] => [
      readdirSync(root).sort(),
      ...["a.mjs", "b.mjs"].map((name) => readFileSync(join(root, name), "utf8")),
    ];
    const before = read();
    await assert.rejects(applyFiles(root, changes));
    assert.deepEqual(read(), before);
    assert.ok(!existsSync(join(root, ".untorn")));
  }
});

test("a source that is not UTF-8 is left alone, and named: its bytes could not be written back", async (context) => {
  const root = project(context, { "a.mjs": source });
  const latin = Buffer.from(`// caf\xe9\n${source}`, "latin1");
  writeFileSync(join(root, "b.mjs"), latin);
  const { files, notices, left } = await planFixes(root, { rules });
  assert.deepEqual(
    files.map(({ path }) => path),
    ["a.mjs"],
  );
  assert.deepEqual([notices.map(({ file }) => file), left], [["b.mjs"], 1]);
});
