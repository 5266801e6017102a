import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readFrontmatterSync } from "untorn/frontmatter";
import { openProject } from "../../src/project/index.ts";
import { at, filesBelow, folderFor, put } from "../folders.ts";
import { newProject, refused, registryOf, time } from "./projects.ts";

test("a project begins with an empty registry, and init leaves one that is there alone", async (t) => {
  const project = openProject(join(folderFor(t), "deep", ".project"), at(time));
  assert.equal((await project.init()).created, true);
  assert.deepEqual(registryOf(project), { epics: {}, items: {}, next_epic_id: 1, next_item_id: 1 });
  await project.addItem({ title: "One" });
  const before = filesBelow(project.folder);
  assert.equal((await project.init()).created, false);
  assert.deepEqual(filesBelow(project.folder), before);
  put(join(project.folder, "registry.json"), "{");
  await assert.rejects(project.init(), refused("UNTORN_CORRUPT"));
});

test("an item's way from the backlog to done", async (t) => {
  const project = await newProject(t);
  assert.equal((await project.addEpic({ title: "Search" })).code, "EP-001");
  const added = await project.addItem({ title: "Índex the  files: *all* & <more>", epic: "EP-001" });
  assert.deepEqual(added, {
    code: "WI-001",
    title: "Índex the  files: *all* & <more>",
    epic: "EP-001",
    stage: "backlog",
    path: null,
  });
  const active = await project.moveItem("WI-001", { to: "active", owner: "Ada" });
  assert.equal(active.path, "active/WI-001-index-the-files-all-more");
  const spec = join(project.folder, active.path, "spec.md");
  assert.deepEqual(readFrontmatterSync(spec).value, {
    id: "WI-001",
    title: "Índex the  files: *all* & <more>",
    type: "spec",
    status: "draft",
    epic: "EP-001",
    owner: "Ada",
    created: time,
    updated: time,
  });
  put(join(project.folder, active.path, "notes/deep.txt"), "kept");
  const done = await project.moveItem("WI-001", { to: "completed" });
  assert.equal(done.completedEpic, "EP-001");
  assert.equal(done.path, "completed/2026-03-04-WI-001-index-the-files-all-more");
  const files = filesBelow(project.folder);
  assert.equal(files[`${done.path}/notes/deep.txt`], "kept");
  assert.equal(existsSync(join(project.folder, "active/WI-001-index-the-files-all-more")), false);
  assert.equal(
    files["CHANGELOG.md"],
    "# Changelog\n\n## 2026-03-04\n\n- WI-001: Índex the  files: \\*all\\* \\& \\<more\\> (EP-001)\n",
  );
  assert.deepEqual(await project.listEpics(), [
    { code: "EP-001", title: "Search", status: "completed", items: 1, completed: 1 },
  ]);
  await project.addItem({ title: "More", epic: "EP-001" });
  assert.equal((await project.listEpics())[0]?.status, "active");
});

test("an item that goes back to the backlog keeps what was written, in quarantine", async (t) => {
  const project = await newProject(t);
  const { path } = await project.addItem({ title: "Try it", stage: "active" });
  put(join(project.folder, path ?? "", "design.md"), "thoughts");
  const back = await project.moveItem("WI-001", { to: "backlog" });
  assert.equal(back.path, null);
  assert.equal(back.quarantined, "quarantine/2026-03-04T050607890Z-WI-001-try-it");
  assert.equal(filesBelow(project.folder)[`${back.quarantined}/design.md`], "thoughts");
  const again = await project.moveItem("WI-001", { to: "active" });
  assert.equal(again.path, path);
  assert.equal(filesBelow(project.folder)[`${path}/design.md`], undefined);
});

test("other moves are refused, and nothing changes", async (t) => {
  const project = await newProject(t);
  await project.addItem({ title: "In the backlog" });
  await project.addItem({ title: "Active", stage: "active" });
  await project.addItem({ title: "Done", stage: "active" });
  await project.moveItem("WI-003", { to: "completed" });
  const before = filesBelow(project.folder);
  const moves = [
    ["WI-001", "backlog"],
    ["WI-001", "completed"],
    ["WI-002", "active"],
    ["WI-003", "active"],
    ["WI-003", "backlog"],
    ["WI-003", "completed"],
    ["WI-004", "active"],
    ["constructor", "active"],
  ] as const;
  for (const [code, to] of moves) {
    await assert.rejects(
      project.moveItem(code, { to }),
      refused("UNTORN_INVALID_ARGUMENT", "arguments"),
      `${code} ${to}`,
    );
  }
  assert.deepEqual(filesBelow(project.folder), before);
});

