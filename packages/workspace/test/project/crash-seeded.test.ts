import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCrashSafe, memoryPort, SeededRandom } from "untorn/testing";
import type { CrashTest, MemoryPort } from "untorn/testing";
import type { Project } from "../../src/project/index.ts";
import { filesIn, projectOn } from "./in-memory.ts";

/** Commands of a project that are drawn by a seed, three in a row: after a crash it is as one of them left it (G2, G8). */
const firstSeed = Number(process.env["UNTORN_SEED"] ?? 1);
const total = process.env["UNTORN_CRASH_STATES"];
const statesWanted = total === undefined ? 300 : Math.ceil(Number(total) * 0.01);
const deadlineMs = Number(process.env["UNTORN_CRASH_MINUTES"] ?? 2) * 60_000;

const now = "2026-03-04T05:06:07.890Z";
type Command = (project: Project) => Promise<unknown>;

const commands: readonly Command[] = [
  (project) => project.addItem({ title: "Another" }),
  (project) => project.addItem({ title: "Active", stage: "active", epic: "EP-001" }),
  (project) => project.addEpic({ title: "Another" }),
  (project) => project.moveItem("WI-001", { to: "completed" }),
  (project) => project.moveItem("WI-001", { to: "backlog" }),
  (project) => project.moveItem("WI-002", { to: "active" }),
  (project) => project.updateItem("WI-001", { artifact: "plan", create: true, phasesTotal: 5 }),
];

/** Three different ones that can follow each other, in any order. */
function drawn(seed: number): Command[] {
  const random = new SeededRandom(seed);
  const left = [...commands];
  // A move of the item takes away what an update needs, so one of these three at most.
  const ofTheFirst = left.splice(3, 2).concat(left.splice(-1));
  const chosen = [ofTheFirst[random.below(3)] as Command];
  while (chosen.length < 3) {
    chosen.splice(random.below(chosen.length + 1), 0, ...left.splice(random.below(left.length), 1));
  }
  return chosen;
}

async function setUp(port: MemoryPort): Promise<void> {
  port.fs.mkdir("/root", 0o755);
  port.fs.syncDirectory("/");
  const project = projectOn(port, "2026-03-03T00:00:00.000Z");
  await project.init();
  await project.addEpic({ title: "An epic" });
  await project.addItem({ title: "An item", epic: "EP-001", stage: "active" });
  await project.addItem({ title: "A later one" });
}

async function seeded(seed: number): Promise<CrashTest<number>> {
  const chosen = drawn(seed);
  const whole = memoryPort();
  await setUp(whole);
  const trees = [JSON.stringify(filesIn(whole))];
  for (const command of chosen) {
    await command(projectOn(whole, now));
    trees.push(JSON.stringify(filesIn(whole)));
  }
  assert.equal(new Set(trees).size, 4, "a command changes nothing");
  return {
    seed,
    states: Math.min(200, Math.ceil(statesWanted / 6)),
    recoveryCrashes: 1,
    setup: setUp,
    async workload(port, run) {
      for (const [index, command] of chosen.entries()) await run.call(index + 1, () => command(projectOn(port, now)));
    },
    recover: (port) => projectOn(port, now).listItems(),
    check(port, { begun, returned }) {
      const found = JSON.stringify(filesIn(port));
      const allowed = trees.slice(returned.length, begun.length + 1);
      assert.ok(allowed.includes(found), `as no command left it, or too old: ${found.slice(0, 500)}`);
    },
  };
}

test(`seeded commands of a project: ${statesWanted} states from seed ${firstSeed}`, async (context) => {
  const started = performance.now();
  let states = 0;
  let seed = firstSeed;
  for (; states < statesWanted && performance.now() - started < deadlineMs; seed += 1) {
    states += (await assertCrashSafe(await seeded(seed))).states;
  }
  const seconds = (performance.now() - started) / 1000;
  context.diagnostic(
    `${states} states of project commands, seeds ${firstSeed} to ${seed - 1}, ${seconds.toFixed(1)} s`,
  );
  assert.ok(states >= statesWanted, `only ${states} states in ${seconds.toFixed(0)} s`);
});
