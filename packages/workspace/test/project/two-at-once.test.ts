import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
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

test("who reads beside a command sees a registry and a folder that agree", async (t) => {
  const folder = join(folderFor(t), ".project");
  const project = openProject(folder);
  await project.init();
  await project.addItem({ title: "Goes back and forth", stage: "active" });
  const mover = fileURLToPath(new URL("mover.js", import.meta.url));
  const state = { done: false };
  const moved = run(process.execPath, [mover, folder, "WI-001", "12"], { timeout: 60_000 }).finally(
    () => (state.done = true),
  );
  const seen = { active: 0, backlog: 0, completed: 0 };
  while (!state.done) {
    // A read may be done without a turn of the event loop, and then nobody would hear that the process has ended.
    await setImmediate();
    const { stage, artifacts } = await project.showItem("WI-001");
    seen[stage] += 1;
    assert.equal(artifacts.spec !== undefined, stage === "active");
  }
  await moved;
  assert.ok(seen.active > 0 && seen.backlog > 0, JSON.stringify(seen));
});
