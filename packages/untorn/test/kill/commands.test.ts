import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { inMemory } from "../atomic/support/places.ts";
import { look } from "../atomic/support/scenarios.ts";
import { commandVictims, putFiles } from "./commands.ts";
import type { CommandVictim } from "./commands.ts";
import { buildShim, runUnder, skip } from "./shim.ts";
import type { Ended } from "./shim.ts";

/** The program that is installed as `untorn`, killed and failed from outside at its file calls. */
const binary = fileURLToPath(new URL("../../../../cli/bin/untorn.js", import.meta.url));
/** Every call with UNTORN_EFFORT=2 (`npm run crash`), else so many of each command. */
const effort = Number(process.env["UNTORN_EFFORT"] ?? 1);
const everyCall = effort > 1;
const [killsUsual, faultsUsual] = [2, 1];
/** Which calls are the few: another seed, other calls. */
const seed = Number(process.env["UNTORN_SEED"] ?? 1);
/** errno of Linux, and what the shim does of its own. */
const faults = { ENOSPC: "28", EIO: "5", EDQUOT: "122", short: "short" } as const;

/** A command with what is on disk before it and after it. */
interface Scene {
  readonly victim: CommandVictim;
  readonly template: string;
  readonly calls: number;
  readonly before: string;
  readonly after: string;
}

class Bench {
  readonly shim: string;
  readonly root: string;
  #places = 0;

  constructor(root: string) {
    this.root = root;
    this.shim = buildShim(root);
  }

  untorn(place: string, call: CommandVictim["call"], settings: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const { args, ...input } = call;
    return runUnder(this.shim, [binary, ...args], { UNTORN_SHIM_FOLDER: place, ...settings }, { cwd: place, ...input });
  }

  place(template?: string): string {
    const place = join(this.root, `case-${++this.#places}`);
    if (template === undefined) mkdirSync(place);
    else cpSync(template, place, { recursive: true, preserveTimestamps: true });
    return place;
  }

  /** Prepares a command, and runs it whole. */
  async scene(victim: CommandVictim): Promise<Scene> {
    const template = this.place();
    putFiles(template, victim.files);
    for (const call of victim.first ?? []) {
      const { status, stderr } = await this.untorn(template, call);
      assert.equal(status, 0, `${call.args.join(" ")}: ${stderr}`);
    }
    const place = this.place(template);
    const count = join(this.root, `count-${this.#places}`);
    const { status, stderr } = await this.untorn(place, victim.call, { UNTORN_SHIM_COUNT: count });
    assert.equal(status, 0, `${victim.name}: ${stderr}`);
    for (const [path, text] of Object.entries(victim.proof)) assert.equal(look(place).tree[path], text, path);
    const [old, made] = [stateIn(template), stateIn(place)];
    assert.notEqual(old, made, `${victim.name} changes nothing`);
    return { victim, template, before: old, after: made, calls: Number(readFileSync(count, "utf8")) };
  }

  /** One run that is interfered with, and the folder that it leaves. */
  async interfere(scene: Scene, what: string): Promise<{ ended: Ended; place: string }> {
    const place = this.place(scene.template);
    return { ended: await this.untorn(place, scene.victim.call, { UNTORN_SHIM_DO: what }), place };
  }

  async recover(place: string, context: string): Promise<void> {
    const { status, stdout, stderr } = await this.untorn(place, { args: ["recover", "--apply", "--quiet-for", "0"] });
    assert.equal(status, 0, `${context}: recover --apply: ${stdout}${stderr}`);
    assert.deepEqual(look(place).temps, [], `${context}: left after the recovery`);
  }
}

