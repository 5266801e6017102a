import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isUntornError } from "untorn";
import { assertCrashSafe, memoryPort } from "untorn/testing";
import type { CrashTest, MemoryPort } from "untorn/testing";
import type { Project } from "../../src/project/index.ts";
import { memoryGround } from "../memory-ground.ts";
import { filesIn, folder, projectOn, same } from "./in-memory.ts";
import type { Files } from "./in-memory.ts";

/**
 * A crash at every point of a command, and of what completes it, leaves registry, artifact, folder and changelog as they
 * were before the command, or as they are after it (G8). The states are those that the simulator makes.
 */
const seed = Number(process.env["UNTORN_SEED"] ?? 1);
/** How many times as many states as usual. */
const effort = Number(process.env["UNTORN_EFFORT"] ?? 1);

interface Case {
  readonly name: string;
  readonly before: (project: Project, port: MemoryPort) => Promise<unknown>;
  readonly command: (project: Project) => Promise<unknown>;
  /** Files that differ afterwards. */
  readonly changes: number;
}

const activeItem = async (project: Project): Promise<void> => {
  await project.addEpic({ title: "An epic" });
  await project.addItem({ title: "An item", epic: "EP-001", stage: "active" });
  await project.updateItem("WI-001", { artifact: "plan", create: true, phasesTotal: 5 });
};

const cases: readonly Case[] = [
  {
    name: "item add to the backlog",
    before: (project) => project.addItem({ title: "Earlier" }),
    command: (project) => project.addItem({ title: "New" }),
    changes: 1,
  },
  {
    name: "item add, active at once",
    before: (project) => project.addEpic({ title: "An epic" }),
    command: (project) => project.addItem({ title: "New", epic: "EP-001", stage: "active" }),
    changes: 2,
  },
  {
    name: "item move from the backlog to active",
    before: (project) => project.addItem({ title: "An item" }),
    command: (project) => project.moveItem("WI-001", { to: "active" }),
    changes: 2,
  },
  {
    name: "item move from active to completed, with its epic",
    before: activeItem,
    command: (project) => project.moveItem("WI-001", { to: "completed" }),
    changes: 6,
  },
  {
    name: "item move from active to the backlog",
    before: activeItem,
    command: (project) => project.moveItem("WI-001", { to: "backlog" }),
    changes: 5,
  },
  {
    name: "item update",
    before: activeItem,
    command: (project) => project.updateItem("WI-001", { artifact: "plan", status: "in-progress", phasesComplete: 3 }),
    changes: 1,
  },
  {
    name: "reconcile over a corrupt registry, whose bytes are kept",
    async before(project, port) {
      await activeItem(project);
      await memoryGround(port).write(`${folder}/registry.json`, '{"next_item_id": 9, "items"');
    },
    command: (project) => project.reconcile(),
    changes: 2,
  },
];

const earlier = "2026-03-03T00:00:00.000Z";
const later = "2026-03-04T05:06:07.890Z";

async function setUp(port: MemoryPort, { before }: Case): Promise<void> {
  port.fs.mkdir("/root", 0o755);
  port.fs.syncDirectory("/");
  const project = projectOn(port, earlier);
  await project.init();
  await before(project, port);
}

function crashTest(each: Case, before: Files, after: Files): CrashTest<"done"> {
  return {
    seed,
    states: 400 * effort,
    recoveryCrashes: 1,
    setup: (port) => setUp(port, each),
    async workload(port, run) {
      await run.call("done", () => each.command(projectOn(port, later)));
    },
    // The next command, whichever it is, completes or takes back what the crashed one left.
    recover: (port) => projectOn(port, later).listItems().catch(unlessCorrupt),
    check(port, known) {
      const found = filesIn(port);
      if (same(found, after)) return;
      assert.deepEqual(found, before, "neither as before nor as after");
      assert.ok(!known.returned.includes("done"), "the command had returned, and is gone");
    },
  };
}

describe(`a crashed command is done or not begun (seed ${seed})`, () => {
  for (const each of cases) {
    test(each.name, async () => {
      const port = memoryPort();
      await setUp(port, each);
      const before = filesIn(port);
      await each.command(projectOn(port, later));
      const after = filesIn(port);
      const names = new Set([...Object.keys(before), ...Object.keys(after)]);
      assert.equal([...names].filter((name) => before[name] !== after[name]).length, each.changes);
      const report = await assertCrashSafe(crashTest(each, before, after));
      assert.ok(report.states > 100, `only ${report.states} states`);
    });
  }
});

/** So few calls that no state need be left out; a crash of the recovery is left to the tests above, which choose. */
test("item add to the backlog: every state of every model", async (t) => {
  const each = cases[0] as Case;
  const port = memoryPort();
  await setUp(port, each);
  const before = filesIn(port);
  await each.command(projectOn(port, later));
  const after = filesIn(port);
  const report = await assertCrashSafe({ ...crashTest(each, before, after), states: 1_000_000, recoveryCrashes: 0 });
  assert.deepEqual(
    report.models.filter(({ exhaustive }) => !exhaustive),
    [],
  );
  t.diagnostic(`${report.effects} effects, ${report.states} states`);
});

function unlessCorrupt(error: unknown): void {
  if (!isUntornError(error) || error.code !== "UNTORN_CORRUPT") throw error;
}
