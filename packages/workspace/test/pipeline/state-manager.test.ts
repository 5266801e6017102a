import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { isUntornError } from "untorn";
import { SeededRandom } from "untorn/testing";
import { nextTask, StateManager } from "../../src/pipeline/index.ts";
import type { PipelineState, PipelineTask } from "../../src/pipeline/index.ts";
import { summarize } from "../../src/pipeline/summary.ts";
import { folderFor } from "../folders.ts";

const code = (wanted: string) => (error: unknown) => isUntornError(error) && error.code === wanted;
const seed = Number(process.env["UNTORN_SEED"] ?? Date.now() % 1_000_000);

test("tasks are added, changed, ordered by dependency, priority and queue, and summed up", async (t) => {
  const folder = folderFor(t);
  const manager = new StateManager(folder);
  assert.equal((await manager.load()).version, 1);
  assert.deepEqual(readdirSync(folder), [], "loading writes nothing");
  await manager.addTask("base", { title: "Base" });
  await manager.addTask("late", { title: "Late", priority: "critical", dependencies: ["base"] });
  await manager.addTask("soon", { title: "Soon", priority: "high", mine: { kept: true } });
  await manager.addTask("lost", { title: "Lost", priority: 9, dependencies: ["constructor"] });
  await assert.rejects(manager.addTask("base", { title: "again" }), code("UNTORN_EXISTS"));
  await assert.rejects(manager.addTask("", { title: "none" }), code("UNTORN_INVALID_ARGUMENT"));
  assert.equal((await manager.nextTask())?.id, "soon");
  const running = await manager.updateTask("soon", { status: "running" });
  assert.deepEqual([running.attempts, running["mine"]], [1, { kept: true }]);
  assert.equal((await manager.nextTask())?.id, "base");
  await manager.updateTask("base", { status: "completed" });
  assert.equal((await manager.nextTask())?.id, "late");
  await assert.rejects(manager.updateTask("none", { status: "failed" }), code("UNTORN_NOT_FOUND"));
  await assert.rejects(manager.updateTask("late", { status: "odd" }), code("UNTORN_INVALID"));
  const summary = await manager.summary();
  assert.deepEqual(
    [summary.tasks.pending, summary.tasks.running, summary.tasks.completed, summary.next],
    [2, 1, 1, "late"],
  );
  assert.deepEqual(summary.stuck, ["lost"]);
  await manager.addTask("x", { title: "X", dependencies: ["y", "base"] });
  await manager.addTask("y", { title: "Y", dependencies: ["x"] });
  await manager.addTask("after", { title: "After", dependencies: ["y", "y"] });
  assert.deepEqual((await manager.summary()).stuck, ["lost", "x", "y", "after"]);
  assert.deepEqual((await manager.summary()).waitsFor, {
    lost: { constructor: "missing" },
    x: { y: "pending" },
    y: { x: "pending" },
    after: { y: "pending" },
  });
  for (const id of ["x", "y", "after"]) await manager.updateTask(id, { status: "skipped" });
  assert.deepEqual((await new StateManager(folder).load()).queue, ["late", "lost"]);
});

test("what waits for a task that was skipped, has failed or is blocked is named with it, however many there are", async (t) => {
  const manager = new StateManager(folderFor(t));
  for (const status of ["skipped", "failed", "blocked", "running", "completed"] as const)
    await manager.addTask(status, { title: status, status });
  await manager.addTask("a", { title: "A", dependencies: ["skipped", "completed", "running"] });
  await manager.addTask("b", { title: "B", dependencies: ["a", "failed", "blocked"] });
  await manager.addTask("c", { title: "C", dependencies: ["running"] });
  const { stuck, waitsFor, next } = await manager.summary();
  assert.deepEqual([stuck, next], [["a", "b"], undefined]);
  assert.deepEqual(waitsFor, { a: { skipped: "skipped" }, b: { a: "pending", failed: "failed", blocked: "blocked" } });
  const cpu = async (count: number): Promise<number> => {
    await manager.update(({ tasks }) => {
      const waiting = { ...(tasks["a"] as PipelineTask), dependencies: ["skipped"] };
      for (let at = 0; at < count; at += 1) tasks[`t${at}`] = { ...waiting };
    });
    const state = await manager.load();
    const started = process.cpuUsage();
    assert.equal(summarize(state).stuck.length, count + 2);
    const { user, system } = process.cpuUsage(started);
    return user + system;
  };
  await cpu(100);
  // Ten times as many, copied once for each, took a hundred times as long: 1.5 s of this.
  const few = await cpu(2_000);
  assert.ok((await cpu(20_000)) < 40 * few + 100_000);
});

