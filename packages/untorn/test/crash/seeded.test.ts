import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertCrashSafe, persistenceModels } from "../../src/testing/index.ts";
import type { CrashReport, CrashTest } from "../../src/testing/index.ts";
import { seededCore } from "./seeded-core.ts";
import { seededAppends, seededTransactions, seededUpdates } from "./seeded-files.ts";
import { seededGenerations, seededRecovery, seededRestore } from "./seeded-recovery.ts";

/** Another seed, or more states: `npm run crash`. A command of a project has its share in the tests of its package. */
const firstSeed = Number(process.env["UNTORN_SEED"] ?? 1);
const statesWanted = process.env["UNTORN_CRASH_STATES"];
const deadlineMs = Number(process.env["UNTORN_CRASH_MINUTES"] ?? 2) * 60_000;

interface Share {
  readonly name: string;
  readonly explore: (seed: number, states: number) => Promise<CrashReport>;
  /** Of the states that are wanted in all; the dearer a state is, the fewer. */
  readonly part: number;
  /** States where no number is given. */
  readonly usual: number;
  /** States of one seed and model, at most: few, so that there are many seeds. */
  readonly each: number;
}

const exploring =
  <V>(make: (seed: number) => CrashTest<V>) =>
  (seed: number, states: number): Promise<CrashReport> =>
    assertCrashSafe({ ...make(seed), states });
const core = exploring((seed) => ({ ...seededCore(seed, 40), kills: seed % 4 === 0 }));

const shares: readonly Share[] = [
  { name: "write and remove (G1, G2, G9, G10)", explore: core, part: 0.5, usual: 140_000, each: 12_000 },
  { name: "update (G2, G6)", explore: exploring(seededUpdates), part: 0.3, usual: 3_000, each: 2_000 },
  { name: "append (G1, G2, G9)", explore: exploring(seededAppends), part: 0.04, usual: 1_000, each: 600 },
  { name: "transaction (G2, G8)", explore: exploring(seededTransactions), part: 0.06, usual: 1_500, each: 120 },
  { name: "recovery (G9)", explore: exploring(seededRecovery), part: 0.03, usual: 500, each: 60 },
  { name: "generations (G2, G9)", explore: exploring(seededGenerations), part: 0.03, usual: 800, each: 100 },
  { name: "restore (G2, G9)", explore: exploring(seededRestore), part: 0.03, usual: 800, each: 100 },
];

describe(`seeded workloads from seed ${firstSeed}`, () => {
  for (const { name, explore, part, usual, each } of shares) {
    const wanted = statesWanted === undefined ? usual : Math.ceil(Number(statesWanted) * part);
    test(`${name}: ${wanted} states`, async (context) => {
      const started = performance.now();
      let states = 0;
      let seed = firstSeed;
      for (; states < wanted && performance.now() - started < deadlineMs; seed += 1) {
        const report = await explore(seed, Math.min(each, Math.ceil(wanted / 6)));
        states += report.states;
      }
      const seconds = (performance.now() - started) / 1000;
      context.diagnostic(
        `${name}: ${states} states of ${persistenceModels.length} models, seeds ${firstSeed} to ${seed - 1}, ${seconds.toFixed(1)} s`,
      );
      assert.ok(states >= wanted, `only ${states} states in ${seconds.toFixed(0)} s`);
    });
  }
});
