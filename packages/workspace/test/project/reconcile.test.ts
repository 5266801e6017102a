import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { UntornError } from "untorn";
import { openProject } from "../../src/project/index.ts";
import type { Project } from "../../src/project/index.ts";
import { artifact, at, filesBelow, put } from "../folders.ts";
import { newProject, registryOf } from "./projects.ts";

/** The files besides the registry. */
function others({ folder }: Project): Record<string, string> {
  const files = filesBelow(folder);
  delete files["registry.json"];
  return files;
}

/** Reconciles twice: the second must find nothing to do, and the artifacts must be as they were. */
async function settled(project: Project): ReturnType<Project["reconcile"]> {
  const before = others(project);
  const dry = await project.reconcile({ dryRun: true });
  assert.deepEqual(others(project), before);
  const report = await project.reconcile();
  assert.deepEqual(dry, report);
  const after = others(project);
  for (const [path, text] of Object.entries(before)) assert.equal(after[path], text, path);
  const registry = readFileSync(join(project.folder, "registry.json"), "utf8");
  const again = await project.reconcile();
  assert.equal(again.changed, false);
  assert.equal(readFileSync(join(project.folder, "registry.json"), "utf8"), registry);
  return report;
}

test("a registry that fits stays as it is, byte for byte", async (t) => {
  const project = await newProject(t);
  await project.addEpic({ title: "E" });
  await project.addItem({ title: "A", epic: "EP-001", stage: "active" });
  await project.addItem({ title: "B" });
  await project.addItem({ title: "C", stage: "active" });
  await project.moveItem("WI-003", { to: "completed" });
  const before = filesBelow(project.folder);
  assert.equal((await settled(project)).changed, false);
  assert.deepEqual(filesBelow(project.folder), before);
});

test("what the registry holds besides, and the form that it has, stay", async (t) => {
  const project = await newProject(t);
  await project.addItem({ title: "A", stage: "active" });
  const path = join(project.folder, "registry.json");
  const mine = readFileSync(path, "utf8")
    .replaceAll("  ", "\t")
    .replace('"title": "A"', '"owner": "me",\n\t\t\t"title": "Old"')
    .replace(/\}\s*$/, ',\t"mine": 12345678901234567891\n}\n');
  put(path, mine);
  assert.equal((await settled(project)).changed, true);
  assert.equal(readFileSync(path, "utf8"), mine.replace('"Old"', '"A"'));
});

test("of a corrupt registry the next codes count as well", async (t) => {
  const project = await newProject(t);
  put(join(project.folder, "registry.json"), '{"next_item_id": 40, "next_epic_id": 7, "items": {');
  await project.reconcile();
  assert.equal((await project.addItem({ title: "Next" })).code, "WI-040");
  assert.equal((await project.addEpic({ title: "Next" })).code, "EP-007");
});

test("a registry that was lost comes back from the artifacts; codes and next ids are right", async (t) => {
  const project = await newProject(t);
  await project.addEpic({ title: "E" });
  await project.addItem({ title: "A", epic: "EP-001", stage: "active" });
  await project.addItem({ title: "B", stage: "active" });
  await project.moveItem("WI-002", { to: "completed" });
  const path = join(project.folder, "registry.json");
  const before = JSON.parse(readFileSync(path, "utf8")) as object;
  rmSync(path);
  await assert.rejects(project.listItems(), /untorn reconcile/);
  const report = await settled(project);
  assert.deepEqual(report.unknownEpics, ["EP-001"]);
  const after = JSON.parse(readFileSync(path, "utf8")) as object;
  assert.deepEqual(after, { ...before, epics: { "EP-001": { title: "EP-001", status: "active" } } });
});

test("missing codes are assigned, and never one that was used", async (t) => {
  const project = await newProject(t);
  put(join(project.folder, "active/search/spec.md"), artifact({ title: "Search", type: "spec", status: "draft" }));
  put(join(project.folder, "active/WI-007-by-name/plan.md"), artifact({ title: "By name", phases_total: 2 }));
  put(join(project.folder, "completed/2026-01-02-old/spec.md"), artifact({ id: "WI-040", title: "Old" }));
  put(join(project.folder, "CHANGELOG.md"), "# Changelog\n\n- WI-055: Gone\n");
  const report = await settled(project);
  assert.deepEqual(report.assigned, [{ code: "WI-056", path: "active/search" }]);
  const items = await project.listItems();
  assert.deepEqual(
    items.map(({ code, stage }) => [code, stage]),
    [
      ["WI-007", "active"],
      ["WI-040", "completed"],
      ["WI-056", "active"],
    ],
  );
  assert.equal((await project.addItem({ title: "Next" })).code, "WI-057");
});

