import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { isUntornError } from "untorn";
import { parseFrontmatter } from "untorn/frontmatter";
import {
  addClarification,
  addIssue,
  completeAgent,
  completePlan,
  failAgent,
  initRun,
  openRun,
  readCheckpoint,
  releaseExecutor,
  renewExecutor,
  resumeRun,
  runOfEnvironment,
  runStatus,
  saveCheckpoint,
  spawnAgent,
  startPlan,
  takeExecutor,
} from "../../src/runs/index.ts";
import type { AgentHistory, Run } from "../../src/runs/index.ts";
import { at, filesBelow, folderFor, put } from "../folders.ts";

const time = "2026-03-04T05:06:07.000Z";

/** A folder as an agent's workflow leaves it: plans by phase, a STATE.md of its own, a history with members of its own. */
function planning(t: TestContext): { folder: string; run: Run } {
  const folder = folderFor(t);
  put(join(folder, "phases/01-first-steps/01-01-PLAN.md"), "---\nphase: 01-first-steps\nplan: 01\n---\n");
  put(join(folder, "phases/01-first-steps/01-01-SUMMARY.md"), "---\nplan: 01\ncompleted: 2026-01-17\n---\n\n# One\n");
  put(
    join(folder, "phases/02-state-operations/02-01-PLAN.md"),
    "<task>\n<name>A</name>\n</task>\n<task>\n<name>B</name>\n</task>\n",
  );
  put(join(folder, "phases/02-state-operations/02-02-PLAN.md"), '---\ndepends_on: ["02-01"]\n---\n');
  put(join(folder, "phases/02-state-operations/02-03-PLAN.md"), "---\ndepends_on: []\n---\n");
  put(
    join(folder, "STATE.md"),
    "# Project State\r\n\r\n## Current Position\r\n\r\n**Phase:** 1 of 2 (First steps)\r\n**Plan:** 1 of 1 in current phase\r\n" +
      "**Status:** Ready\r\n\r\n## Numbers\r\n\r\n- Total plans completed: 1\r\n\r\n| Phase | Plans | Avg |\r\n|---|---|---|\r\n" +
      "| 01 First | 1 | 2 min |\r\n| 02 State | 0 | - |\r\n\r\nNotes with Status: in them & $& stay.\r\n",
  );
  put(
    join(folder, "agent-history.json"),
    '{\n    "version": "1.2",\n    "max_entries": 3,\n    "mine": {"kept": 1.0},\n    "entries": [\n' +
      '        {"agent_id": "old", "status": "spawned", "phase": "01", "plan": "01", "timestamp": null, "wave": 7}\n    ]\n}\n',
  );
  return { folder, run: openRun(folder, { ground: at(time) }) };
}

const read = (folder: string, name: string): string => readFileSync(join(folder, name), "utf8");
const history = (folder: string) => JSON.parse(read(folder, "agent-history.json")) as AgentHistory;
const code = (wanted: string) => (error: unknown) => isUntornError(error) && error.code === wanted;

