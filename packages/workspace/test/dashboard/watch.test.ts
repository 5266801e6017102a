import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { watchBoard, writeDashboard } from "../../src/dashboard/index.ts";
import type { Shown } from "../../src/dashboard/index.ts";
import { openProject } from "../../src/project/index.ts";
import { machine } from "../../src/ground/index.ts";
import { folderFor, put } from "../folders.ts";

/** A watched project; every board goes into the project's own folder, as the command's does. */
async function watched(t: TestContext) {
  const folder = join(folderFor(t), ".project");
  const place = { folder, ground: machine };
  const project = openProject(folder);
  await project.init();
  await project.addItem({ title: "First", stage: "active" });
  const shown: { at: number; shown: Shown }[] = [];
  const controller = new AbortController();
  const ended = watchBoard(
    place,
    async (next) => {
      await writeDashboard(place, next, join(folder, "dashboard.html"));
      shown.push({ at: performance.now(), shown: next });
    },
    controller.signal,
  );
  t.after(async () => {
    controller.abort();
    await ended;
  });
  await until(() => shown.length === 1);
  await sleep(600);
  return { folder, project, shown, controller, ended };
}

async function until(done: () => boolean, limitMs = 20_000): Promise<void> {
  const start = performance.now();
  while (!done()) {
    assert.ok(performance.now() - start < limitMs, `not within ${limitMs} ms`);
    await sleep(20);
  }
}

/** How many items a board has. */
const items = ({ shown }: { shown: Shown }): number => shown.board.columns.reduce((sum, { count }) => sum + count, 0);

test("a change is on the board within two seconds, and the board's own file is no change", async (t) => {
  const { folder, project, shown } = await watched(t);
  await project.addItem({ title: "Second" });
  const changed = performance.now();
  await until(() => shown.length === 2);
  assert.ok((shown[1]?.at ?? 0) - changed < 2_000, "too late");
  await project.updateItem("WI-001", { artifact: "spec", status: "complete" });
  await until(() => shown.length === 3);
  assert.match(readFileSync(join(folder, "dashboard.html"), "utf8"), /badge complete/);
  await sleep(1_500);
  assert.equal(shown.length, 3, "it was drawn again though nothing had changed");
});

test("a burst is drawn once", async (t) => {
  const { folder, shown } = await watched(t);
  const path = join(folder, "registry.json");
  const text = readFileSync(path, "utf8");
  for (let i = 1; i <= 5; i += 1) {
    writeFileSync(path, text.replace("First", `Title ${i}`));
    await sleep(20);
  }
  await until(() => shown.length > 1);
  await sleep(1_500);
  assert.equal(shown.length, 2);
  assert.match(readFileSync(join(folder, "dashboard.html"), "utf8"), /Title 5/);
});

test("a corrupt registry is a banner over the last good board, and goes when it is mended", async (t) => {
  const { folder, shown } = await watched(t);
  const path = join(folder, "registry.json");
  const text = readFileSync(path, "utf8");
  put(path, text.slice(0, 40));
  await until(() => shown.length === 2);
  assert.match(shown[1]?.shown.problem ?? "", /registry\.json/);
  assert.equal(items(shown[1] as never), 1);
  assert.match(readFileSync(join(folder, "dashboard.html"), "utf8"), /role="alert"/);
  put(path, text);
  await until(() => shown.length === 3);
  assert.equal(shown[2]?.shown.problem, undefined);
  assert.doesNotMatch(readFileSync(join(folder, "dashboard.html"), "utf8"), /role="alert"/);
});

test("the signal ends it at once", async (t) => {
  const { controller, ended } = await watched(t);
  const start = performance.now();
  controller.abort();
  await ended;
  assert.ok(performance.now() - start < 1_000);
});
