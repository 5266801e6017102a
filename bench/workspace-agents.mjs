// The three figures of agents' state: `node bench/workspace-agents.mjs`, after a build. Every figure is a median, and what it is
// held against is measured in the same rounds.
import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nextTask, StateManager } from "@untorn/workspace/pipeline";
import { openRun, rebuildRun } from "@untorn/workspace/runs";

const base = mkdtempSync(join(process.argv[2] ?? tmpdir(), "untorn-bench-agents-"));
const rounds = Number(process.env.UNTORN_ROUNDS ?? 15);

try {
  await save();
  next();
  await rebuild();
} finally {
  rmSync(base, { recursive: true, force: true });
}

/** A state with so many tasks, a third of them done, each waiting for the one before it. */
function stateOf(count) {
  const tasks = {};
  for (let number = 0; number < count; number += 1) {
    tasks[`task-${number}`] = {
      title: `Implement part ${number} of the whole`,
      status: number < count / 3 ? "completed" : "pending",
      priority: number % 5,
      attempts: number % 3,
      dependencies: number === 0 ? [] : [`task-${number - 1}`],
      errors: [],
      created: "2026-01-17T10:17:00.000Z",
      updated: "2026-01-17T10:17:00.000Z",
    };
  }
  const lists = { queue: Object.keys(tasks), metrics: {}, patterns: {}, fixes: [], counters: {} };
  return { version: 1, updated: "", run_id: randomUUID(), tasks, files: {}, phases: {}, ...lists };
}

/** Stringify, and one durable replace by bare synchronous calls. */
function bareSave(folder, state) {
  const text = `${JSON.stringify(state, null, 2)}\n`;
  const temp = join(folder, `bare.${randomUUID()}.tmp`);
  const file = openSync(temp, "wx", 0o600);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(temp, join(folder, "bare.json"));
  const directory = openSync(folder, "r");
  fsyncSync(directory);
  closeSync(directory);
}

async function save() {
  // As it is after a load; text that was put together is slower to write out.
  const state = JSON.parse(JSON.stringify(stateOf(10_000)));
  const folder = join(base, "save");
  mkdirSync(folder);
  const plain = await saved(folder, state, { generations: 0 });
  const keeping = await saved(join(base, "kept"), state, { generationEveryMs: 0 });
  await saved(join(base, "first"), state, { generations: 0 });
  const times = { bare: [], plain: [], first: [], keeping: [] };
  for (let round = 0; round < rounds + 3; round += 1) {
    // What an agent does between two saves: one task goes on.
    const task = state.tasks[`task-${(round * 997) % 10_000}`];
    Object.assign(task, { attempts: task.attempts + 1, updated: new Date().toISOString() });
    const bare = await timed(() => bareSave(folder, state));
    const own = await timed(() => plain.save(state));
    const kept = await timed(() => keeping.save(state));
    const once = new StateManager(join(base, "first"), { generations: 0 });
    const loaded = await once.load();
    const first = await timed(() => once.save(loaded));
    // The first rounds warm up.
    if (round < 3) continue;
    for (const [name, time] of Object.entries({ bare, plain: own, first, keeping: kept })) times[name].push(time);
  }
  const row = (what, name, note, bound) => {
    const { ms, ratio, processor } = against(times.bare, times[name]);
    const text = `${ratio.toFixed(2)} x (processor time ${processor.toFixed(2)} x)${note}`;
    report(what, `${ms.toFixed(1)} ms`, text, bound === undefined ? undefined : ratio <= bound, `${bound} x`);
  };
  const bare = median(times.bare.map(({ ms }) => ms)).toFixed(1);
  row("save, 10,000 tasks", "plain", ` stringify + one durable replace (${bare} ms)`, 1.3);
  row("  the first of a manager", "first", ", which has no text yet");
  row("  that keeps a generation", "keeping", ", by default one save in 30 s");
}

async function saved(folder, state, options) {
  mkdirSync(folder, { recursive: true });
  const manager = new StateManager(folder, options);
  await manager.load();
  await manager.save(state);
  return manager;
}

/** Taken within each round first: whatever else the machine does then, both had to bear. */
function against(bare, own) {
  const ratio = (of) => median(own.map((time, round) => time[of] / bare[round][of]));
  return { ms: median(own.map(({ ms }) => ms)), ratio: ratio("ms"), processor: ratio("processor") };
}

function next() {
  const state = stateOf(100_000);
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    if (nextTask(state) === undefined) throw new Error("there is a task to do");
    times.push(performance.now() - start);
  }
  const ms = median(times);
  const fastest = Math.min(...times).toFixed(1);
  const note = `first ${times[0].toFixed(1)} ms, fastest ${fastest} ms`;
  report("nextTask, 100,000 tasks", `${ms.toFixed(1)} ms`, note, ms < 50, "50 ms");
}

async function rebuild() {
  const folder = join(base, "run");
  for (let phase = 1; phase <= 50; phase += 1) {
    const name = `${String(phase).padStart(2, "0")}-phase`;
    mkdirSync(join(folder, "phases", name), { recursive: true });
    for (let plan = 1; plan <= 100; plan += 1) {
      const id = `${name.slice(0, 2)}-${String(plan).padStart(2, "0")}`;
      const text = `---\nphase: ${name}\nplan: ${plan}\nsubsystem: api\ntags: [one, two]\nprovides:\n  - a thing\nduration: 2min\ncompleted: 2026-01-17\n---\n\n# Phase ${phase} Plan ${plan} Summary\n\n## Performance\n\n- **Duration:** 2 min\n- **Tasks:** 3\n\n## Accomplishments\n\n${"- Added `one` and `two` with tests\n".repeat(30)}\n### Task 1: A\n\ntext\n`;
      writeFileSync(join(folder, "phases", name, `${id}-SUMMARY.md`), text);
    }
  }
  writeFileSync(join(folder, "STATE.md"), "# State\n\n## Current Position\n\nStatus: x\n");
  const { ms } = await timed(() => rebuildRun(openRun(folder), { apply: true }));
  report("rebuild, 5,000 summaries", `${ms.toFixed(0)} ms`, "the first, applied", ms < 2000, "2,000 ms");
}

/** How long it took, and what the processors had to do for it, in milliseconds. */
async function timed(work) {
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { ms, processor: (user + system) / 1000 };
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function report(what, figure, note, met, bound) {
  const verdict = met === undefined ? "" : met ? `met (${bound})` : `NOT MET (${bound})`;
  console.log(`${what.padEnd(28)} ${figure.padStart(10)}   ${note}   ${verdict}`);
}