test("a folder that stands where an item's is to be is nobody's to take", async (t) => {
  const project = await newProject(t);
  put(join(project.folder, "active/WI-001-x/notes.txt"), "mine");
  await assert.rejects(project.addItem({ title: "X", stage: "active" }), refused("UNTORN_EXISTS"));
  assert.deepEqual(registryOf(project)["items"], {});
  await project.addItem({ title: "Y", stage: "active" });
  put(join(project.folder, "completed/2026-03-04-WI-001-y/notes.txt"), "mine");
  const before = filesBelow(project.folder);
  await assert.rejects(project.moveItem("WI-001", { to: "completed" }), refused("UNTORN_EXISTS"));
  assert.deepEqual(filesBelow(project.folder), before);
});

test("a symbolic link in an item's folder is refused, and neither it nor what it leads to is moved or changed", async (t) => {
  const project = await newProject(t);
  const { path } = await project.addItem({ title: "A", stage: "active" });
  const other = await project.addItem({ title: "B", stage: "active" });
  put(join(project.folder, other.path ?? "", "design.md"), "the only copy");
  put(join(project.folder, path ?? "", "notes/a.md"), "notes");
  const outside = join(project.folder, "../mine.md");
  put(outside, "mine");
  const cases = [
    ["completed", "notes/b.md", join(project.folder, other.path ?? "", "design.md")],
    ["completed", "b.md", outside],
    ["backlog", "notes/b.md", outside],
  ] as const;
  for (const [to, name, target] of cases) {
    const link = join(project.folder, path ?? "", name);
    symlinkSync(target, link);
    const before = filesBelow(project.folder);
    await assert.rejects(project.moveItem("WI-001", { to }), (error) => {
      assert.ok(refused("UNTORN_SYMLINK")(error));
      assert.match((error as Error).message, /b\.md: .*Move the link out of the item's folder/);
      return true;
    });
    assert.deepEqual(filesBelow(project.folder), before);
    assert.ok(lstatSync(link).isSymbolicLink());
    rmSync(link);
  }
  assert.equal((await project.moveItem("WI-001", { to: "completed" })).from, "active");
  assert.equal(filesBelow(project.folder)[`${other.path}/design.md`], "the only copy");
});

test("an item whose folder is a link itself is not moved, and an update makes nothing of an artifact that was emptied", async (t) => {
  const project = await newProject(t);
  const { path } = await project.addItem({ title: "A", stage: "active" });
  const folder = join(project.folder, path ?? "");
  put(join(folder, "spec.md"), "");
  const before = filesBelow(project.folder);
  for (const create of [false, true]) {
    const update = project.updateItem("WI-001", { artifact: "spec", status: "complete", create });
    await assert.rejects(update, refused("UNTORN_CORRUPT"));
  }
  assert.deepEqual(filesBelow(project.folder), before);
  renameSync(folder, join(project.folder, "x"));
  symlinkSync(join(project.folder, "x"), folder);
  await assert.rejects(project.moveItem("WI-001", { to: "completed" }), refused("UNTORN_SYMLINK"));
});

test("a changelog that was emptied is not begun anew", async (t) => {
  const project = await newProject(t);
  await project.addItem({ title: "A", stage: "active" });
  put(join(project.folder, "CHANGELOG.md"), "");
  const before = filesBelow(project.folder);
  await assert.rejects(project.moveItem("WI-001", { to: "completed" }), refused("UNTORN_CORRUPT"));
  assert.deepEqual(filesBelow(project.folder), before);
});

test("an item that is moved while it is read is shown as it was before or as it is after, not half and half", async (t) => {
  const project = await newProject(t);
  const { path } = await project.addItem({ title: "Y", stage: "active" });
  const ground = at(time);
  let moved = false;
  const racing = openProject(project.folder, {
    ...ground,
    read(file) {
      if (!moved && file.endsWith("spec.md")) {
        moved = true;
        mkdirSync(join(project.folder, "completed"));
        renameSync(join(project.folder, path ?? ""), join(project.folder, "completed/y"));
        const registry = readFileSync(join(project.folder, "registry.json"), "utf8");
        put(
          join(project.folder, "registry.json"),
          registry.replace(path ?? "", "completed/y").replace('"active"', '"completed"'),
        );
      }
      return ground.read(file);
    },
  });
  const shown = await racing.showItem("WI-001");
  assert.ok(moved);
  assert.deepEqual([shown.stage, shown.path, Object.keys(shown.artifacts)], ["completed", "completed/y", ["spec"]]);
});

test("the completions of a day come together, and the newest day comes first", async (t) => {
  const folder = join(folderFor(t), ".project");
  const days = ["2026-03-04", "2026-03-04", "2026-03-05"];
  await openProject(folder).init();
  put(join(folder, "CHANGELOG.md"), "# What was done\r\n\r\nBy us.\r\n");
  for (const [index, day] of days.entries()) {
    const project = openProject(folder, at(`${day}T12:00:00Z`));
    const { code } = await project.addItem({ title: `Item ${index + 1}`, stage: "active" });
    await project.moveItem(code, { to: "completed" });
  }
  const newest = "## 2026-03-05\r\n\r\n- WI-003: Item 3\r\n\r\n";
  const older = "## 2026-03-04\r\n\r\n- WI-001: Item 1\r\n- WI-002: Item 2\r\n";
  assert.equal(filesBelow(folder)["CHANGELOG.md"], `# What was done\r\n\r\nBy us.\r\n\r\n${newest}${older}`);
});

test("an update changes its members and the stamp, and no other byte", async (t) => {
  const project = await newProject(t);
  const { path } = await project.addItem({ title: "Plan it", stage: "active" });
  const plan = join(project.folder, path ?? "", "plan.md");
  const text = `---\nid: WI-001 # ours\nstatus: draft\nphases_total: 5\nphases_complete: 0\nupdated: 2025-01-01T00:00:00Z\nmine: [1, 2]\n---\n# Body\t\r\n`;
  put(plan, text);
  const updated = await project.updateItem("WI-001", { artifact: "plan", status: "in-progress", phasesComplete: 3 });
  assert.equal(updated.artifact.phases_complete, 3);
  const after = readFileSync(plan, "utf8");
  assert.equal(readFrontmatterSync(plan).value["updated"], time);
  const untouched = (all: string): string => all.replace(/^(?:status|phases_complete|updated):.*\n/gm, "");
  assert.equal(untouched(after), untouched(text));
  const before = filesBelow(project.folder);
  const wrong = [
    { artifact: "plan", phasesComplete: 6 },
    { artifact: "plan", phasesComplete: -1 },
    { artifact: "plan", phasesTotal: 2 },
    { artifact: "plan", phasesTotal: 1.5 },
    { artifact: "spec", phasesComplete: 1 },
    { artifact: "spec", status: "done" },
    { artifact: "notes", status: "draft" },
  ];
  for (const options of wrong) {
    await assert.rejects(project.updateItem("WI-001", options as never), refused("UNTORN_INVALID_ARGUMENT"));
  }
  await assert.rejects(project.updateItem("WI-001", { artifact: "design" }), refused("UNTORN_NOT_FOUND"));
  assert.deepEqual(filesBelow(project.folder), before);
  await project.updateItem("WI-001", { artifact: "design", create: true, status: "complete" });
  assert.equal((await project.showItem("WI-001")).artifacts.design?.status, "complete");
});

test("titles are one line of text", async (t) => {
  const project = await newProject(t);
  for (const title of ["", "  ", "two\nlines", "bell\u0007", "half \ud800", "x".repeat(201)]) {
    await assert.rejects(project.addItem({ title }), refused("UNTORN_INVALID_ARGUMENT"), JSON.stringify(title));
  }
  for (const title of ["__proto__", "../../up", "con", "日本語", "--- # : [", "$& \\1"]) {
    const { code, path } = await project.addItem({ title, stage: "active" });
    assert.match(path ?? "", /^active\/WI-\d{3}[a-z0-9-]*$/);
    assert.deepEqual((await project.showItem(code)).artifacts.spec?.title, title);
  }
});

test("codes are never reused, also where the counter was set back", async (t) => {
  const project = await newProject(t);
  await project.addItem({ title: "One" });
  await project.addItem({ title: "Two" });
  const path = join(project.folder, "registry.json");
  put(path, readFileSync(path, "utf8").replace('"next_item_id": 3', '"next_item_id": 1'));
  assert.equal((await project.addItem({ title: "Three" })).code, "WI-003");
});

test("members and layout of others stay in the registry", async (t) => {
  const project = await newProject(t);
  const path = join(project.folder, "registry.json");
  put(
    path,
    `{\n\t"mine": 1.0,\n\t"next_item_id": 9, "next_epic_id": 1,\n\t"epics": {},\n\t"items": {"WI-003": {"title": "Old", "epic": null, "stage": "backlog", "path": null, "tags": ["a"]}}}`,
  );
  await project.addItem({ title: "New" });
  const text = readFileSync(path, "utf8");
  assert.match(text, /\t"mine": 1\.0,\n\t"next_item_id": 10, "next_epic_id": 1,/);
  assert.deepEqual(Object.keys(registryOf(project)["items"] ?? {}), ["WI-003", "WI-009"]);
  assert.ok(text.includes(`"WI-003": {"title": "Old", "epic": null, "stage": "backlog", "path": null, "tags": ["a"]}`));
});

test("a folder named through `..` behind a link is the folder that the system means", async (t) => {
  const folder = folderFor(t);
  mkdirSync(join(folder, "real/sub"), { recursive: true });
  symlinkSync(join("real", "sub"), join(folder, "link"));
  const project = openProject(`${folder}/link/../.project`, at(time));
  await project.init();
  await project.addItem({ title: "One", stage: "active" });
  assert.equal((await project.listItems()).length, 1);
  assert.deepEqual(readdirSync(folder).toSorted(), ["link", "real"]);
  assert.deepEqual(readdirSync(join(folder, "real")).toSorted(), [".project", "sub"]);
});
