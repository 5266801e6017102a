// A state file that is corrupt, lost or of a newer program.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { history, isUntornError, lock, writeFile } from "untorn";
import { StateManager } from "../../src/pipeline/index.ts";
import { folderFor } from "../folders.ts";

const code = (wanted: string) => (error: unknown) => isUntornError(error) && error.code === wanted;
test("a corrupt or lost state is put back from the newest whole generation, never taken for empty", async (t) => {
  for (const damage of ["", "\0\0\0", '{"version": 1, "tasks"', undefined]) {
    const folder = folderFor(t);
    const manager = new StateManager(folder, { generationEveryMs: 0 });
    for (const id of ["a", "b", "c"]) await manager.addTask(id, { title: id });
    if (damage === undefined) rmSync(manager.path);
    else writeFileSync(manager.path, damage);
    const again = new StateManager(folder, { generationEveryMs: 0 });
    await again.addTask("d", { title: "d" });
    assert.equal(again.recovered?.tasks, 2);
    assert.deepEqual(Object.keys((await manager.load()).tasks), ["a", "b", "d"], `${damage}`);
    const aside = readdirSync(join(folder, ".untorn"), { recursive: true }).filter((name) =>
      String(name).includes("quarantine"),
    );
    if (damage?.includes('"tasks"') === true) assert.ok(aside.length > 1, "the corrupt bytes are kept");
    const kept = again.recovered?.kept;
    assert.equal(kept, damage ? join(folder, ".untorn", "quarantine") : undefined);
    if (kept === undefined) continue;
    const texts = readdirSync(kept).map((name) => readFileSync(join(kept, name), "utf8"));
    assert.ok(texts.includes(damage ?? ""), "they are where it says");
  }
});

test("JSON that is no state is refused with its place, by reads and writes, and stays as it is", async (t) => {
  for (const [change, problem] of [
    [() => "[]", /is not an object/],
    [() => '{"version":1}', /updated is not text/],
    [(text: string) => text.replace('"pending"', '"paused"'), /task a has a status besides/],
  ] as const) {
    const folder = folderFor(t);
    const manager = new StateManager(folder, { generationEveryMs: 0 });
    for (const id of ["a", "b", "c"]) await manager.addTask(id, { title: id });
    const edited = change(readFileSync(manager.path, "utf8"));
    writeFileSync(manager.path, edited);
    const again = new StateManager(folder);
    for (const call of [again.summary(), again.addTask("d", { title: "d" })]) {
      await assert.rejects(call, (error: Error) => code("UNTORN_CORRUPT")(error) && problem.test(error.message));
    }
    assert.equal(again.recovered, undefined);
    assert.equal(readFileSync(manager.path, "utf8"), edited);
  }
});

test("a byte order mark is no damage", async (t) => {
  const folder = folderFor(t);
  const manager = new StateManager(folder, { generationEveryMs: 0 });
  for (const id of ["a", "b"]) await manager.addTask(id, { title: id });
  writeFileSync(manager.path, `\uFEFF${readFileSync(manager.path, "utf8")}`);
  const again = new StateManager(folder);
  await again.addTask("c", { title: "c" });
  assert.equal(again.recovered, undefined);
  assert.deepEqual(Object.keys((await manager.load()).tasks), ["a", "b", "c"]);
});