test("an empty registry is rebuilt, and its empty copy in the quarantine is no trouble afterwards", async (t) => {
  const project = await newProject(t);
  await project.addItem({ title: "A", stage: "active" });
  put(join(project.folder, "registry.json"), "");
  const report = await settled(project);
  assert.match(report.corrupt ?? "", /registry\.json: the file is empty, and an empty file is not JSON$/);
  assert.equal(readFileSync(join(project.folder, report.kept ?? ""), "utf8"), "");
  assert.equal((await project.reconcile()).corrupt, undefined);
  assert.equal((await project.addItem({ title: "B" })).code, "WI-002");
});

test("a duplicate code keeps its first holder and is reported", async (t) => {
  const project = await newProject(t);
  const { path } = await project.addItem({ title: "First", stage: "active" });
  put(join(project.folder, "active/a-copy/spec.md"), artifact({ id: "WI-001", title: "Copy", created: "2020-01-01" }));
  const report = await settled(project);
  assert.deepEqual(report.duplicates, [{ code: "WI-001", holder: path, path: "active/a-copy", assigned: "WI-002" }]);
  const second = await project.reconcile();
  assert.deepEqual(second.duplicates, report.duplicates);
  assert.equal((await project.showItem("WI-001")).title, "First");
  rmSync(join(project.folder, "registry.json"));
  // Nobody knows any more who was first, so the artifact that was made first is.
  assert.equal((await settled(project)).duplicates[0]?.holder, "active/a-copy");
});

test("entries without artifacts are dropped, their codes are not given again, and the backlog stays", async (t) => {
  const project = await newProject(t);
  await project.addItem({ title: "Waits" });
  const { path } = await project.addItem({ title: "Gone", stage: "active" });
  rmSync(join(project.folder, path ?? ""), { recursive: true });
  const report = await settled(project);
  assert.deepEqual(report.dropped, ["WI-002"]);
  assert.deepEqual(
    (await project.listItems()).map(({ code }) => code),
    ["WI-001"],
  );
  assert.equal((await project.addItem({ title: "New" })).code, "WI-003");
});

test("what cannot be parsed is skipped and named, and its entry stays", async (t) => {
  const project = await newProject(t);
  const { path } = await project.addItem({ title: "Broken later", stage: "active" });
  put(join(project.folder, path ?? "", "spec.md"), "---\nid: [\n---\n");
  put(join(project.folder, "active/other/spec.md"), "---\nid: WI-090\nstatus: finished\n---\n");
  put(join(project.folder, "active/bytes/plan.md"), Buffer.from([0x2d, 0xff, 0xfe]));
  put(join(project.folder, "active/half/spec.md"), "---\n: :\n");
  put(join(project.folder, "active/half/design.md"), artifact({ id: "WI-050", title: "Half" }));
  put(join(project.folder, "active/stray.md"), "text");
  const report = await settled(project);
  assert.deepEqual(
    report.skipped.map((each) => each.path).toSorted(),
    [
      `${path}/spec.md`,
      "active/bytes/plan.md",
      "active/half/spec.md",
      "active/other/spec.md",
      "active/stray.md",
    ].toSorted(),
  );
  for (const { problem } of report.skipped) assert.ok(problem.length > 10);
  assert.deepEqual(
    (await project.listItems()).map(({ code }) => code),
    ["WI-001", "WI-050"],
  );
  assert.equal((await project.addItem({ title: "Next" })).code, "WI-091");
});

test("a corrupt registry is rebuilt, its bytes are kept, and the codes in them are not given again", async (t) => {
  const project = await newProject(t);
  await project.addItem({ title: "A", stage: "active" });
  await project.addItem({ title: "Lost with the registry" });
  const path = join(project.folder, "registry.json");
  const torn = readFileSync(path, "utf8").slice(0, -60);
  put(path, torn);
  const report = await project.reconcile();
  assert.match(report.corrupt ?? "", /registry\.json/);
  assert.equal(readFileSync(join(project.folder, report.kept ?? ""), "utf8"), torn);
  assert.deepEqual(
    (await project.listItems()).map(({ code }) => code),
    ["WI-001"],
  );
  // Lost once more, with what was given meanwhile.
  await project.addItem({ title: "Given up", stage: "active" });
  await project.moveItem("WI-003", { to: "backlog" });
  put(path, "{");
  await project.reconcile();
  assert.equal((await project.addItem({ title: "Next" })).code, "WI-004");
  assert.equal((await project.reconcile()).changed, false);
});

