import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { isUntornError } from "untorn";
import {
  addClarification,
  addIssue,
  completePlan,
  initRun,
  openRun,
  rebuildRun,
  resumeRun,
  runStatus,
  saveCheckpoint,
  startPlan,
} from "../../src/runs/index.ts";
import type { AgentHistory, Run } from "../../src/runs/index.ts";
import { at, filesBelow, folderFor, put } from "../folders.ts";

const ground = at("2026-03-04T05:06:07.000Z");
const code = (wanted: string) => (error: unknown) => isUntornError(error) && error.code === wanted;

/** A run of three plans, none of them begun. */
async function begun(t: TestContext): Promise<{ folder: string; run: Run; path: (name: string) => string }> {
  const folder = folderFor(t);
  const run = openRun(folder, { ground });
  await initRun(run);
  for (const id of ["01", "02", "03"]) put(join(folder, `plans/${id}-PLAN.md`), `# Plan ${id}\n`);
  return { folder, run, path: (name) => join(folder, name) };
}

const cuts = [
  "",
  " \n",
  "\0".repeat(50),
  "# Two\0\0",
  "---\nstatus: fail",
  "---",
  "---\r\nstatus: done\r\n\r\n# Two\r\n",
];

test("a torn summary is no summary: its plan is not complete, and no plan after it starts until it is mended", async (t) => {
  const { folder, run, path } = await begun(t);
  await startPlan(run, "01");
  await completePlan(run, "01");
  for (const cut of cuts) {
    put(path("summaries/02-SUMMARY.md"), cut);
    const before = filesBelow(folder);
    const status = await runStatus(run);
    assert.equal(status.plans.map(({ state }) => state).join(), "complete,corrupt,waiting", JSON.stringify(cut));
    assert.equal(status.corrupt.length, 1);
    assert.match(status.corrupt[0] ?? "", /02-SUMMARY\.md: .*(?:empty|NUL|closing)/);
    assert.match(status.next, /^Mend summaries\/02-SUMMARY\.md, or remove it to run plan 02 again/);
    for (const id of ["02", "03"])
      await assert.rejects(startPlan(run, id), code("UNTORN_CORRUPT"), JSON.stringify(cut));
    await assert.rejects(completePlan(run, "02"), code("UNTORN_CORRUPT"));
    assert.deepEqual((await resumeRun(run)).finished, ["01"]);
    const rebuilt = await rebuildRun(run, { apply: true });
    assert.ok(
      rebuilt.unknown.some((each) => each.startsWith("how plan 02 ended: summaries/02-SUMMARY.md cannot be read")),
    );
    const after = filesBelow(folder);
    assert.doesNotMatch(after["agent-history.json"] ?? "", /unknown-02/);
    assert.ok(!rebuilt.unknown.some((each) => each.includes("Nothing was")), "a clause, not a whole message");
    for (const name of ["checkpoint.json", "STATE.md"]) assert.equal(after[name], before[name]);
  }
  put(path("summaries/02-SUMMARY.md"), "\ufeff---\nstatus: done\n---\n");
  await startPlan(run, "03");
});

test("a torn STATE.md is named with its path, refused, and made anew by a rebuild that keeps its bytes", async (t) => {
  const notes = "# Mine\n\n## Decisions\n\n- precious\n";
  for (const torn of ["", "\0\0\0", "---\nx: 1\n", `---\nx: [\n---\n${notes}`]) {
    const { run, path } = await begun(t);
    await startPlan(run, "01");
    writeFileSync(path("STATE.md"), torn);
    const [problem = ""] = (await runStatus(run)).corrupt;
    assert.ok(problem.includes(path("STATE.md")), problem);
    await assert.rejects(completePlan(run, "01"), (error) => {
      assert.ok(isUntornError(error) && error.code === "UNTORN_CORRUPT" && error.outcome === "unchanged");
      assert.equal(error.path, path("STATE.md"));
      assert.match(error.message, /`untorn (?:rebuild|recover)`/);
      return true;
    });
    assert.deepEqual([readFileSync(path("STATE.md"), "utf8"), readdirSync(path("summaries"))], [torn, []]);
    const report = await rebuildRun(run, { apply: true });
    assert.deepEqual(
      report.kept.map(({ file }) => file),
      ["STATE.md"],
    );
    assert.equal(readFileSync(path("STATE.md.corrupt-20260304T050607Z"), "utf8"), torn);
    assert.equal(readFileSync(path("STATE.md"), "utf8").includes("- precious"), torn.includes("precious"));
    assert.deepEqual((await runStatus(run)).corrupt, []);
    await completePlan(run, "01");
    const again = await rebuildRun(run, { apply: true });
    assert.deepEqual(again.kept, []);
  }
});

