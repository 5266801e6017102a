import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { look } from "../atomic/support/scenarios.ts";
import { contentsIn, foldersIn, namesIn, seenContents, stateIn } from "./command-folder.ts";
import { CommandRunner } from "./command-runner.ts";
import { assertState, besides, outcomeOf, succeeded } from "./command-verdict.ts";
import { line, putFiles } from "./command-victim.ts";
import type { Call, CommandVictim } from "./command-victim.ts";
import { buildShim, runUnder } from "./shim.ts";
import type { Ended } from "./shim.ts";

/** The program that is installed as `untorn`, killed from outside at its file calls. */
const binary = fileURLToPath(new URL("../../../../cli/bin/untorn.js", import.meta.url));

/** A command with what is on disk before it and after it. */
export interface Scene {
  readonly victim: CommandVictim;
  readonly template: string;
  /** How many file calls the command makes in a process of its own, and in one that has carried it out before. */
  readonly calls: number;
  readonly warmCalls: number;
  readonly before: string;
  /** What a kill may leave besides. */
  readonly between: readonly string[];
  readonly after: string;
  /** All names before and after. */
  readonly names: readonly [before: string, after: string];
  /** The folders that are there before and after, and those that are there before or after. */
  readonly folders: { readonly both: ReadonlySet<string>; readonly either: ReadonlySet<string> };
  /** What was in the files before and is somewhere afterwards, in the file, in quarantine or among the earlier contents. */
  readonly kept: readonly string[];
}

/** What a call is made to do, and which. */
export interface Fault {
  readonly name: string;
  readonly what: string;
  readonly at: number;
}

export class CommandBench {
  readonly #shim: string;
  readonly #root: string;
  readonly #runners: readonly CommandRunner[];
  #places = 0;

  private constructor(root: string, shim: string, runners: readonly CommandRunner[]) {
    this.#root = root;
    this.#shim = shim;
    this.#runners = runners;
  }

  static start(root: string): CommandBench {
    const shim = buildShim(root);
    return new CommandBench(
      root,
      shim,
      [1, 2].map(() => new CommandRunner(shim, root)),
    );
  }

