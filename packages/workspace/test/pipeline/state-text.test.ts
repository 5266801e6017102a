import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { isUntornError } from "untorn";
import { SeededRandom } from "untorn/testing";
import { StateManager } from "../../src/pipeline/index.ts";
import type { PipelineState, PipelineTask } from "../../src/pipeline/index.ts";
import { emptyState } from "../../src/pipeline/pipeline-state.ts";
import { StateText } from "../../src/pipeline/state-text.ts";
import { folderFor } from "../folders.ts";

const code = (wanted: string) => (error: unknown) => isUntornError(error) && error.code === wanted;
const seed = Number(process.env["UNTORN_SEED"] ?? Date.now() % 1_000_000);

function task(number: number): PipelineTask {
  return {
    title: `Part ${number} of “ün\nwhole”`,
    status: "pending",
    priority: number % 5,
    attempts: 0,
    dependencies: number === 0 ? [] : [`task-${number - 1}`],
    errors: [],
    created: "2026-01-17T10:17:00.000Z",
    updated: "2026-01-17T10:17:00.000Z",
  };
}

function stateOf(count: number): PipelineState {
  const state = emptyState("a run", "2026-01-17T10:17:00.000Z");
  for (let number = 0; number < count; number += 1) state.tasks[`task-${number}`] = task(number);
  return state;
}

function made(text: StateText, state: PipelineState): { changed: readonly string[] | undefined; content: string } {
  const changed = text.changed(state);
  return { changed, content: Buffer.from(text.content(state, changed)).toString() };
}

const plain = (state: PipelineState): string => `${JSON.stringify(state, null, 2)}\n`;

/** A text that knows the state: it has made it twice. */
function knowing(state: PipelineState): StateText {
  const text = new StateText();
  made(text, state);
  made(text, state);
  return text;
}

class Told {
  readonly title = "a task of a class";
  toJSON(key: string): unknown {
    return { ...task(1), title: key };
  }
}

/** Never the same twice. */
let count = 0;
const another = (): string => `${["plain", "mit Ü", '"\\\u2028', "\ud800", "🜁"][count % 5] ?? ""} ${(count += 1)}`;

/** Ways to change a task in place, each of which changes what JSON says of it; those that need another come after it. */
const changes: Readonly<Record<string, (task: PipelineTask) => void>> = {
  status: (each) => (each.status = each.status === "running" ? "completed" : "running"),
  attempts: (each) => (each.attempts += 1),
  title: (each) => (each.title = another()),
  error: (each) => each.errors.push(another()),
  "error replaced": (each) => (each.errors[0] = another()),
  "no error": (each) => (each.errors.length = 0),
  nested: (each) => (each["result"] = { files: [{ path: "a", lines: (count += 1) }], braces: "\n    }" }),
  "deep inside": (each) => ((each["result"] as { files?: object[] } | undefined)?.files ?? []).push({}),
  "a member moved to the end": (each) => {
    const { title } = each;
    Reflect.deleteProperty(each, "title");
    each.title = title;
  },
  "a member more": (each) => (each[another()] = 1),
  "a member by another name": (each) => {
    const last = lastMember(each);
    const value = each[last];
    Reflect.deleteProperty(each, last);
    each[another()] = value;
  },
  "the last member inherited": (each) => {
    const last = lastMember(each);
    const value = each[last];
    Reflect.deleteProperty(each, last);
    Object.setPrototypeOf(each, { [last]: value });
  },
  "no longer inherited": (each) => Object.setPrototypeOf(each, Object.prototype),
  "one less": (each) => Reflect.deleteProperty(each, lastMember(each)),
  "a member that is not written": (each) => (each["none"] = each["none"] === undefined ? null : undefined),
  "a list with holes": (each) => (each["list"] = Object.assign([], { 0: (count += 1), 2: Number.NaN, 3: () => 1 })),
  "a date": (each) => (each["when"] = new Date((count += 1))),
  "a date that is moved": (each) => each["when"] instanceof Date && each["when"].setFullYear(2100 + (count += 1)),
  "its own way": (each) => {
    const said = (count += 1);
    each["own"] = { toJSON: () => said };
  },
  "a list's own way": (each) => {
    const said = [another()];
    Object.assign(each.errors, { toJSON: () => said });
  },
  "sixty levels": (each) => {
    let inner: Record<string, unknown> = { count: (count += 1) };
    for (let level = 0; level < 60; level += 1) inner = { inner };
    each["deep"] = inner;
  },
  "the deepest": (each) => {
    let inner = each["deep"] as Record<string, unknown> | undefined;
    while (inner?.["inner"] !== undefined) inner = inner["inner"] as Record<string, unknown>;
    if (inner !== undefined) inner["count"] = count += 1;
  },
};