test("what puts a state back drops no generation, passes over what is no state, and waits for who is at work", async (t) => {
  const manager = new StateManager(folderFor(t), { generationEveryMs: 0 });
  for (const id of ["a", "b", "c"]) await manager.addTask(id, { title: id });
  const whole = readFileSync(manager.path, "utf8");
  // Whole as JSON, so it is kept as a generation; but no state.
  for (const text of ['{"version": 1}', '{"version": 1, "more": "[]"}'])
    await writeFile(manager.path, text, { generations: 10 });
  writeFileSync(manager.path, '{"torn');
  const before = (await history(manager.path)).generations.length;
  const held = await lock(manager.path);
  const loading = manager.load();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(readFileSync(manager.path, "utf8"), '{"torn', "it was put back under somebody's lock");
  await held.release();
  assert.deepEqual(Object.keys((await loading).tasks), ["a", "b", "c"]);
  assert.equal(manager.recovered?.tasks, 3);
  assert.equal(readFileSync(manager.path, "utf8"), whole);
  assert.equal((await history(manager.path)).generations.length, before);
  const quarantine = join(manager.path, "../.untorn/quarantine");
  const aside = readdirSync(quarantine, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = aside.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
  assert.ok(texts.includes('{"torn'), "the corrupt bytes are kept");
});

test("a recovery keeps more generations than a save does, if there are more", async (t) => {
  const folder = folderFor(t);
  const manager = new StateManager(folder, { generationEveryMs: 0 });
  for (const id of ["a", "b", "c", "d", "e"]) await manager.addTask(id, { title: id });
  const before = (await history(manager.path)).generations.length;
  writeFileSync(manager.path, "torn");
  const again = new StateManager(folder, { generations: 1 });
  const state = await again.load();
  assert.equal((await history(manager.path)).generations.length, before);
  await again.save(state);
  assert.equal(again.recovered?.tasks, 4, "a save does not make the recovery forgotten");
  await again.load();
  assert.equal(again.recovered, undefined);
});

test("of two calls at once one recovers the state, and both are told", async (t) => {
  const folder = folderFor(t);
  const manager = new StateManager(folder, { generationEveryMs: 0 });
  for (const id of ["a", "b"]) await manager.addTask(id, { title: id });
  writeFileSync(manager.path, "\u001b[31mtorn");
  const again = new StateManager(folder);
  await Promise.all([again.summary(), again.nextTask()]);
  assert.equal(again.recovered?.tasks, 1);
  assert.ok(!again.recovered.problem.includes("\u001b"), "it can be printed");
});

test("where there is no folder there is no pipeline, and it says how to make one", async (t) => {
  const manager = new StateManager(join(folderFor(t), "none"));
  assert.deepEqual((await manager.load()).tasks, {});
  for (const call of [manager.addTask("a", { title: "a" }), manager.notePhase("a", "b"), manager.backup()])
    await assert.rejects(
      call,
      (error: Error) => code("UNTORN_NOT_FOUND")(error) && /no pipeline here/.test(error.message),
    );
});

test("a generation is kept by the first save, and then no more often than asked for", async (t) => {
  const folder = folderFor(t);
  for (const [index, every] of [60_000, 0].entries()) {
    const manager = new StateManager(folder, { generationEveryMs: every });
    for (const id of ["a", "b", "c"]) await manager.addTask(`${index}${id}`, { title: id });
    assert.equal((await history(manager.path)).generations.length, [1, 4][index]);
  }
});

test("where no generation is whole, it is refused and nothing is changed", async (t) => {
  const folder = folderFor(t);
  const manager = new StateManager(folder, { generations: 0 });
  await manager.addTask("a", { title: "a" });
  const torn = readFileSync(manager.path, "utf8").slice(0, 100);
  writeFileSync(manager.path, torn);
  for (const call of [manager.load(), manager.addTask("b", { title: "b" }), manager.summary()]) {
    await assert.rejects(call, code("UNTORN_CORRUPT"));
  }
  assert.equal(readFileSync(manager.path, "utf8"), torn);
});

test("a state of a newer program is neither read nor replaced", async (t) => {
  const folder = folderFor(t);
  const manager = new StateManager(folder);
  await manager.addTask("a", { title: "a" });
  await manager.addTask("c", { title: "c" });
  const newer = readFileSync(manager.path, "utf8").replace('"version": 1', '"version": 2');
  // What is new in it may not fit what this program knows.
  for (const text of [newer, newer.replace('"pending"', '"paused"'), '{"version": 3}']) {
    writeFileSync(manager.path, text);
    for (const call of [manager.addTask("b", { title: "b" }), manager.load()])
      await assert.rejects(call, code("UNTORN_NEWER"));
    assert.equal(readFileSync(manager.path, "utf8"), text);
  }
});

test("where the newest generation is a newer program's, it is refused and nothing is changed", async (t) => {
  const manager = new StateManager(folderFor(t), { generationEveryMs: 0 });
  await manager.addTask("a", { title: "a" });
  const newer = readFileSync(manager.path, "utf8").replace('"version": 1', '"version": 2');
  await writeFile(manager.path, newer, { generations: 10 });
  await writeFile(manager.path, newer.replace('"a"', '"aa"'), { generations: 10 });
  writeFileSync(manager.path, "{");
  for (const call of [manager.addTask("b", { title: "b" }), manager.load()])
    await assert.rejects(call, code("UNTORN_NEWER"));
  assert.equal(readFileSync(manager.path, "utf8"), "{");
});
