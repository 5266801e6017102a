import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { openRun, rebuildRun, startPlan, takeExecutor } from "../../src/runs/index.ts";
import type { Ground } from "../../src/ground/index.ts";
import type { AgentHistory, Checkpoint } from "../../src/runs/index.ts";
import { salvageEntries } from "../../src/runs/salvage.ts";
import { at, filesBelow, folderFor, put } from "../folders.ts";

const ground = at("2026-03-04T05:06:07.000Z");
const read = (folder: string, name: string): string => readFileSync(join(folder, name), "utf8");
const entries = (folder: string) => (JSON.parse(read(folder, "agent-history.json")) as AgentHistory).entries;

function planning(t: TestContext): string {
  const folder = folderFor(t);
  const summary = (id: string, text: string) => put(join(folder, `phases/0${id[1]}-x/${id}-SUMMARY.md`), text);
  summary(
    "01-02",
    "---\nphase: 01-x\nplan: 02\ncompleted_at: 2026-01-17T10:17:00Z\n---\n\n# Two\n\n### Task 1: a\n\n### Task 2: b\n",
  );
  summary("01-10", "---\ncompleted: 2026-01-18\n---\n\n# Ten\n\n- **Started:** 2026-01-18T08:00:00Z\n");
  summary("02-01", "# No frontmatter\n\n## Task 1\n");
  put(join(folder, "phases/02-x/02-02-PLAN.md"), "- [ ] a\n");
  put(join(folder, "STATE.md"), "# State\n\nPhase: 1 of 2 (X)\nPlan: 1 of 2 in current phase\nStatus: old\n\nNotes.\n");
  return folder;
}

test("history, checkpoint and position are made from the summaries, with what could not be known", async (t) => {
  const folder = planning(t);
  const before = filesBelow(folder);
  const dry = await rebuildRun(openRun(folder, { ground }));
  assert.deepEqual(filesBelow(folder), before, "without apply nothing is changed");
  const report = await rebuildRun(openRun(folder, { ground }), { apply: true });
  assert.deepEqual({ ...dry, applied: true }, report);
  assert.deepEqual([report.plans, report.summaries], [4, 3]);
  assert.deepEqual(
    entries(folder).map((entry) => [entry.plan, entry.timestamp, entry.completion_timestamp, entry.task_description]),
    [
      ["01-02", null, "2026-01-17T10:17:00Z", "Two"],
      ["01-10", "2026-01-18T08:00:00Z", "2026-01-18", "Ten"],
      ["02-01", null, null, "No frontmatter"],
    ],
  );
  const checkpoint = JSON.parse(read(folder, "checkpoint.json")) as Checkpoint;
  assert.deepEqual([checkpoint.plan, checkpoint.status, checkpoint.tasks_completed], ["02-01", "completed", ["1"]]);
  assert.match(
    read(folder, "STATE.md"),
    /Phase: 2 of 2 \(X\)\nPlan: 1 of 2 in current phase \(02-01\)\nStatus: Ready for the next plan\n(.*\n)*Notes\.\n/,
  );
  for (const part of [
    /02-01-SUMMARY.md does not say when/,
    /ids of the agents that completed 01-02, 01-10, 02-01/,
    /whether a plan was under way/,
  ]) {
    assert.ok(
      report.unknown.some((each) => part.test(each)),
      `${part}`,
    );
  }
  const again = await rebuildRun(openRun(folder, { ground }), { apply: true });
  assert.deepEqual([again.changes, again.kept], [[], []], "a second rebuild has nothing to do");
});