test("a plan from start to end in a folder that another tool made: what it wrote itself stays, byte for byte", async (t) => {
  const { folder, run } = planning(t);
  const before = read(folder, "STATE.md");
  await startPlan(run, "2-1");
  assert.match(
    read(folder, "STATE.md"),
    /\*\*Phase:\*\* 2 of 2 \(State Operations\)\r\n\*\*Plan:\*\* 1 of 3 in current phase \(02-01\)\r\n\*\*Status:\*\* In progress\r\n/,
  );
  const agent = await spawnAgent(run, { description: "does A", phase: "02", plan: "01", segment: 1 });
  assert.equal(read(folder, "current-agent-id.txt"), `${agent.agent_id}\n`);
  await saveCheckpoint(run, { plan: "02-01", task: "1", more: { mine: [1] } });
  assert.equal((await runStatus(run)).next, "Go on with plan 02-01 at task 2; finished: task 1.");
  await completePlan(run, "02-01", { summary: "# Done: $& and `02-01`\n" });
  const { data, body } = parseFrontmatter(read(folder, "phases/02-state-operations/02-01-SUMMARY.md"));
  assert.deepEqual(data, {
    phase: "02-state-operations",
    plan: "02-01",
    status: "completed",
    completed_at: "2026-03-04T05:06:07Z",
  });
  assert.match(body, /# Done: \$& and `02-01`/);
  assert.equal(existsSync(join(folder, "current-agent-id.txt")), false);
  const state = read(folder, "STATE.md");
  for (const line of [
    "Notes with Status: in them & $& stay.",
    "| 01 First | 1 | 2 min |",
    "| 02 State | 1 | - |",
    "- Total plans completed: 2",
  ]) {
    assert.ok(state.includes(`${line}\r\n`), line);
  }
  assert.equal(state.replaceAll("\r\n", "").includes("\n"), false, "line ends are kept");
  assert.equal(state.split("\r\n").length - before.split("\r\n").length, 2, "two fields were added, nothing else");
  assert.deepEqual(
    { ...(await readCheckpoint(run)) },
    {
      version: "1.0",
      plan: "02-01",
      phase: "02-state-operations",
      status: "completed",
      tasks_completed: ["1"],
      updated: "2026-03-04T05:06:07Z",
      started: "2026-03-04T05:06:07Z",
      mine: [1],
    },
  );
  assert.match(read(folder, "agent-history.json"), /"mine": \{"kept": 1\.0\}/);
  assert.equal(history(folder).entries[1]?.status, "completed");
});

test("a plan that is not UTF-8 is named by the status, and stops nothing else of it", async (t) => {
  const { folder, run } = planning(t);
  await startPlan(run, "2-1");
  writeFileSync(join(folder, "phases/02-state-operations/02-01-PLAN.md"), Buffer.from("# caf\xe9\n", "latin1"));
  const status = await runStatus(run);
  assert.match(status.corrupt.join(), /02-01-PLAN\.md: it is not UTF-8 text/);
  assert.equal(status.plans.find(({ id }) => id === "02-01")?.state, "in_progress");
});

test("further members cannot say something else than what is done", async (t) => {
  const { folder, run } = planning(t);
  await startPlan(run, "2-1");
  const before = read(folder, "checkpoint.json");
  for (const more of [{ status: "completed" }, { plan: "99" }, JSON.parse('{"__proto__": {"x": 1}}')]) {
    const refused = saveCheckpoint(run, { plan: "02-01", task: "1", more: more as Record<string, unknown> });
    await assert.rejects(refused, code("UNTORN_INVALID_ARGUMENT"));
  }
  assert.equal(read(folder, "checkpoint.json"), before);
  const { agent_id: id } = await spawnAgent(run, { description: "x" });
  await assert.rejects(completeAgent(run, id, { agent_id: "other" }), code("UNTORN_INVALID_ARGUMENT"));
  await completeAgent(run, id, { tokens: 5 });
  assert.deepEqual([history(folder).entries.at(-1)?.agent_id, history(folder).entries.at(-1)?.["tokens"]], [id, 5]);
});

test("plans run in order; depends_on may say otherwise; ids stay whole", async (t) => {
  const { run } = planning(t);
  await assert.rejects(startPlan(run, "02-02"), code("UNTORN_CONFLICT"));
  await assert.rejects(startPlan(run, "01-01"), code("UNTORN_EXISTS"));
  await assert.rejects(startPlan(run, "02-04"), code("UNTORN_NOT_FOUND"));
  await assert.rejects(startPlan(run, "../02-01"), code("UNTORN_INVALID_ARGUMENT"));
  await startPlan(run, "02-03");
  await assert.rejects(startPlan(run, "02-01"), /plan 02-03 is under way/);
  await assert.rejects(completePlan(run, "02-01"), code("UNTORN_CONFLICT"));
  await assert.rejects(saveCheckpoint(run, { plan: "02-01", task: "1" }), code("UNTORN_CONFLICT"));
  await assert.rejects(completePlan(run, "02-03", { summary: " \n" }), /a summary cannot be this text: it is empty/);
  await completePlan(run, "02-03");
  await startPlan(run, "02-01");
  assert.deepEqual((await startPlan(run, "02-01")).plan, "02-01");
});

test("pruning drops the oldest completed, never one that is spawned", async (t) => {
  const { folder, run } = planning(t);
  for (const id of ["a", "b", "c", "d"]) {
    await spawnAgent(run, { agentId: id, description: id });
    if (id !== "c") await completeAgent(run, id);
  }
  assert.deepEqual(
    history(folder).entries.map(({ agent_id: id, status }) => `${id} ${status}`),
    ["old spawned", "c spawned", "d completed"],
  );
  await assert.rejects(spawnAgent(run, { agentId: "c", description: "again" }), code("UNTORN_EXISTS"));
  await failAgent(run, "c", "no room");
  await assert.rejects(completeAgent(run, "c"), code("UNTORN_CONFLICT"));
  assert.equal(history(folder).entries.find((entry) => entry.agent_id === "c")?.["error"], "no room");
});

test("a kill is followed by a resume that says what was running, finished and next", async (t) => {
  const { folder, run } = planning(t);
  await startPlan(run, "02-01");
  const { agent_id: id } = await spawnAgent(run, { description: "does A", plan: "02-01" });
  await saveCheckpoint(run, { plan: "02-01", task: "1" });
  const resumed = await resumeRun(run);
  assert.deepEqual(
    resumed.interrupted.map((entry) => entry.agent_id),
    ["old", id],
  );
  assert.deepEqual(resumed.finished, ["01-01"]);
  assert.equal(resumed.next, "Go on with plan 02-01 at task 2; finished: task 1.");
  assert.equal(existsSync(join(folder, "current-agent-id.txt")), false);
  assert.deepEqual(
    history(folder).entries.map(({ status }) => status),
    ["interrupted", "interrupted"],
  );
  assert.equal(history(folder).entries[0]?.["wave"], 7);
  const after = filesBelow(folder);
  assert.deepEqual((await resumeRun(run)).interrupted, []);
  assert.deepEqual(filesBelow(folder), after, "a second resume changes nothing");
});

test("one executor at a time; one that was paused and wakes up late can write nothing", async (t) => {
  const { folder, run } = planning(t);
  const paused = await takeExecutor(run, { purpose: "the first", ttlMs: 800, ofThisProcess: false });
  await assert.rejects(takeExecutor(run), (error) => {
    assert.ok(isUntornError(error) && error.code === "UNTORN_LOCKED" && error.path === folder);
    assert.match(
      error.message,
      new RegExp(`has an executor: .*token ${paused.fence}.*"the first".*--fence ${paused.fence}`),
    );
    return true;
  });
  await assert.rejects(startPlan(run, "02-01"), code("UNTORN_LOCKED"));
  await startPlan(paused, "02-01");
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const later = await takeExecutor(run);
  assert.ok(later.fence > paused.fence);
  const before = filesBelow(folder);
  await assert.rejects(completePlan(paused, "02-01"), code("UNTORN_FENCED"));
  await assert.rejects(saveCheckpoint(paused, { plan: "02-01", task: "1" }), code("UNTORN_FENCED"));
  await releaseExecutor(paused);
  assert.equal(await renewExecutor(paused), false);
  assert.deepEqual(filesBelow(folder), before);
  await saveCheckpoint(later, { plan: "02-01", task: "1" });
  const { executor } = await runStatus(run);
  assert.deepEqual([executor?.fence, executor?.pid, executor?.purpose], [later.fence, process.pid, "run"]);
  await releaseExecutor(later);
  await assert.rejects(saveCheckpoint(later, { plan: "02-01", task: "2" }), code("UNTORN_FENCED"));
  await saveCheckpoint(run, { plan: "02-01", task: "2" });
  assert.equal((await runStatus(run)).executor, null);
});

test("an executor that was killed is followed at once", async (t) => {
  const { folder, run } = planning(t);
  const module = new URL("../../src/runs/index.js", import.meta.url).href;
  const script = `const { openRun, takeExecutor } = await import(${JSON.stringify(module)});
    await takeExecutor(openRun(process.argv[1]), { ttlMs: 600_000 }); process.kill(process.pid, "SIGKILL");`;
  const { signal } = spawnSync(process.execPath, ["--input-type=module", "-e", script, folder]);
  assert.equal(signal, "SIGKILL");
  const { fence } = await takeExecutor(run);
  await startPlan({ ...run, fence }, "02-01");
  await releaseExecutor({ ...run, fence });
});

test("corrupt state is refused, named, and nothing is saved over it", async (t) => {
  const { folder, run } = planning(t);
  for (const [name, damage] of [
    ["agent-history.json", '{"entries": [{'],
    ["agent-history.json", ""],
    ["agent-history.json", '{"entries": {}}'],
    ["checkpoint.json", "{}"],
  ] as const) {
    const good = existsSync(join(folder, name)) ? read(folder, name) : undefined;
    writeFileSync(join(folder, name), damage);
    const call = name === "checkpoint.json" ? startPlan(run, "02-01") : spawnAgent(run, { description: "x" });
    await assert.rejects(call, code("UNTORN_CORRUPT"));
    assert.equal(read(folder, name), damage);
    if (damage !== "") assert.equal((await runStatus(run)).corrupt.length, 1);
    if (good !== undefined) writeFileSync(join(folder, name), good);
  }
});

test("issues and clarifications are numbered and added; their text is data", async (t) => {
  const { folder, run } = planning(t);
  assert.equal(await addIssue(run, { title: "Slow & $1", description: "It takes 3 s.", plan: "02-01" }), "ISS-001");
  assert.equal(await addIssue(run, { title: "Second" }), "ISS-002");
  assert.equal(await addClarification(run, { question: "Which one?", answer: "Both." }), "CL-001");
  assert.match(
    read(folder, "ISSUES.md"),
    /^# Issues\n\n## ISS-001: Slow & \$1\n\n\*\*Discovered:\*\* 2026-03-04 in plan 02-01\n\nIt takes 3 s\.\n\n## ISS-002: Second\n/,
  );
  assert.match(
    read(folder, "clarifications.md"),
    /## CL-001: Which one\?\n\n\*\*Asked:\*\* 2026-03-04\n\n\*\*Answer:\*\* Both\.\n/,
  );
  await assert.rejects(addIssue(run, { title: "x", description: "```\nopen" }), code("UNTORN_INVALID_ARGUMENT"));
});

test("a process that no driver started has no run", () => {
  assert.throws(() => runOfEnvironment({}), code("UNTORN_INVALID_ARGUMENT"));
  assert.throws(
    () => runOfEnvironment({ UNTORN_RUN: "x", UNTORN_AGENT: "a", UNTORN_FENCE: "" }),
    /not started by a driver/,
  );
});

test("init makes what is missing and leaves what is there", async (t) => {
  const folder = folderFor(t);
  put(join(folder, "STATE.md"), "# Mine\n");
  assert.deepEqual(await initRun(openRun(folder)), ["agent-history.json", ".gitignore"]);
  assert.equal(read(folder, "STATE.md"), "# Mine\n");
  assert.deepEqual(await initRun(openRun(folder)), []);
  assert.equal((await runStatus(openRun(folder))).next, "Write the first plan.");
});
