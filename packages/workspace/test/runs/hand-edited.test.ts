// What other programs and people write into the files of a run, and what they hand over.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { isUntornError } from "untorn";
import {
  addClarification,
  addIssue,
  completePlan,
  drivePlans,
  initRun,
  openRun,
  readCheckpoint,
  runStatus,
  saveCheckpoint,
  startPlan,
} from "../../src/runs/index.ts";
import type { Run } from "../../src/runs/index.ts";
import { at, folderFor, put } from "../folders.ts";

const ground = at("2026-03-04T05:06:07.000Z");
const code = (wanted: string) => (error: unknown) => isUntornError(error) && error.code === wanted;

async function begun(t: TestContext, plans: Readonly<Record<string, string>>): Promise<{ run: Run; folder: string }> {
  const folder = folderFor(t);
  const run = openRun(folder, { ground });
  await initRun(run);
  for (const [id, text] of Object.entries(plans)) put(join(folder, `plans/${id}-PLAN.md`), text);
  return { run, folder };
}

test("tasks that are numbers in a checkpoint are the tasks of that name: none is done again", async (t) => {
  const { run, folder } = await begun(t, { "01": "# P\n\n## Task 1: a\n\n## Task 2: b\n" });
  const path = join(folder, "checkpoint.json");
  writeFileSync(path, '{"plan":"01","status":"in_progress","tasks_completed":[1],"notes":{"k":1}}');
  assert.deepEqual((await readCheckpoint(run))?.tasks_completed, ["1"]);
  await saveCheckpoint(run, { plan: "01", task: "1" });
  const ran: string[] = [];
  await drivePlans(run, {
    agentFor: ({ task }) => {
      ran.push(task.id);
      return { command: process.execPath, args: ["-e", ""] };
    },
  });
  assert.deepEqual(ran, ["2"]);
  const after = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  assert.deepEqual([after["tasks_completed"], after["notes"], after["status"]], [["1", "2"], { k: 1 }, "completed"]);
});

test("a checkpoint that nobody here understands is refused as it is; members of others stay when a plan starts", async (t) => {
  const { run, folder } = await begun(t, { "01": "# P\n", "02": "# P\n" });
  const path = join(folder, "checkpoint.json");
  for (const members of [
    '"status":"paused","tasks_completed":["1"]',
    '"tasks_completed":["1"]',
    '"status":"in_progress","tasks_completed":[1.1]',
    '"status":"in_progress","tasks_completed":[{"id":1}]',
    '"status":"in_progress","tasks_completed":["1"],"tasks_completed":[]',
  ]) {
    const text = `{"plan":"01",${members},"notes":{"k":1}}`;
    writeFileSync(path, text);
    for (const call of [startPlan(run, "01"), saveCheckpoint(run, { plan: "01", task: "2" }), completePlan(run, "01")])
      await assert.rejects(call, code("UNTORN_CORRUPT"), members);
    assert.equal(readFileSync(path, "utf8"), text);
  }
  writeFileSync(path, '{"plan":"00","status":"completed","tasks_completed":["1"],"notes":{"k":1}}');
  await startPlan(run, "01");
  const after = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  assert.deepEqual(
    [after["plan"], after["status"], after["tasks_completed"], after["notes"]],
    ["01", "in_progress", [], { k: 1 }],
  );
});

test("depends_on names plans as they are written: 1.10 is not 1.1", async (t) => {
  for (const list of ["[1.10]", "\n  - 1.10", '["1.10"]', "[ 01.10 ] # not 1.1"]) {
    const depending = `\ufeff---\r\ndepends_on: ${list}\r\n---\r\n`;
    const { run } = await begun(t, { "1.1": "# P\n", "1.10": "# P\n", "2": depending });
    await startPlan(run, "1.1");
    await completePlan(run, "1.1");
    await assert.rejects(startPlan(run, "2"), /plan 2 comes after 1\.10/, list);
    await startPlan(run, "1.10");
    await completePlan(run, "1.10");
    await startPlan(run, "2");
  }
});

test("a summary that would count as torn is refused, and the plan can still be completed", async (t) => {
  const { run, folder } = await begun(t, { "01": "# P\n" });
  await startPlan(run, "01");
  for (const summary of ["a\0b", "\0", " \n", "---\nstatus: done\n", "---"]) {
    await assert.rejects(
      completePlan(run, "01", { summary }),
      code("UNTORN_INVALID_ARGUMENT"),
      JSON.stringify(summary),
    );
    assert.ok(!existsSync(join(folder, "summaries/01-SUMMARY.md")));
  }
  await completePlan(run, "01", { summary: "done" });
  assert.deepEqual((await runStatus(run)).corrupt, []);
});

test("no code of a note is given twice, wherever it stands; one that is only mentioned costs numbers, a slip costs none", async (t) => {
  const { run, folder } = await begun(t, {});
  assert.equal(await addIssue(run, { title: "see ISS-999999999 and ISS-500" }), "ISS-001");
  assert.equal(await addIssue(run, { title: "MISS-700, ISS-999999999: too long" }), "ISS-501");
  assert.equal(await addClarification(run, { question: "Like CL-900?", answer: "As in CL-900." }), "CL-001");
  assert.equal(await addClarification(run, { question: "Next?" }), "CL-901");
  const path = join(folder, "ISSUES.md");
  const text = readFileSync(path, "utf8");
  for (const [line, next] of [
    ["- [ ] **ISS-510** one of another tool's", "ISS-511"],
    ["| 2025-01-01 | ISS-520 | in a table |", "ISS-521"],
    ["\r\n### ISS-530\r\n", "ISS-531"],
    ["- [ ] ISS-539\n- [x] ISS-540 done", "ISS-541"],
    ["1. ISS-550", "ISS-551"],
    ["## 2. ISS-560", "ISS-561"],
    ["## Issue ISS-570", "ISS-571"],
    ["_ISS-580_", "ISS-581"],
    ["ISS-1000000000: no code", "ISS-502"],
  ] as const) {
    writeFileSync(path, `${text}\n${line}\n`);
    assert.equal(await addIssue(run, { title: "Next" }), next);
  }
  const full = `${text}\n## ISS-999999: the last one\n`;
  writeFileSync(path, full);
  await assert.rejects(addIssue(run, { title: "Next" }), /there is no code after ISS-999999/);
  assert.equal(readFileSync(path, "utf8"), full);
});
