import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { audit } from "../../src/index.ts";
import { project } from "../project.ts";

const wrapper = `const fsp = require("node:fs/promises");
const fs = require("node:fs");
async function copy(a, b) { await fsp.copyFile(a, b); }
async function writeJson(p, data) { await replace(p, JSON.stringify(data)); }
module.exports = {
  writeFile: fsp.writeFile,
  writeFileSync: fs.writeFileSync.bind(fs),
  rename: fsp.rename,
  copy,
  writeJson,
};
`;

async function linesOf(context: TestContext, files: Readonly<Record<string, string>>, file: string): Promise<number[]> {
  const { findings } = await audit(project(context, files), { rules: ["non-atomic-write"] });
  return findings.filter((finding) => finding.file === file).map(({ line }) => line);
}

test("functions of fs that a project's own module passes on are fs's; its own functions are not", async (context) => {
  const user = `const fs = require("../fs-native");
async function save(p, t) {
  await fs.writeFile(p, t);
  fs.writeFileSync(p, t);
  await fs.writeJson(p, t);
  await fs.copy(p, t);
  const tmp = p + ".new";
  await fs.writeFile(tmp, t);
  await fs.rename(tmp, p);
}
`;
  assert.deepEqual(
    await linesOf(context, { "lib/fs-native.js": wrapper, "lib/core/save.js": user }, "lib/core/save.js"),
    [3, 4],
  );
});

test("a module that passes on all of fs but replaces a function", async (context) => {
  const own = `import * as fs from "fs";
export * from "fs";
export async function writeFile(path: string, text: string) { await replace(path, text); }
`;
  const user = `import { copyFileSync, writeFile, writeFileSync as put } from "./fs.js";
await writeFile("a.json", "{}");
put("a.json", "{}");
copyFileSync("a.json", "b.json");
`;
  assert.deepEqual(await linesOf(context, { "src/fs.ts": own, "src/save.ts": user }, "src/save.ts"), [3, 4]);
});

test("a module that only happens to be called fs, or is not there, is the project's own", async (context) => {
  const user = `import fs from "./fs";
import other from "./files";
fs.writeFile("a.json", "{}");
other.writeFileSync("a.json", "{}");
`;
  const own =
    'export default { async writeFile(path, text) { await store.put(path, text); } };\nimport { readFile } from "fs";\n';
  assert.deepEqual(await linesOf(context, { "src/fs.ts": own, "src/save.ts": user }, "src/save.ts"), []);
});