function lastMember(each: PipelineTask): string {
  return Object.keys(each).at(-1) ?? "";
}

/** Ways to change which tasks there are, and what is around them. */
const others: Readonly<Record<string, (state: PipelineState, random: SeededRandom) => unknown>> = {
  added: (state) => (state.tasks[another()] = task((count += 1))),
  "added in front": (state) => (state.tasks[String((count += 1))] = task(1)),
  removed: (state, random) => Reflect.deleteProperty(state.tasks, idIn(state, random)),
  "the last removed": (state) => Reflect.deleteProperty(state.tasks, Object.keys(state.tasks).at(-1) ?? ""),
  "of a class": (state, random) => (state.tasks[idIn(state, random)] = new Told() as unknown as PipelineTask),
  "not written": (state, random) => (state.tasks[idIn(state, random)] = { ...task(1), toJSON: () => undefined }),
  "written as a number": (state, random) => (state.tasks[idIn(state, random)] = { ...task(1), toJSON: () => 5 }),
  "in another order": (state) => (state.tasks = Object.fromEntries(Object.entries(state.tasks).toReversed())),
  "by another id": (state, random) => {
    const renamed = idIn(state, random);
    const entries = Object.entries(state.tasks).map(([id, each]) => [id === renamed ? another() : id, each] as const);
    state.tasks = Object.fromEntries(entries);
  },
  copied: (state) => (state.tasks = copied(state.tasks)),
  phases: (state) => (state.phases["build"] = { runs: (count += 1), history: [{ run: 1, started: "now" }] }),
  "a member called tasks": (state) => (state.patterns["x"] = { tasks: {}, more: { tasks: {} } }),
  "the state says itself": (state) => (state["toJSON"] = () => ({ tasks: "none" })),
  "the state no longer does": (state) => Reflect.deleteProperty(state, "toJSON"),
};

function copied(tasks: PipelineState["tasks"]): PipelineState["tasks"] {
  return JSON.parse(JSON.stringify(tasks)) as PipelineState["tasks"];
}

function idIn(state: PipelineState, random: SeededRandom): string {
  const ids = Object.keys(state.tasks);
  return ids[random.below(ids.length)] ?? "";
}

function oneOf<T>(ways: Readonly<Record<string, T>>, random: SeededRandom): readonly [string, T] {
  const entries = Object.entries(ways);
  return entries[random.below(entries.length)] as [string, T];
}

test("what is made of earlier text is what JSON.stringify makes, whatever was changed and how", (t) => {
  t.diagnostic(`UNTORN_SEED=${seed}`);
  const random = new SeededRandom(seed);
  let patched = 0;
  for (let run = 0; run < 12; run += 1) {
    const state = stateOf(230);
    const text = new StateText();
    const done: string[] = [];
    for (let save = 0; save < 60; save += 1) {
      for (let times = random.below(4); times > 0; times -= 1) {
        // The same few again and again: of one that is changed a second time something is known.
        const id = `task-${random.below(5) * 50}`;
        const [name, change] = oneOf(changes, random);
        const each = state.tasks[id];
        if (each !== undefined && Array.isArray(each.errors)) change(each);
        done.push(`${name} (${id})`);
      }
      if (random.below(6) === 0) {
        const [name, change] = oneOf(others, random);
        change(state, random);
        done.push(name);
      }
      const { changed, content } = made(text, state);
      if (changed !== undefined) patched += 1;
      assert.ok(content === plain(state), `run ${run}, save ${save}: ${done.slice(-6).join(", ")}`);
    }
  }
  // Some seeds change what is around the tasks early, and then all of it is made anew.
  assert.ok(patched > 50, `${patched} contents were made of earlier text`);
});

