import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openProject } from "../../src/project/index.ts";
import { folderFor } from "../folders.ts";

const run = promisify(execFile);
const adder = fileURLToPath(new URL("adder.js", import.meta.url));

test("processes that add items at once never get one code twice, and no item is lost", async (t) => {
  const folder = join(folderFor(t), ".project");
  const project = openProject(folder);
  await project.init();
  const [processes, each] = [4, 6];
  const outputs = await Promise.all(
    Array.from({ length: processes }, (_, index) =>
      run(process.execPath, [adder, folder, `Process ${index}`, String(each)], { timeout: 60_000 }),
    ),
  );
  const codes = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as string[]);
  assert.equal(codes.length, processes * each);
  assert.equal(new Set(codes).size, codes.length);
  const items = await project.listItems();
  assert.deepEqual(items.map(({ code }) => code).toSorted(), codes.toSorted());
  for (const { path } of items) if (path !== null) assert.ok(existsSync(join(folder, path, "spec.md")));
});