test("of many workers each task is started by one; where there is none left, nothing is saved", async (t) => {
  const folder = folderFor(t);
  const manager = new StateManager(folder);
  for (let id = 0; id < 12; id += 1) await manager.addTask(`t${id}`, { title: "x", priority: id % 2 ? "high" : "low" });
  await manager.addTask("last", { title: "x", priority: "critical", dependencies: ["t0"] });
  const workers = Array.from({ length: 4 }, () => new StateManager(folder));
  const taken = await Promise.all(workers.flatMap((each) => [1, 2, 3, 4].map(() => each.startNext())));
  const ids = taken.flatMap((each) => each?.id ?? []);
  assert.deepEqual([ids.length, new Set(ids).size, ids.includes("last")], [12, 12, false]);
  assert.ok(taken.every((each) => each === undefined || (each.task.status === "running" && each.task.attempts === 1)));
  const before = readFileSync(manager.path);
  assert.equal(await manager.startNext(), undefined);
  assert.deepEqual(readFileSync(manager.path), before);
  assert.deepEqual((await manager.load()).queue, ["last"]);
  await manager.updateTask("t0", { status: "completed" });
  assert.equal((await manager.startNext())?.id, "last");
});

test("a number that JavaScript does not hold is kept, digit for digit", async (t) => {
  const folder = folderFor(t);
  const manager = new StateManager(folder);
  await manager.addTask("a", { title: "A" });
  const path = join(folder, "state.json");
  const large = '"id": 12345678901234567891,\n  "far": 1e400,\n  "fine": 0.12345678901234567890123,';
  writeFileSync(path, readFileSync(path, "utf8").replace('"version"', `${large}\n  "version"`));
  await new StateManager(folder).updateTask("a", { status: "running" });
  const again = new StateManager(folder);
  await again.addTask("b", { title: "B", more: undefined });
  await again.addTask("c", { title: "C" });
  for (const file of [path, await again.backup()]) assert.ok(readFileSync(file, "utf8").includes(large), file);
  const state = await new StateManager(folder).load();
  assert.deepEqual([Object.keys(state.tasks), state.tasks["a"]?.status], [["a", "b", "c"], "running"]);
});

test("names that every object has are names like others, and __proto__ is none", async (t) => {
  const manager = new StateManager(folderFor(t));
  await assert.rejects(manager.startPhase("__proto__"), code("UNTORN_INVALID_ARGUMENT"));
  await assert.rejects(manager.startPhase("a\nb"), code("UNTORN_INVALID_ARGUMENT"));
  await assert.rejects(manager.endPhase("__proto__", "x"), code("UNTORN_INVALID_ARGUMENT"));
  assert.equal(await manager.startPhase("constructor"), 1);
  assert.equal(await manager.startPhase("constructor"), 2);
  assert.deepEqual([Object.hasOwn(Object.prototype, "runs"), Object.hasOwn(Object, "runs")], [false, false]);
  await manager.endPhase("constructor", "done");
  assert.equal((await manager.summary()).phases["constructor"], 2);
  const odd = { title: "x", priority: "constructor" as "low" };
  await assert.rejects(manager.addTask("a", odd), code("UNTORN_INVALID"));
});

test("among tasks of one priority the queue decides, then the order of adding", () => {
  const task = (more: Partial<PipelineTask> = {}): PipelineTask => ({
    title: "x",
    status: "pending",
    priority: "medium",
    attempts: 0,
    dependencies: [],
    errors: [],
    created: "",
    updated: "",
    ...more,
  });
  const state = {
    tasks: { a: task(), b: task(), c: task({ priority: 2 }) },
    queue: ["gone", "c", "a"],
  } as unknown as PipelineState;
  assert.equal(nextTask(state)?.id, "c");
  state.queue = [];
  assert.equal(nextTask(state)?.id, "a");
});

