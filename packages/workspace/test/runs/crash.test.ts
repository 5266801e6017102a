import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCrashSafe } from "untorn/testing";
import type { CrashTest, MemoryPort } from "untorn/testing";
import { completePlan, initRun, openRun, rebuildRun, runStatus, spawnAgent, startPlan } from "../../src/runs/index.ts";
import type { RunStatus } from "../../src/runs/index.ts";
import { memoryGround } from "../memory-ground.ts";

/** A crash at every point of what changes several files of a run: all of them say the new, or all the old. */
const states = 150 * Number(process.env["UNTORN_EFFORT"] ?? 1);
const seed = Number(process.env["UNTORN_SEED"] ?? 1);

const at = (port: MemoryPort) => openRun("/run", { ground: memoryGround(port) });

async function setup(port: MemoryPort): Promise<void> {
  const { ground } = at(port);
  await ground.write("/run/plans/01-PLAN.md", "- [ ] a\n", { mkdir: true });
  await initRun(at(port), { title: "A run" });
  await startPlan(at(port), "01");
  await spawnAgent(at(port), { agentId: "a1", description: "does it", plan: "01" });
}

/** All that a run's files say about plan 01 must be one story. */
function storyOf(status: RunStatus, state: string): "before" | "after" {
  const facts = [
    status.plans[0]?.state === "complete",
    status.checkpoint?.status === "completed",
    status.running.length === 0,
    state.includes("Completed 01"),
  ];
  assert.ok(
    facts.every((fact) => fact === facts[0]),
    `the files disagree: ${facts.join(", ")}`,
  );
  return facts[0] === true ? "after" : "before";
}

test("a crash while a plan is completed leaves all files of one mind", async () => {
  const crash: CrashTest<string> = {
    setup,
    states,
    seed,
    workload: async (port, run) => {
      run.begin("after");
      await completePlan(at(port), "01");
      run.returned("after");
    },
    recover: async (port) => void (await runStatus(at(port))),
    check: async (port, knowledge) => {
      const run = at(port);
      const [state] = await run.ground.store("/run").readTogether(["STATE.md"]);
      const status = await runStatus(run);
      assert.deepEqual(status.corrupt, []);
      assert.ok(knowledge.allowed("before").includes(storyOf(status, new TextDecoder().decode(state?.data))));
    },
  };
  await assertCrashSafe(crash);
});

test("a crash while a corrupt history is rebuilt leaves the old bytes, and whichever history is there", async () => {
  const torn = '{"version":"1.2","entries":[{"agent_id":"x","status":"completed","plan":"01"},{"agent_';
  const crash: CrashTest<string> = {
    states,
    seed,
    setup: async (port) => {
      const { ground } = at(port);
      await ground.write("/run/summaries/01-SUMMARY.md", "---\ncompleted: 2026-01-01\n---\n# One\n", { mkdir: true });
      await ground.write("/run/agent-history.json", torn);
      await ground
        .store("/run")
        .transaction(async (tx) => await tx.write("STATE.md", "# State\n\nPlan: 01\nStatus: x\n"));
    },
    workload: async (port, run) => {
      run.begin("rebuilt");
      await rebuildRun(at(port), { apply: true });
      run.returned("rebuilt");
    },
    recover: async (port) => void (await runStatus(at(port))),
    check: async (port, knowledge) => {
      const { ground } = at(port);
      const kept = "agent-history.json.corrupt-20260304T050607Z";
      const [history, aside] = await ground.store("/run").readTogether(["agent-history.json", kept]);
      const text = new TextDecoder().decode(history?.data);
      if (text === torn) assert.ok(knowledge.allowed("torn").includes("torn"));
      else {
        assert.deepEqual(
          (JSON.parse(text) as { entries: { agent_id: string }[] }).entries.map((each) => each.agent_id),
          ["x"],
        );
        assert.equal(new TextDecoder().decode(aside?.data), torn);
        assert.ok(knowledge.allowed("torn").includes("rebuilt"));
      }
    },
  };
  await assertCrashSafe(crash);
});
