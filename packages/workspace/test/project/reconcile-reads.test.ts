// Whatever a reconcile writes, the next command reads, and the next reconcile finds nothing to do.
import assert from "node:assert/strict";
import { renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { scan } from "untorn";
import { knownLayouts, registerLayouts } from "../../src/presets/index.ts";
import type { Project } from "../../src/project/index.ts";
import { artifact, filesBelow, folderFor, put } from "../folders.ts";
import { newProject, refused, registryOf } from "./projects.ts";

const entry = (title: string, path: string | null, epic: string | null = null) => ({
  title,
  epic,
  stage: path === null ? "backlog" : path.slice(0, path.indexOf("/")),
  path,
});

function write(project: Project, items: Record<string, unknown>): void {
  const registry = { epics: {}, items, next_epic_id: 1, next_item_id: 1 };
  writeFileSync(join(project.folder, "registry.json"), JSON.stringify(registry));
}

test("of two entries with the path of a folder that cannot be read, one is kept and the other is named", async (t) => {
  registerLayouts(knownLayouts);
  t.after(() => registerLayouts([]));
  for (const link of [false, true]) {
    const project = await newProject(t);
    const path = "active/WI-002-second";
    put(join(project.folder, path, "spec.md"), "---\nid: [\n---\n");
    if (link) {
      const elsewhere = join(folderFor(t), "elsewhere");
      renameSync(join(project.folder, path), elsewhere);
      symlinkSync(elsewhere, join(project.folder, path));
    }
    // The folder of the third is whole, and names its code.
    put(join(project.folder, "active/third/spec.md"), artifact({ id: "WI-003", title: "Third" }));
    write(project, { "WI-001": entry("A", path), "WI-002": entry("B", path), "WI-003": entry("C", path) });
    await assert.rejects(project.listItems(), refused("UNTORN_CORRUPT"));
    const { findings } = await scan(join(project.folder, "registry.json"));
    assert.match(findings.map(({ detail }) => detail).join(), /several items have one path.*untorn reconcile/);
    const report = await project.reconcile();
    assert.deepEqual([report.changed, report.dropped, report.assigned, report.duplicates], [true, ["WI-001"], [], []]);
    const listed = (await project.listItems()).map((item) => [item.code, item.title, item.path]);
    assert.deepEqual(listed, [
      ["WI-002", "B", path],
      ["WI-003", "Third", "active/third"],
    ]);
    const before = filesBelow(project.folder);
    assert.equal((await project.reconcile()).changed, false);
    assert.deepEqual(filesBelow(project.folder), before, "no further copy in the quarantine");
    assert.deepEqual((await scan(join(project.folder, "registry.json"))).findings, []);
    assert.equal((await project.addItem({ title: "Next" })).code, "WI-004");
  }
});

test("of two entries with one path the one that another folder claims gets that folder, and keeps its code", async (t) => {
  const project = await newProject(t);
  put(join(project.folder, "active/plain/spec.md"), "---\nid: [\n---\n");
  put(join(project.folder, "active/other/spec.md"), artifact({ id: "WI-001", title: "One" }));
  write(project, { "WI-001": entry("A", "active/plain"), "WI-002": entry("B", "active/plain") });
  assert.deepEqual((await project.reconcile()).dropped, []);
  const listed = (await project.listItems()).map(({ code, path }) => [code, path]);
  assert.deepEqual(listed, [
    ["WI-001", "active/other"],
    ["WI-002", "active/plain"],
  ]);
});

/** The same numbers for the same seed (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test("whatever a reconcile makes of damaged registries and folders is read by the next command", async (t) => {
  const first = Number(process.env["UNTORN_SEED"] ?? 1);
  t.diagnostic(`UNTORN_SEED=${first}`);
  const names = ["WI-001-a", "WI-002-b", "x", "WI-1000000000-y", "2026-01-01-WI-003-z", "back\\slash", "Ünï"];
  const codes = ["WI-001", "WI-002", "WI-003", "WI-004", "WI-0005", "WI-900000000"];
  for (let seed = first; seed < first + 60; seed += 1) {
    const project = await newProject(t);
    const next = numbers(seed);
    const one = <T>(list: readonly T[]): T => list[next(list.length)] as T;
    const epics = [null, "EP-001", "EP-999999999", "EP-1"];
    // Where a name may not hold a backslash, it is one more folder.
    const paths = Array.from({ length: 4 }, () => `${one(["backlog", "active", "completed"])}/${one(names)}`);
    for (const path of paths) {
      const whole = artifact({
        id: one(codes),
        title: one(['"T"', '"\\ud800"', "|\n  two\n  lines"]),
        epic: `${one(epics)}`,
      });
      put(join(project.folder, path, "spec.md"), one([whole, "---\nid: [\n---\n", "", "\0"]));
    }
    const entries = codes.map((code): [string, unknown] => [code, entry("E", one([null, ...paths]), one(epics))]);
    write(project, Object.fromEntries(entries.slice(next(3))));
    const path = join(project.folder, "registry.json");
    if (next(3) === 0) writeFileSync(path, JSON.stringify(registryOf(project)).slice(0, -1 - next(200)));
    await project.reconcile();
    await assert.doesNotReject(project.listItems(), `seed ${seed}`);
    assert.equal((await project.reconcile()).changed, false, `seed ${seed}`);
  }
});