  end(): void {
    for (const runner of this.#runners) runner.end();
  }

  /** Two at a time: the machine has more to do. All are tried; then what went wrong is told together. */
  async each<T>(items: readonly T[], action: (item: T, runner: CommandRunner) => Promise<unknown>): Promise<void> {
    const queue = items.values();
    const problems: string[] = [];
    const work = async (runner: CommandRunner): Promise<void> => {
      for (const item of queue) await action(item, runner).catch((error: Error) => problems.push(error.message));
    };
    await Promise.all(this.#runners.map(work));
    assert.deepEqual(problems, []);
  }

  async scenes(victims: readonly CommandVictim[]): Promise<Scene[]> {
    const found: Scene[] = [];
    await this.each(victims, async (victim, runner) => found.push(await this.#scene(runner, victim)));
    for (const { victim, calls } of found) assert.ok(calls >= 2 && calls < 1000, `${victim.name}: ${calls} calls`);
    return found.toSorted((a, b) => victims.indexOf(a.victim) - victims.indexOf(b.victim));
  }

  /** Prepares a command, and runs it whole: in a process of its own and in ours. */
  async #scene(runner: CommandRunner, victim: CommandVictim): Promise<Scene> {
    const template = this.#place();
    putFiles(template, victim.files);
    for (const call of victim.first ?? []) {
      const context = `${victim.name}: ${call.args.join(" ")}`;
      if (call.dies === true) assert.equal((await this.#alone(template, call, {})).signal, "SIGKILL", context);
      else succeeded(await runner.run(template, call), context);
    }
    const place = this.#place(template);
    const count = join(this.#root, `count-${this.#places}`);
    const whole = await this.#alone(place, victim.call, { UNTORN_SHIM_COUNT: count });
    if (victim.finds !== true) succeeded(whole, victim.name);
    for (const [path, text] of Object.entries(victim.proof ?? {}))
      assert.equal(look(place).tree[path], text, `${victim.name}: ${path}`);
    const [old, made] = [stateIn(template), stateIn(place)];
    if (victim.changesNothing === true) assert.equal(made, old, victim.name);
    else assert.notEqual(made, old, `${victim.name} changes nothing`);
    const warm = this.#place(template);
    const { calls: warmCalls } = await runner.run(warm, asJson(victim.call));
    assertState(warm, [made], `${victim.name}, done twice`);
    const [foldersBefore, foldersAfter] = [foldersIn(template), foldersIn(place)];
    const contents = contentsIn(place);
    return {
      victim,
      template,
      before: old,
      between: victim.between === undefined ? [] : [besides(old, victim.between)],
      after: made,
      calls: Number(readFileSync(count, "utf8")),
      warmCalls,
      names: [namesIn(template), namesIn(place)],
      folders: {
        both: new Set([...foldersBefore].filter((path) => foldersAfter.has(path))),
        either: new Set([...foldersBefore, ...foldersAfter]),
      },
      kept: [...seenContents(template)].filter((text) => contents.has(text)),
    };
  }

  /** Kills the command before one of its file calls, and looks at what is there. Whether it came that far. */
  async killOne(runner: CommandRunner, scene: Scene, at: number): Promise<boolean> {
    const place = this.#place(scene.template);
    const { victim } = scene;
    const ended = await this.#alone(place, victim.call, { UNTORN_SHIM_DO: `kill/${at}` });
    const context = `${victim.name}, killed before call ${at} of ${scene.calls}`;
    // A command that changes one file needs no recovery to be whole.
    if (victim.many !== true && victim.changesNothing !== true)
      assertState(place, [scene.before, scene.after, ...scene.between], context);
    if (ended.signal === null) {
      assert.ok(ended.status === 0 || victim.finds === true, `${context}: ${ended.stderr}`);
      assertState(place, [scene.after], context);
    }
    await this.#recover(runner, scene, { place, context });
    await this.#goOn(runner, scene, { place, context });
    rmSync(place, { recursive: true });
    return ended.signal === "SIGKILL";
  }

  /** Fails one file call of the command, and looks whether what it says is so. */
  async failOne(runner: CommandRunner, scene: Scene, { name, what, at }: Fault): Promise<void> {
    const place = this.#place(scene.template);
    const { victim } = scene;
    const { status, stdout, stderr } = await runner.run(place, asJson(victim.call), { what, at });
    const context = `${victim.name}, call ${at} of ${scene.warmCalls}, ${name}: ${status} ${stderr}`;
    const done = status === 0 || (victim.finds === true && stderr === "");
    const outcome = status === 0 ? "replaced" : done ? "unknown" : outcomeOf(stderr, context);
    if (victim.leftOut?.test(stdout + stderr) === true) return this.#partOfIt(scene, { place, context });
    // What it tried out in a folder of its own may be left there, for the recovery.
    const atOnce = victim.changesNothing !== true;
    if (outcome === "unchanged" && atOnce) assertState(place, [scene.before, ...scene.between], context);
    // One file that was replaced is there at once; several are brought to their end by whoever comes next.
    if (atOnce && (status === 0 || (outcome === "replaced" && victim.many !== true)))
      assertState(place, [scene.after], context);
    // Where nothing is left there is nothing to recover.
    const names = outcome === "unchanged" ? scene.names[0] : scene.names[1];
    const clean = atOnce && (status === 0 || outcome === "unchanged") && namesIn(place) === names;
    if (!clean) await this.#recover(runner, scene, { place, context }, true);
    // Where there is a state in between, the command's first file may be what the error is about.
    if (outcome === "replaced") assertState(place, [scene.after, ...scene.between], `${context}, recovered`);
    await this.#goOn(runner, scene, { place, context });
    rmSync(place, { recursive: true });
  }

  /** Files were left out, and the command has said so: each file that was there is old or new by itself. */
  #partOfIt({ before, after }: Scene, { place, context }: Case): void {
    const known = [before, after].flatMap((state) =>
      (JSON.parse(state) as [string, string][]).map((file) => JSON.stringify(file)),
    );
    const names = (JSON.parse(before) as [string, string][]).map(([path]) => path);
    const there = (JSON.parse(stateIn(place)) as [string, string][]).filter(([path]) => names.includes(path));
    assert.equal(there.length, names.length, context);
    const other = there.filter((file) => !known.includes(JSON.stringify(file)));
    assert.deepEqual(other, [], context);
    rmSync(place, { recursive: true });
  }

  /** After `untorn recover --apply` all is old or new, and nothing is left behind or lost. The temps of a writer that lives are its own. */
  async #recover(runner: CommandRunner, scene: Scene, { place, context }: Case, writerLives = false): Promise<void> {
    const { victim } = scene;
    const recovered = await runner.run(place, victim.recovery ?? line("recover --apply --quiet-for 0"));
    if (victim.corrupt !== true) succeeded(recovered, `${context}: recover --apply`);
    assertState(place, [scene.before, scene.after, ...scene.between], `${context}, recovered`);
    if (!writerLives) assert.deepEqual(look(place).temps, [], `${context}: left after the recovery`);
    const [folders, contents] = [foldersIn(place), contentsIn(place)];
    assert.deepEqual(
      [...folders].filter((path) => !scene.folders.either.has(path)),
      [],
      `${context}: folders nobody made`,
    );
    assert.deepEqual(
      [...scene.folders.both].filter((path) => !folders.has(path)),
      [],
      `${context}: folders that are gone`,
    );
    assert.deepEqual(
      scene.kept.filter((text) => !contents.has(text)),
      [],
      `${context}: contents that are lost`,
    );
  }

  /** Whoever comes next can do what was not done: nothing is wedged. */
  async #goOn(runner: CommandRunner, scene: Scene, { place, context }: Case): Promise<void> {
    const { victim } = scene;
    if (victim.next !== undefined) return succeeded(await runner.run(place, victim.next), `${context}, next`);
    if (stateIn(place) === scene.after && victim.changesNothing !== true) return;
    const again = await runner.run(place, victim.call);
    if (victim.finds !== true) succeeded(again, `${context}, once more`);
    assertState(place, [scene.after], `${context}, once more`);
  }

  #place(template?: string): string {
    const place = join(this.#root, `case-${++this.#places}`);
    if (template === undefined) mkdirSync(place);
    else cpSync(template, place, { recursive: true, preserveTimestamps: true });
    return place;
  }

  #alone(place: string, { args, input }: Call, settings: NodeJS.ProcessEnv): Promise<Ended> {
    const env = { UNTORN_SHIM_FOLDER: place, ...settings };
    return runUnder(this.#shim, [binary, ...args], env, { cwd: place, ...(input !== undefined && { input }) });
  }
}

interface Case {
  readonly place: string;
  readonly context: string;
}

function asJson({ args, ...input }: Call): Call {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  return { args: [...args.slice(0, end), "--json", ...args.slice(end)], ...input };
}