test("the stage is the folder that an item is in, and epics follow their items", async (t) => {
  const project = await newProject(t);
  await project.addEpic({ title: "E" });
  await project.addEpic({ title: "No items yet" });
  await project.addItem({ title: "A", epic: "EP-001", stage: "active" });
  put(
    join(project.folder, "completed/WI-001-a/spec.md"),
    artifact({ id: "WI-001", title: "A, renamed", epic: "EP-001" }),
  );
  rmSync(join(project.folder, "active"), { recursive: true });
  await settled(project);
  assert.deepEqual(await project.listItems(), [
    { code: "WI-001", title: "A, renamed", epic: "EP-001", stage: "completed", path: "completed/WI-001-a" },
  ]);
  assert.deepEqual(
    (await project.listEpics()).map(({ code, status }) => [code, status]),
    [
      ["EP-001", "completed"],
      ["EP-002", "active"],
    ],
  );
});

test("where the system cannot read an artifact nothing is concluded: its code might be given a second time", async (t) => {
  const project = await newProject(t);
  put(join(project.folder, "active/WI-001-a/spec.md"), artifact({ id: "WI-001", title: "A" }));
  put(join(project.folder, "active/b/spec.md"), artifact({ id: "WI-009", title: "B" }));
  const registry = readFileSync(join(project.folder, "registry.json"), "utf8");
  const ground = at("2026-03-04T05:06:07.890Z");
  const failing = openProject(project.folder, {
    ...ground,
    read(path) {
      if (!path.endsWith("b/spec.md")) return ground.read(path);
      throw new UntornError({ code: "UNTORN_IO", path, phase: "read", outcome: "unchanged" });
    },
  });
  await assert.rejects(failing.reconcile(), { code: "UNTORN_IO", outcome: "unchanged" });
  assert.equal(readFileSync(join(project.folder, "registry.json"), "utf8"), registry);
  await settled(project);
  assert.equal(
    (JSON.parse(readFileSync(join(project.folder, "registry.json"), "utf8")) as { next_item_id: number }).next_item_id,
    10,
  );
});

test("a code that a title mentions is nobody's, and a counter without a code left is set by the codes that there are", async (t) => {
  const project = await newProject(t);
  const path = join(project.folder, "registry.json");
  await project.addItem({ title: "like WI-999999999 and EP-999999999", stage: "active" });
  await project.moveItem("WI-001", { to: "completed" });
  const next = (): unknown => registryOf(project)["next_item_id"];
  await project.reconcile();
  assert.deepEqual([next(), registryOf(project)["next_epic_id"]], [2, 1]);
  put(path, readFileSync(path, "utf8").slice(0, -4));
  await project.reconcile();
  assert.equal(next(), 2);
  await project.reconcile();
  assert.equal(next(), 2, "also where the quarantine mentions it");
  const spent = readFileSync(path, "utf8").replace('"next_item_id": 2', '"next_item_id": 1000000000');
  put(path, spent);
  await assert.rejects(project.addItem({ title: "x" }), /there is no code after WI-999999999.*untorn reconcile/);
  assert.equal(readFileSync(path, "utf8"), spent);
  assert.equal((await project.reconcile()).changed, true);
  assert.equal((await project.addItem({ title: "x" })).code, "WI-002");
});

test("a code of many digits counts where codes stand", async (t) => {
  for (const [name, text] of [
    ["CHANGELOG.md", "# Changelog\n\n## 2026-01-01\n\n- WI-1234567: x\n"],
    ["quarantine/2026-03-04T050607890Z-WI-1234567-x/spec.md", "x"],
    ["active/x/spec.md", "---\nid: WI-1234567\nbad: [\n---\n"],
    ["quarantine/a.corrupt", '{"items": {"WI-1234567": {"ti'],
  ] as const) {
    const project = await newProject(t);
    put(join(project.folder, name), text);
    await project.reconcile();
    assert.equal(registryOf(project)["next_item_id"], 1_234_568, name);
  }
});