test("phases have runs with a bounded history, and notes that are data", async (t) => {
  const folder = folderFor(t);
  const manager = new StateManager(folder);
  for (let run = 1; run <= 25; run += 1) {
    assert.equal(await manager.startPhase("coding"), run);
    await manager.endPhase("coding", "passed", run > 23 ? `run ${run} & $&` : undefined);
  }
  const { history, runs } = (await manager.load()).phases["coding"] ?? { history: [], runs: 0 };
  assert.deepEqual([runs, history.length, history.at(-1)?.result], [25, 20, "passed"]);
  const notes = readFileSync(join(folder, "CODING_STATE.md"), "utf8");
  assert.match(notes, /^# Coding State\n\n## coding\n\n\*\*.*\*\*\n\nrun 24 & \$&\n\n\*\*.*\*\*\n\nrun 25 & \$&\n$/);
  writeFileSync(join(folder, "CODING_STATE.md"), "");
  await assert.rejects(manager.notePhase("coding", "more"), code("UNTORN_CORRUPT"));
  assert.equal(readFileSync(join(folder, "CODING_STATE.md"), "utf8"), "");
  const backup = await manager.backup();
  assert.equal(readFileSync(backup, "utf8"), readFileSync(manager.path, "utf8"));
});

test("two managers lose no update, and a save of an old state is refused", async (t) => {
  const folder = folderFor(t);
  const [one, other] = [new StateManager(folder), new StateManager(folder)];
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 ? one : other).addTask(`t${index}`, { title: "x" })),
  );
  assert.equal(Object.keys((await one.load()).tasks).length, 20);
  const old = await one.load();
  await other.addTask("new", { title: "x" });
  await assert.rejects(
    one.save(old),
    (error: Error) => code("UNTORN_CONFLICT")(error) && /Load it again/.test(error.message),
  );
  const fresh = await one.load();
  fresh.counters["saves"] = 1;
  await one.save(fresh);
  await one.save(fresh);
  assert.deepEqual([(await other.load()).counters, Object.keys((await other.load()).tasks).length], [{ saves: 1 }, 21]);
  await assert.rejects(new StateManager(folder).save(fresh), code("UNTORN_EXISTS"));
});

test("a state that was loaded before another save is old, also where this very manager has loaded or saved since", async (t) => {
  const folder = folderFor(t);
  const [one, other] = [new StateManager(folder), new StateManager(folder)];
  const none = await one.load();
  await one.addTask("a", { title: "a" });
  await assert.rejects(one.save(none), code("UNTORN_EXISTS"));
  for (const [id, since] of [
    ["b", async () => await one.addTask("b", { title: "b" })],
    ["c", async () => void (await other.addTask("c", { title: "c" }), await one.nextTask())],
  ] as const) {
    const old = await one.load();
    await since();
    old.counters["mine"] = 1;
    await assert.rejects(one.save(old), code("UNTORN_CONFLICT"));
    assert.ok(Object.hasOwn((await other.load()).tasks, id), `task ${id} is lost`);
  }
  const fresh = await one.load();
  await one.summary();
  await one.save(fresh);
  await one.save(fresh);
  await one.save({ ...(await one.load()), counters: { mine: 2 } });
  assert.deepEqual((await other.load()).counters, { mine: 2 });
});

test("what counts is the content: a touched file is no conflict, and one that was changed in place is", async (t) => {
  const manager = new StateManager(folderFor(t));
  await manager.addTask("a", { title: "mine" });
  const state = await manager.load();
  utimesSync(manager.path, 1, 1);
  await manager.save(state);
  const { mtime, atime } = statSync(manager.path);
  // In the moment after the save, of the same length, with the old time.
  writeFileSync(manager.path, readFileSync(manager.path, "utf8").replace("mine", "hers"));
  utimesSync(manager.path, atime, mtime);
  await assert.rejects(manager.save(state), code("UNTORN_CONFLICT"));
  const hers = await manager.load();
  assert.equal(hers.tasks["a"]?.title, "hers");
  appendFileSync(manager.path, "\n");
  await assert.rejects(manager.save(hers), code("UNTORN_CONFLICT"), "it only has more");
  rmSync(manager.path);
  await assert.rejects(manager.save(state), code("UNTORN_CONFLICT"));
});

test("a number that JSON cannot say is refused, not saved as null", async (t) => {
  const manager = new StateManager(folderFor(t));
  await manager.addTask("a", { title: "a" });
  const before = readFileSync(manager.path, "utf8");
  const wrong = manager.update(({ metrics }) => void (metrics["rate"] = 0 / 0));
  await assert.rejects(wrong, (error: Error) => code("UNTORN_INVALID")(error) && /metrics\.rate/.test(error.message));
  assert.equal(readFileSync(manager.path, "utf8"), before);
});

test("a pipeline killed at any moment has every task whose save had returned", { timeout: 300_000 }, async (t) => {
  t.diagnostic(`UNTORN_SEED=${seed}`);
  const random = new SeededRandom(seed);
  const folder = folderFor(t);
  const saver = fileURLToPath(new URL("saver.js", import.meta.url));
  const kills = 8 * Number(process.env["UNTORN_EFFORT"] ?? 1);
  let from = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const child = spawn(process.execPath, [saver, folder, String(from)], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (data) => (said += String(data)));
    await once(child.stdout, "data");
    setTimeout(() => child.kill("SIGKILL"), random.below(300));
    await once(child, "close");
    const returned = said.split("\n").slice(0, -1).map(Number);
    const manager = new StateManager(folder);
    const { tasks } = await manager.load();
    assert.equal(manager.recovered, undefined, "a kill damages nothing");
    for (const number of returned) assert.ok(`task-${number}` in tasks, `task ${number} had been saved`);
    from = Object.keys(tasks).length;
  }
  assert.ok(from >= kills);
});