test("a corrupt checkpoint without a complete plan is set aside by a rebuild, once, and the run goes on", async (t) => {
  const { folder, run, path } = await begun(t);
  await startPlan(run, "01");
  await saveCheckpoint(run, { plan: "01", task: "1" });
  for (const torn of [readFileSync(path("checkpoint.json"), "utf8").slice(0, 40), "", "{}"]) {
    writeFileSync(path("checkpoint.json"), torn);
    await assert.rejects(resumeRun(run), code("UNTORN_CORRUPT"));
    const looked = await rebuildRun(run);
    const report = await rebuildRun(run, { apply: true });
    assert.deepEqual(report, { ...looked, applied: true, kept: report.kept });
    assert.ok(report.changes.some(({ file, change }) => file === "checkpoint.json" && change.startsWith("removed")));
    assert.ok(report.unknown.includes("whether a plan was under way, and which of its tasks were done"));
    assert.equal(readFileSync(path(report.kept[0]?.as ?? ""), "utf8"), torn);
    assert.equal(existsSync(path("checkpoint.json")), false);
    const before = readdirSync(folder);
    const again = await rebuildRun(run, { apply: true });
    assert.deepEqual([again.changes, again.kept, readdirSync(folder)], [[], [], before]);
  }
  await startPlan(run, "01");
});

test("empty notes are not begun anew: a number would be given a second time", async (t) => {
  const { run, path } = await begun(t);
  assert.equal(await addIssue(run, { title: "One" }), "ISS-001");
  for (const [name, add] of [
    ["ISSUES.md", () => addIssue(run, { title: "Two" })],
    ["clarifications.md", () => addClarification(run, { question: "Two" })],
  ] as const) {
    for (const torn of ["", "\0\0"]) {
      put(path(name), torn);
      await assert.rejects(
        add(),
        (error) => isUntornError(error) && error.code === "UNTORN_CORRUPT" && error.path === path(name),
      );
      assert.equal(readFileSync(path(name), "utf8"), torn);
    }
  }
});

test("depends_on that names no plan is refused; a file, a plan of the same phase and a phase are found", async (t) => {
  const folder = folderFor(t);
  const run = openRun(folder, { ground });
  const plan = (id: string, names: string): void =>
    put(join(folder, `phases/0${id[1]}-x/${id}-PLAN.md`), `---\ndepends_on: ${names}\n---\n`);
  plan("01-01", "[]");
  plan("02-01", "[]");
  plan("02-02", "[]");
  for (const names of ['["09-09"]', '["02-1a"]', "[~]", "[03]", '["README.md"]', '["02-01", ""]']) {
    plan("01-02", names);
    await assert.rejects(startPlan(run, "01-02"), (error) => {
      assert.ok(isUntornError(error) && error.code === "UNTORN_NOT_FOUND", `${names}: ${String(error)}`);
      assert.equal(error.path, join(folder, "phases/01-x/01-02-PLAN.md"));
      assert.match(error.message, /depends_on names '.*', and there is no such plan/);
      return true;
    });
  }
  for (const names of [
    '["01"]',
    "[1]",
    '["01-01"]',
    "[1-1]",
    '["01-01-PLAN.md"]',
    '["01-01-PLAN"]',
    '["01-x", "01-01"]',
  ]) {
    plan("01-02", names);
    await assert.rejects(startPlan(run, "01-02"), /plan 01-02 comes after 01-01/, names);
  }
  for (const id of ["01-01", "01-02"]) put(join(folder, `phases/01-x/${id}-SUMMARY.md`), "# Done\n");
  // The second plan of its own phase, and a phase before it.
  plan("02-01", '["02"]');
  await assert.rejects(startPlan(run, "02-01"), /plan 02-01 comes after 02-02/);
  plan("02-01", '["01-x", "01"]');
  await assert.rejects(startPlan(run, "02-01"), /plan 02-01 comes after 02-01/);
  plan("02-01", '["01-x"]');
  await startPlan(run, "02-01");
});

test("a rebuild drops no entry for one that it makes up, and has nothing to do where pruning made the gap", async (t) => {
  const { folder, run, path } = await begun(t);
  for (let id = 1; id <= 9; id += 1)
    put(path(`summaries/0${id}-SUMMARY.md`), `---\ncompleted: 2026-01-0${id}\n---\n# ${id}\n`);
  const entry = (id: string) => ({ agent_id: `a${id}`, plan: id, status: "completed", timestamp: null });
  const write = (entries: readonly unknown[]) =>
    put(path("agent-history.json"), `${JSON.stringify({ version: "1.0", max_entries: 4, entries }, null, 2)}\n`);
  const agents = (): string[] =>
    (JSON.parse(readFileSync(path("agent-history.json"), "utf8")) as AgentHistory).entries.map((each) => each.agent_id);
  write(["05", "06", "08", "09"].map(entry));
  await rebuildRun(run, { apply: true });
  const before = filesBelow(folder);
  const full = await rebuildRun(run, { apply: true });
  assert.deepEqual([full.changes, agents()], [[], ["a05", "a06", "a08", "a09"]]);
  assert.deepEqual(filesBelow(folder), before);
  write(["06", "08", "09"].map(entry));
  const report = await rebuildRun(run, { apply: true });
  assert.match(report.changes[0]?.change ?? "", /^1 of 6 completed plans/);
  assert.deepEqual(agents(), ["a06", "a08", "a09", "unknown-07"]);
  // More than there is room for, by whoever wrote it, stays.
  write(["04", "05", "06", "08", "09"].map(entry));
  assert.deepEqual((await rebuildRun(run, { apply: true })).changes, []);
  assert.equal(agents().length, 5);
});