test("what is valid is kept: entries with their members, a plan under way, notes", async (t) => {
  const folder = planning(t);
  const spawned = { status: "spawned", completion_timestamp: null };
  const history = {
    version: "1.2",
    max_entries: 50,
    mine: true,
    entries: [
      { agent_id: "a", phase: "01", plan: "02", timestamp: "2026-01-17T09:00:00Z", wave: 1, ...spawned },
      { agent_id: "b", phase: "01", plan: "10", timestamp: "2026-01-19T09:00:00Z", ...spawned },
      { agent_id: "c", phase: "02", plan: "02", timestamp: "2026-01-19T09:00:00Z", ...spawned },
      {
        agent_id: "d",
        plan: "2-1",
        timestamp: null,
        status: "completed",
        completion_timestamp: "2026-01-20T00:00:00Z",
      },
    ],
  };
  put(join(folder, "agent-history.json"), `${JSON.stringify(history, null, 2)}\n`);
  await startPlan(openRun(folder, { ground }), "02-02");
  const checkpoint = read(folder, "checkpoint.json");
  const state = read(folder, "STATE.md");
  const report = await rebuildRun(openRun(folder, { ground }), { apply: true });
  assert.deepEqual(
    entries(folder).map((entry) => `${entry.agent_id} ${entry.status} ${entry.completion_timestamp}`),
    [
      "a completed 2026-01-17T10:17:00Z",
      "b interrupted 2026-03-04T05:06:07Z",
      "c interrupted 2026-03-04T05:06:07Z",
      "d completed 2026-01-20T00:00:00Z",
    ],
  );
  assert.equal(entries(folder)[0]?.["wave"], 1);
  assert.equal(read(folder, "checkpoint.json"), checkpoint);
  assert.equal(read(folder, "STATE.md"), state);
  assert.ok(report.unknown.some((each) => each.includes("what agent b did")));
});

test("of a corrupt history the whole entries are kept, and its bytes beside it", async (t) => {
  const folder = planning(t);
  const whole = `{"agent_id":"a","status":"failed","plan":"01-02","error":"a \\"}\\" in it","n":{"m":[{}]}}`;
  const torn = `{"version":"1.2","max_entries":50,"entries":[${whole},{"agent_id":"b","sta`;
  put(join(folder, "agent-history.json"), torn);
  writeFileSync(join(folder, "STATE.md"), "");
  put(join(folder, "checkpoint.json"), "\0\0\0\0");
  const report = await rebuildRun(openRun(folder, { ground }), { apply: true });
  assert.deepEqual(
    report.kept.map(({ file }) => file),
    ["agent-history.json", "checkpoint.json", "STATE.md"],
  );
  assert.equal(read(folder, "agent-history.json.corrupt-20260304T050607Z"), torn);
  assert.equal(statSync(join(folder, "agent-history.json.corrupt-20260304T050607Z")).mode & 0o777, 0o600);
  assert.equal(read(folder, "checkpoint.json.corrupt-20260304T050607Z"), "\0\0\0\0");
  assert.deepEqual(
    entries(folder).map((entry) => entry.agent_id),
    ["a", "unknown-01-10", "unknown-02-01"],
  );
  assert.deepEqual([entries(folder)[0]?.["n"], entries(folder)[0]?.["error"]], [{ m: [{}] }, 'a "}" in it']);
  assert.ok(report.unknown.some((each) => each.includes("notes that STATE.md held")));
});

test("a history of which one entry is none loses that entry only, and its bytes are kept", async (t) => {
  const folder = planning(t);
  const valid = { agent_id: "b", plan: "01-02", status: "completed", mine: 1 };
  const text = `{"project": "keepme", "large": 12345678901234567891, "max_entries": 0,
    "entries": [{"agent_id":"a","note":"precious"}, ${JSON.stringify(valid)}]}\n`;
  put(join(folder, "agent-history.json"), text);
  const report = await rebuildRun(openRun(folder, { ground }), { apply: true });
  assert.deepEqual(
    report.kept.map(({ file }) => file),
    ["agent-history.json"],
  );
  assert.equal(read(folder, "agent-history.json.corrupt-20260304T050607Z"), text);
  assert.ok(report.changes.some(({ change }) => change.includes("1 of its entries have no agent_id or no status")));
  const history = JSON.parse(read(folder, "agent-history.json")) as AgentHistory;
  assert.deepEqual([history["project"], history.max_entries, history.entries[0]], ["keepme", 50, valid]);
  assert.match(read(folder, "agent-history.json"), /"large": 12345678901234567891,/);
  put(join(folder, "agent-history.json"), '{"project": "keepme", "entries": {}}');
  await rebuildRun(openRun(folder, { ground: at("2026-03-05T05:06:07.000Z") }), { apply: true });
  const again = JSON.parse(read(folder, "agent-history.json")) as AgentHistory;
  assert.deepEqual([again["project"], again.entries.length], ["keepme", 3]);
  assert.match(read(folder, "agent-history.json.corrupt-20260305T050607Z"), /"entries": \{\}/);
  // Within the same second nothing that was kept is written over.
  put(join(folder, "agent-history.json"), "{");
  const [kept] = (await rebuildRun(openRun(folder, { ground: at("2026-03-05T05:06:07.000Z") }), { apply: true })).kept;
  assert.equal(kept?.as, "agent-history.json.corrupt-20260305T050607Z-2");
  assert.equal(read(folder, kept?.as ?? ""), "{");
  assert.match(read(folder, "agent-history.json.corrupt-20260305T050607Z"), /"entries": \{\}/);
});