test("each way to change one task, or what is around the tasks, is seen by itself", () => {
  for (const [name, change] of Object.entries(changes)) {
    const state = stateOf(250);
    const each = state.tasks["task-100"] as PipelineTask;
    for (const before of ["error", "nested", "a date", "sixty levels"]) changes[before]?.(each);
    const text = knowing(state);
    change(each);
    const { changed, content } = made(text, state);
    assert.ok(changed !== undefined && changed.length <= 1, name);
    assert.ok(content === plain(state), name);
  }
  const random = new SeededRandom(1);
  for (const [name, change] of Object.entries(others)) {
    const state = stateOf(250);
    const text = knowing(state);
    change(state, random);
    for (const save of ["the first", "the second", "the third"]) {
      assert.ok(made(text, state).content === plain(state), `${name}, ${save} save after it`);
      state.counters["saves"] = (state.counters["saves"] ?? 0) + 1;
    }
  }
});

test("only what changed is told as changed, in place or as another object of the same value", () => {
  const state = stateOf(300);
  const text = knowing(state);
  assert.deepEqual(made(text, state).changed, []);
  state.tasks = copied(state.tasks);
  (state.tasks["task-299"] as PipelineTask).errors.push("x");
  (state.tasks["task-0"] as PipelineTask).status = "running";
  state.tasks["new"] = task(7);
  assert.deepEqual(made(text, state).changed, ["task-0", "task-299", "new"]);
  assert.deepEqual(made(text, state).changed, []);
  Reflect.deleteProperty(state.tasks, "task-5");
  assert.equal(made(text, state).changed, undefined);
});

test("a task that is deeper than a copy is made is written anew each time", () => {
  const state = stateOf(300);
  // JSON.stringify takes some 4,000 levels, and a copy as deep needs more of the stack than that.
  changes["sixty levels"]?.(state.tasks["task-7"] as PipelineTask);
  const text = knowing(state);
  for (const save of ["third", "fourth"]) assert.deepEqual(made(text, state).changed, ["task-7"], `${save} save`);
});

test("text that cannot be made leaves what is known as it was", () => {
  const state = stateOf(300);
  const text = knowing(state);
  const [first, second] = [state.tasks["task-1"] as PipelineTask, state.tasks["task-2"] as PipelineTask];
  first.attempts = 3;
  second["big"] = 1n;
  assert.throws(() => made(text, state), TypeError);
  second["big"] = 1;
  const { changed, content } = made(text, state);
  assert.deepEqual(changed, ["task-1", "task-2"]);
  assert.ok(content === plain(state));
});

test("a task that became invalid in place is refused at any save, and the file stays", async (t) => {
  const folder = folderFor(t);
  const manager = new StateManager(folder, { generations: 0 });
  const state = Object.assign(await manager.load(), { tasks: stateOf(300).tasks });
  const each = state.tasks["task-150"] as PipelineTask;
  const wrong: Partial<PipelineTask> = { status: "odd" as "running", attempts: 0.5, title: 1 as unknown as string };
  for (let save = 0; save < 5; save += 1) {
    await manager.save(state);
    const bytes = readFileSync(manager.path, "utf8");
    assert.equal(bytes, plain(state));
    for (const [member, value] of Object.entries(wrong)) {
      const right = each[member];
      each[member] = value;
      await assert.rejects(manager.save(state), code("UNTORN_INVALID"), `${member} at save ${save}`);
      each[member] = right;
    }
    state.tasks["late"] = { title: "no more" } as PipelineTask;
    await assert.rejects(manager.save(state), code("UNTORN_INVALID"));
    Reflect.deleteProperty(state.tasks, "late");
    assert.equal(readFileSync(manager.path, "utf8"), bytes);
    each.attempts += 1;
  }
});

test("a manager that knows the text still notices what others write, and saves what it then loads", async (t) => {
  const folder = folderFor(t);
  const manager = new StateManager(folder, { generations: 0 });
  const state = Object.assign(await manager.load(), { tasks: stateOf(300).tasks });
  for (let save = 0; save < 3; save += 1) await manager.save(state);
  const foreign = readFileSync(manager.path, "utf8").replace('"attempts": 0', '"attempts": 7');
  writeFileSync(manager.path, foreign);
  await assert.rejects(manager.save(state), code("UNTORN_CONFLICT"));
  assert.equal(readFileSync(manager.path, "utf8"), foreign);
  await manager.updateTask("task-9", { status: "running" });
  const now = JSON.parse(readFileSync(manager.path, "utf8")) as PipelineState;
  assert.deepEqual([now.tasks["task-0"]?.attempts, now.tasks["task-9"]?.status], [7, "running"]);
});
