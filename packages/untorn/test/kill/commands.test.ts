import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { inMemory } from "../atomic/support/places.ts";
import { CommandBench } from "./command-bench.ts";
import type { Scene } from "./command-bench.ts";
import { commandVerbs } from "./command-verbs.ts";
import { commandVictims, withoutVictim } from "./commands.ts";
import { faults } from "./shim-control.ts";
import { skip } from "./shim.ts";

/** Every call with UNTORN_EFFORT=2 (`npm run crash`), else so many of each command. */
const everyCall = Number(process.env["UNTORN_EFFORT"] ?? 1) > 1;
const [killsUsual, faultsUsual] = [1, 2];
/** Only the commands whose names begin so: `UNTORN_COMMANDS="item|patch"`. */
const only = new RegExp(`^(?:${process.env["UNTORN_COMMANDS"] ?? ""})`);
/** Which calls are the few: another seed, other calls. */
const seed = Number(process.env["UNTORN_SEED"] ?? 1);

/** `count` of the numbers 1 to `calls`, one in each equal part; which one, the seed says. */
function chosen(calls: number, stride = 1, count: number, offset: number): number[] {
  const wanted = everyCall ? Math.ceil(calls / stride) : Math.min(calls, count);
  const within = everyCall ? 0 : (((seed + offset) * 7) % 10) / 10;
  return Array.from({ length: wanted }, (_, index) => 1 + Math.floor(((index + within) * calls) / wanted));
}

describe("the commands, file call by file call", { skip }, () => {
  let bench: CommandBench;
  let all: Scene[];
  let root: string;
  before(async () => {
    root = realpathSync(mkdtempSync(join(inMemory(), "untorn-test-")));
    bench = CommandBench.start(root);
    all = await bench.scenes(commandVictims.filter(({ name }) => only.test(name)));
  });
  after(() => {
    bench.end();
    rmSync(root, { recursive: true, force: true });
  });

  test("every command that writes is among them", async () => {
    const names = Object.keys(withoutVictim).concat(commandVictims.map(({ name }) => name));
    const verbs = await commandVerbs();
    assert.ok(verbs.length > 60, verbs.join(", "));
    const among = (verb: string): boolean =>
      names.some((name) => name === verb || name.startsWith(`${verb} `) || name.startsWith(`${verb},`));
    assert.deepEqual(
      verbs.filter((verb) => !among(verb)),
      [],
    );
  });

  test("killed before each of its file calls, a command leaves all old or all new, and the next run succeeds", async (t) => {
    let kills = 0;
    const cases = all.flatMap((scene, index) =>
      chosen(scene.calls, scene.victim.stride, killsUsual, index).map((at) => ({ scene, at })),
    );
    await bench.each(cases, async ({ scene, at }, runner) => {
      if (await bench.killOne(runner, scene, at)) kills += 1;
    });
    // A run may make a call less than the one that was counted.
    assert.ok(kills > cases.length * 0.9, `only ${kills} of ${cases.length} were killed`);
    t.diagnostic(`${kills} kills of ${all.length} commands: ${lines(all, ({ calls }) => calls)}`);
  });

  test("whichever file call fails, and however, a command says what is on disk", async (t) => {
    const kinds = Object.entries(faults);
    const cases = all.flatMap((scene, index) =>
      chosen(scene.warmCalls, scene.victim.stride, faultsUsual, index).flatMap((at) => {
        const some = everyCall ? kinds : [kinds[(at + seed) % kinds.length] as [string, string]];
        return some.map(([name, what]) => ({ scene, at, name, what }));
      }),
    );
    await bench.each(cases, async ({ scene, at, name, what }, runner) =>
      bench.failOne(runner, scene, { name, what, at }),
    );
    t.diagnostic(
      `${cases.length} failing calls (${kinds.map(([name]) => name).join(", ")}) of ${all.length} commands: ${lines(all, ({ warmCalls }) => warmCalls)}`,
    );
  });
});

function lines(all: readonly Scene[], count: (scene: Scene) => number): string {
  return all.map((scene) => `${scene.victim.name}: ${count(scene)}`).join("; ");
}
