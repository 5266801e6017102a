// Registries that are lost, cut, glued together by a merge, or that say what cannot be; and folders that claim what is another's.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openProject } from "../../src/project/index.ts";
import type { Project } from "../../src/project/index.ts";
import { artifact, filesBelow, folderFor, put } from "../folders.ts";
import { newProject, refused, registryOf } from "./projects.ts";

const codesOf = async (project: Project) => (await project.listItems()).map(({ code, title }) => `${code} ${title}`);

test("where the registry is gone and artifacts are there, nothing makes an empty one: codes would be given again", async (t) => {
  for (const left of [
    "active/WI-001-a/spec.md",
    "completed/x/plan.md",
    "backlog/x/n.md",
    "quarantine/x/n.md",
    "CHANGELOG.md",
  ]) {
    const folder = join(folderFor(t), ".project");
    put(join(folder, left), artifact({ id: "WI-001", title: "A" }));
    const project = openProject(folder);
    for (const call of [
      () => project.init(),
      () => project.addItem({ title: "B" }),
      () => project.addEpic({ title: "E" }),
      () => project.listItems(),
    ])
      await assert.rejects(call, /registry\.json: it is gone, and .*untorn reconcile/, left);
    assert.deepEqual(Object.keys(filesBelow(folder)), [left]);
  }
});

test("a project whose folders are empty is made anew, and so is one whose registry never came", async (t) => {
  const folder = join(folderFor(t), ".project");
  mkdirSync(join(folder, "active"), { recursive: true });
  put(join(folder, ".gitignore"), "/.untorn/\n");
  assert.equal((await openProject(folder).init()).created, true);
});

test("after a reconcile of a lost registry no code is given twice", async (t) => {
  const project = await newProject(t);
  await project.addEpic({ title: "Search" });
  await project.addItem({ title: "One", epic: "EP-001", stage: "active" });
  rmSync(join(project.folder, "registry.json"));
  await project.reconcile();
  assert.equal((await project.addEpic({ title: "Other" })).code, "EP-002");
  assert.equal((await project.addItem({ title: "New" })).code, "WI-002");
});

test("of a registry that was cut every entry that is whole is kept, and the codes of the others are named", async (t) => {
  const project = await newProject(t);
  const path = join(project.folder, "registry.json");
  await project.addEpic({ title: "Alpha" });
  await project.addEpic({ title: 'Beta "EP-001": {} \\' });
  for (const title of ["Waits", 'Says "WI-001": {"title"', "In a folder"]) await project.addItem({ title });
  await project.moveItem("WI-003", { to: "active" });
  await project.addItem({ title: "Last" });
  const whole = readFileSync(path, "utf8");
  const epics = await project.listEpics();
  const items = await codesOf(project);
  // Only the last brace is missing.
  writeFileSync(path, whole.trimEnd().slice(0, -1));
  const report = await project.reconcile();
  assert.deepEqual([report.lost, report.twice, report.dropped], [[], [], []]);
  assert.equal(readFileSync(path, "utf8"), whole);
  // Within an entry that nothing else has; members that are not untorn's stay in those that are whole.
  const mine = whole.replace('"title": "Waits"', '"title": "Waits", "owner": "me"');
  writeFileSync(path, mine.slice(0, mine.indexOf('"Last"') + 3));
  const again = await project.reconcile();
  assert.deepEqual(again.lost, ["WI-004"]);
  assert.deepEqual(await codesOf(project), items.slice(0, -1));
  assert.deepEqual(await project.listEpics(), epics);
  assert.match(JSON.stringify(registryOf(project)["items"]), /"owner":"me"/);
  assert.equal((await project.addItem({ title: "Next" })).code, "WI-005");
});

test("an entry of which bytes are not text is not made up", async (t) => {
  const project = await newProject(t);
  const path = join(project.folder, "registry.json");
  for (const title of ["One", "Two"]) await project.addItem({ title });
  const bytes = readFileSync(path);
  bytes[bytes.indexOf("One")] = 0xff;
  writeFileSync(path, bytes);
  assert.deepEqual((await project.reconcile()).lost, ["WI-001"]);
  assert.deepEqual(await codesOf(project), ["WI-002 Two"]);
});

