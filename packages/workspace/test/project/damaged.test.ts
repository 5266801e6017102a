import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readBoard } from "../../src/dashboard/index.ts";
import { openProject } from "../../src/project/index.ts";
import { at, filesBelow, folderFor, put } from "../folders.ts";
import { newProject, refused, time } from "./projects.ts";

test("a registry that is none is an error, and nothing is saved over it", async (t) => {
  const project = await newProject(t);
  const path = join(project.folder, "registry.json");
  const base = { epics: {}, items: {}, next_epic_id: 1, next_item_id: 1 };
  const item = { title: "x", epic: null, stage: "backlog", path: null };
  const wrong = [
    "",
    "{",
    "[]",
    "null",
    "{}",
    JSON.stringify({ ...base, next_item_id: "1" }),
    JSON.stringify({ ...base, next_epic_id: 0 }),
    JSON.stringify({ ...base, items: { "WI-1": item } }),
    JSON.stringify({ ...base, items: { "WI-001": { ...item, stage: "done" } } }),
    JSON.stringify({ ...base, items: { "WI-001": { ...item, path: "../up" } } }),
    JSON.stringify({ ...base, items: { "WI-001": { ...item, path: "/abs" } } }),
    JSON.stringify({ ...base, items: { "WI-001": { ...item, epic: 1 } } }),
    JSON.stringify({ ...base, epics: { "EP-001": { title: "x", status: "open" } } }),
  ];
  for (const text of wrong) {
    put(path, text);
    for (const call of [() => project.addItem({ title: "x" }), () => project.listItems()]) {
      await assert.rejects(call(), refused("UNTORN_CORRUPT"), text);
    }
    assert.equal(readFileSync(path, "utf8"), text);
  }
  put(path, Buffer.from([0x7b, 0xff]));
  await assert.rejects(project.addItem({ title: "x" }), refused("UNTORN_CORRUPT"));
});

test("without a project every command says what to do", async (t) => {
  const project = openProject(join(folderFor(t), ".project"));
  const calls = [() => project.addItem({ title: "x" }), () => project.listItems(), () => project.reconcile()];
  for (const call of calls) await assert.rejects(call(), /untorn project init/);
});

test("a folder that has gone is an error of the state that names the way out", async (t) => {
  const project = await newProject(t);
  const { path } = await project.addItem({ title: "x", stage: "active" });
  rmSync(join(project.folder, path ?? ""), { recursive: true });
  const before = filesBelow(project.folder);
  await assert.rejects(project.moveItem("WI-001", { to: "completed" }), /untorn reconcile/);
  await assert.rejects(project.moveItem("WI-001", { to: "backlog" }), refused("UNTORN_NOT_FOUND"));
  assert.deepEqual(filesBelow(project.folder), before);
});

test("an artifact that is empty or no file is named where it is, and hides nothing else", async (t) => {
  const project = await newProject(t);
  for (const title of ["One", "Two", "Three"]) await project.addItem({ title, stage: "active" });
  const [one, two] = (await project.listItems()).map(({ path }) => join(project.folder, path ?? ""));
  put(join(one ?? "", "spec.md"), "");
  rmSync(join(two ?? "", "spec.md"));
  put(join(two ?? "", "spec.md/inside"), "x");
  const shown = await project.showItem("WI-001");
  assert.deepEqual([Object.keys(shown.artifacts), /empty/.test(shown.problems.spec ?? "")], [[], true]);
  const { columns } = await readBoard({ folder: project.folder, ground: at(time) });
  const cards = columns.flatMap(({ groups }) => groups.flatMap((group) => group.cards));
  assert.deepEqual(
    cards.map(({ code, badges }) => [code, badges[0]?.status]),
    [
      ["WI-001", "unreadable"],
      ["WI-002", "unreadable"],
      ["WI-003", "draft"],
    ],
  );
});