test("a history of opening braces takes no time to be salvaged, and an entry after them is found", () => {
  const entry = { agent_id: "a", status: "failed", n: { m: [{}] } };
  for (const noise of ["{", '{"a":', '{"', '"{', "{}", '{"\\']) {
    const before = process.cpuUsage();
    const found = salvageEntries(`${noise.repeat(100_000)}"\n${JSON.stringify(entry)}`);
    const { user, system } = process.cpuUsage(before);
    assert.deepEqual(found, [entry], noise);
    assert.ok(user + system < 2_000_000, `${noise}: ${(user + system) / 1000} ms`);
  }
});

test("what another program writes while it is rebuilt is judged anew, and not lost", async (t) => {
  const folder = planning(t);
  put(join(folder, "checkpoint.json"), "torn {");
  const path = join(folder, "STATE.md");
  // In the moment after the state was judged.
  let writes = 0;
  const meddled: Ground = {
    ...ground,
    read: (file) => {
      const content = ground.read(file);
      if (file.endsWith("STATE.md") && (writes += 1) === 1)
        writeFileSync(path, `${readFileSync(path, "utf8")}\nmine\n`);
      return content;
    },
  };
  const report = await rebuildRun(openRun(folder, { ground: meddled }), { apply: true });
  assert.equal(report.applied, true);
  assert.match(readFileSync(path, "utf8"), /\nmine\n/);
  put(join(folder, "current-agent-id.txt"), "a1\n");
  const gone = (file: string): ReturnType<Ground["read"]> => {
    const content = ground.read(file);
    if (file.endsWith("current-agent-id.txt")) rmSync(file);
    return content;
  };
  await rebuildRun(openRun(folder, { ground: { ...ground, read: gone } }), { apply: true });
  rmSync(join(folder, "agent-history.json"));
  const hers = (file: string): ReturnType<Ground["read"]> => {
    const content = ground.read(file);
    if (file.endsWith("STATE.md")) put(join(folder, "agent-history.json"), "hers");
    return content;
  };
  const run = openRun(folder, { ground: { ...ground, read: hers } });
  await assert.rejects(rebuildRun(run, { apply: true }), { code: "UNTORN_EXISTS", outcome: "unchanged" });
  assert.equal(read(folder, "agent-history.json"), "hers");
});

test("a torn summary is named and proves only that its plan was ended; a living executor is not disturbed", async (t) => {
  const folder = planning(t);
  writeFileSync(join(folder, "phases/02-x/02-01-SUMMARY.md"), "");
  put(join(folder, "phases/01-x/01-02-SUMMARY.md"), "---\nbad: [\n---\n# Two\n");
  const report = await rebuildRun(openRun(folder, { ground }));
  assert.ok(report.unknown.some((each) => /02-01-SUMMARY\.md cannot be read/.test(each)));
  assert.ok(report.unknown.some((each) => /01-02-SUMMARY\.md: its frontmatter/.test(each)));
  assert.deepEqual(readdirSync(folder).includes(".untorn"), false, "a look makes nothing");
  await takeExecutor(openRun(folder, { ground }));
  await assert.rejects(rebuildRun(openRun(folder, { ground }), { apply: true }), /has an executor/);
  rmSync(folder, { recursive: true });
  await assert.rejects(rebuildRun(openRun(folder, { ground })), /there is no run here/);
});