/** What users see in a folder: all files but untorn's own, without the time of day. A temp of no known name is one of them. */
function stateIn(place: string): string {
  const files = Object.entries(look(place).tree).filter(([path]) => !isOwn(path));
  const text = JSON.stringify(files.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return text.replaceAll(/\d{4}-\d\d-\d\d(T[\d:.]+Z)?/g, "TIME");
}

/** The work folder, and what a transaction or a lock puts beside a file. */
function isOwn(path: string): boolean {
  return path.split("/").some((part) => part === ".untorn" || /^\..*\.untorn\./.test(part));
}

/** `count` of the numbers 1 to `calls`, one in each equal part; which one, the seed says. */
function chosen(calls: number, count: number, offset: number): number[] {
  const wanted = everyCall ? calls : Math.min(calls, count);
  const within = everyCall ? 0 : (((seed + offset) * 7) % 10) / 10;
  return Array.from({ length: wanted }, (_, index) => 1 + Math.floor(((index + within) * calls) / wanted));
}

/** Two at a time: the machine has more to do. All are tried; then what went wrong is told together. */
async function each<T>(items: readonly T[], action: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const problems: string[] = [];
  const worker = async (): Promise<void> => {
    for (const item of queue) await action(item).catch((error: Error) => problems.push(error.message));
  };
  await Promise.all([worker(), worker()]);
  assert.deepEqual(problems, []);
}

async function scenes(bench: Bench): Promise<Scene[]> {
  const found: Scene[] = [];
  await each(commandVictims, async (victim) => found.push(await bench.scene(victim)));
  for (const { victim, calls } of found) assert.ok(calls >= 3 && calls < 600, `${victim.name}: ${calls} calls`);
  return found;
}

async function killOne(bench: Bench, scene: Scene, at: number): Promise<boolean> {
  const { ended, place } = await bench.interfere(scene, `kill/${at}`);
  const context = `${scene.victim.name}, killed before call ${at} of ${scene.calls}`;
  const known = [scene.before, scene.after];
  // A command that changes one file needs no recovery to be whole.
  if (scene.victim.many !== true) assert.ok(known.includes(stateIn(place)), `${context}: ${stateIn(place)}`);
  if (ended.signal === null) assert.deepEqual([ended.status, stateIn(place)], [0, scene.after], context);
  if (everyCall || scene.victim.many === true) await bench.recover(place, context);
  assert.ok(known.includes(stateIn(place)), `${context}, recovered: ${stateIn(place)}`);
  rmSync(place, { recursive: true });
  return ended.signal === "SIGKILL";
}

async function failOne(bench: Bench, scene: Scene, name: string, what: string, at: number): Promise<void> {
  const { ended, place } = await bench.interfere(scene, `${what}/${at}`);
  const context = `${scene.victim.name}, call ${at} of ${scene.calls}, ${name}: ${ended.stderr}`;
  assert.equal(ended.signal, null, context);
  const found = stateIn(place);
  if (ended.status === 0) assert.equal(found, scene.after, context);
  // The usage of the file commands says: 1, nothing is changed; 3, failed at or after the replace.
  else if (scene.victim.many !== true) assert.equal(found, ended.status === 3 ? scene.after : scene.before, context);
  else {
    await bench.recover(place, context);
    assert.ok([scene.before, scene.after].includes(stateIn(place)), `${context}: ${stateIn(place)}`);
  }
  rmSync(place, { recursive: true });
}

describe("the commands, file call by file call", { skip }, () => {
  let bench: Bench;
  let all: Scene[];
  let root: string;
  before(async () => {
    root = realpathSync(mkdtempSync(join(inMemory(), "untorn-test-")));
    bench = new Bench(root);
    all = await scenes(bench);
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  test("killed before each of its file calls, a command leaves all old or all new", async (t) => {
    let kills = 0;
    const cases = all.flatMap((scene, index) => chosen(scene.calls, killsUsual, index).map((at) => ({ scene, at })));
    await each(cases, async ({ scene, at }) => {
      if (await killOne(bench, scene, at)) kills += 1;
    });
    // A run may make a call less than the one that was counted.
    assert.ok(kills > cases.length * 0.9, `only ${kills} of ${cases.length} were killed`);
    const lines = all.map(({ victim, calls }) => `${victim.name}: ${calls} calls`);
    t.diagnostic(`${kills} kills of commands: ${lines.join("; ")}`);
  });

  test("whichever file call fails, a command's exit status tells what is on disk", async (t) => {
    const kinds = Object.entries(faults);
    const cases = all.flatMap((scene, index) =>
      chosen(scene.calls, faultsUsual, index).flatMap((at) => {
        // One kind of failure for each call, in turn; with UNTORN_EFFORT=8 all kinds at each.
        const some = effort >= 8 ? kinds : [kinds[(at + seed) % kinds.length] as [string, string]];
        return some.map(([name, what]) => ({ scene, at, name, what }));
      }),
    );
    await each(cases, ({ scene, at, name, what }) => failOne(bench, scene, name, what, at));
    t.diagnostic(`${cases.length} failing calls of commands: ${Object.keys(faults).join(", ")}`);
  });
});