test("a name that is there twice in the registry is refused, and a reconcile keeps what both have", async (t) => {
  const project = await newProject(t);
  const path = join(project.folder, "registry.json");
  const item = (title: string) => `{"title":"${title}","epic":null,"stage":"backlog","path":null}`;
  const text = `{"epics":{},"items":{"WI-001":${item("A")},"WI-003":${item("Mine")}},"items":{"WI-002":${item("B")},"WI-003":${item("Theirs")}},"next_epic_id":1,"next_item_id":4}`;
  writeFileSync(path, text);
  for (const call of [() => project.listItems(), () => project.addItem({ title: "C" }), () => project.init()])
    await assert.rejects(call, /"items" is there twice in one object.*untorn reconcile/);
  assert.equal(readFileSync(path, "utf8"), text);
  const report = await project.reconcile();
  assert.deepEqual([report.lost, report.twice], [[], ["WI-003"]]);
  assert.deepEqual(await codesOf(project), ["WI-001 A", "WI-002 B", "WI-003 Theirs"]);
});

test("a path that is no item's folder, or another item's, is refused: a move would take others along", async (t) => {
  const project = await newProject(t);
  const path = join(project.folder, "registry.json");
  for (const title of ["One", "Two"]) await project.addItem({ title, stage: "active" });
  const whole = readFileSync(path, "utf8");
  const before = filesBelow(join(project.folder, "active"));
  for (const wrong of [
    "active",
    "active/",
    "active/.",
    "./active",
    "active/WI-001-one/sub",
    "active\\\\x",
    "active/WI-002-two",
    ".untorn/x",
  ]) {
    writeFileSync(path, whole.replace('"active/WI-001-one"', `"${wrong}"`));
    await assert.rejects(project.moveItem("WI-001", { to: "completed" }), refused("UNTORN_CORRUPT"), wrong);
  }
  assert.deepEqual(filesBelow(join(project.folder, "active")), before);
  await project.reconcile();
  assert.equal(readFileSync(path, "utf8"), whole);
});

test("a folder that claims the code of another item in the backlog gets a new one, and both stay", async (t) => {
  const project = await newProject(t);
  for (const title of ["Foo, the idea", "Bar", "Baz"]) await project.addItem({ title });
  put(join(project.folder, "active/WI-001-x/spec.md"), artifact({ id: "WI-001", title: "Another" }));
  // The same item, made active by hand; and one whose folder alone has the code.
  put(join(project.folder, "active/WI-002-bar/spec.md"), artifact({ id: "WI-002", title: "Bar" }));
  put(join(project.folder, "active/WI-003-y/spec.md"), artifact({ title: "By its name" }));
  const report = await project.reconcile();
  assert.deepEqual(report.duplicates, [
    { code: "WI-001", holder: "the backlog", path: "active/WI-001-x", assigned: "WI-004" },
  ]);
  assert.deepEqual(report.assigned, [{ code: "WI-005", path: "active/WI-003-y" }]);
  assert.deepEqual(await codesOf(project), [
    "WI-001 Foo, the idea",
    "WI-002 Bar",
    "WI-003 Baz",
    "WI-004 Another",
    "WI-005 By its name",
  ]);
  const again = await project.reconcile();
  assert.deepEqual([again.changed, again.duplicates], [false, report.duplicates]);
});

test("an item whose folder is a symbolic link keeps its entry, and is named", async (t) => {
  const project = await newProject(t);
  await project.addEpic({ title: "E" });
  const { path } = await project.addItem({ title: "One", epic: "EP-001", stage: "active" });
  const elsewhere = join(project.folder, "../elsewhere");
  renameSync(join(project.folder, path ?? ""), elsewhere);
  symlinkSync(elsewhere, join(project.folder, path ?? ""));
  const report = await project.reconcile();
  assert.deepEqual([report.dropped, report.changed], [[], false]);
  assert.deepEqual(
    report.skipped.map((each) => each.path),
    [path],
  );
  assert.equal((await project.listEpics())[0]?.status, "active");
  rmSync(join(project.folder, "registry.json"));
  assert.equal((await project.reconcile()).items, 0);
  assert.equal((await project.addItem({ title: "Two" })).code, "WI-002", "the code in its name is not given again");
});
