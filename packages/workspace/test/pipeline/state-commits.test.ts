// Each save is one transaction of the folder's store.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isUntornError } from "untorn";
import { storeIn } from "untorn/store";
import { StateManager } from "../../src/pipeline/index.ts";
import { folderFor } from "../folders.ts";

const code = (wanted: string) => (error: unknown) => isUntornError(error) && error.code === wanted;

test("saves that overlap follow each other, and one that is refused does not stop the next", async (t) => {
  const manager = new StateManager(folderFor(t));
  const state = await manager.load();
  for (let round = 0; round < 20; round += 1) await Promise.all([1, 2, 3].map(() => manager.save(state)));
  const old = { ...state, metrics: { bad: 0 / 0 } };
  const [refused, saved] = await Promise.allSettled([manager.save(old), manager.save(state)]);
  assert.deepEqual([refused?.status, saved?.status], ["rejected", "fulfilled"]);
  await manager.update(({ counters }) => void (counters["n"] = 1));
  await assert.rejects(manager.save(state), code("UNTORN_CONFLICT"));
});

test("a save that is in place and could not be logged is this manager's own", async (t) => {
  const folder = folderFor(t);
  const manager = new StateManager(folder);
  await manager.addTask("a", { title: "a" });
  const state = await manager.load();
  const log = join(folder, ".untorn/changes.jsonl");
  let sabotaged = false;
  Object.defineProperty(state.counters, "n", {
    enumerable: true,
    get() {
      if (!sabotaged) {
        rmSync(log);
        mkdirSync(log);
      }
      sabotaged = true;
      return 1;
    },
  });
  await assert.rejects(manager.save(state), { outcome: "replaced" });
  assert.deepEqual((await new StateManager(folder).load()).counters, { n: 1 });
  rmSync(log, { recursive: true });
  await manager.save(state);
});

test("a state whose save is refused is as it was", async (t) => {
  const folder = folderFor(t);
  const manager = new StateManager(folder);
  await manager.addTask("a", { title: "a" });
  const state = await manager.load();
  await new StateManager(folder).addTask("b", { title: "b" });
  const before = structuredClone(state);
  await assert.rejects(manager.save(state), code("UNTORN_CONFLICT"));
  assert.deepEqual(state, before);
});

test("a state that is a link out of the pipeline's folder is refused, and nothing is changed", async (t) => {
  const [folder, elsewhere] = [folderFor(t), folderFor(t)];
  writeFileSync(join(elsewhere, "state.json"), "{}");
  symlinkSync(join(elsewhere, "state.json"), join(folder, "state.json"));
  const manager = new StateManager(folder);
  for (const call of [manager.load(), manager.addTask("a", { title: "a" })])
    await assert.rejects(call, code("UNTORN_OUTSIDE"));
  assert.equal(readFileSync(join(elsewhere, "state.json"), "utf8"), "{}");
});

test("a change of a program that takes no lock, in the middle of an update, is not lost", async (t) => {
  const manager = new StateManager(folderFor(t));
  await manager.addTask("a", { title: "mine" });
  let runs = 0;
  const state = await manager.update(({ counters }) => {
    runs += 1;
    if (runs === 1) writeFileSync(manager.path, readFileSync(manager.path, "utf8").replace("mine", "hers"));
    counters["runs"] = runs;
  });
  assert.deepEqual([runs, state.tasks["a"]?.title, state.counters["runs"]], [2, "hers", 2]);
  assert.deepEqual(await new StateManager(manager.path.replace(/\/[^/]*$/, "")).load(), state);
});

test("a state is one commit of the folder's store, with its backups and notes", async (t) => {
  const folder = folderFor(t);
  const store = storeIn(folder);
  t.after(() => store.close());
  const manager = new StateManager(folder);
  await manager.addTask("a", { title: "a" });
  await manager.startPhase("coding");
  await manager.endPhase("coding", "passed", "note");
  await manager.backup();
  const { keys } = await store.list();
  assert.deepEqual(
    keys.map((key) => key.replace(/state-.*/, "state-*")),
    ["CODING_STATE.md", "backups/state-*", "state.json"],
  );
  const log = readFileSync(join(folder, ".untorn/changes.jsonl"), "utf8").trim().split("\n");
  assert.equal(log.length, 1 + 5, "each change is a line of the log");
});
