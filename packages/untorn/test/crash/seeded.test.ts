import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCrashSafe, persistenceModels } from "../../src/testing/index.ts";
import { seededCore } from "./seeded-core.ts";

/** Another seed, or more states: `npm run crash`. */
const firstSeed = Number(process.env["UNTORN_SEED"] ?? 1);
const statesWanted = Number(process.env["UNTORN_CRASH_STATES"] ?? 200_000);
const deadlineMs = Number(process.env["UNTORN_CRASH_MINUTES"] ?? 2) * 60_000;

test(`seeded calls on six files: ${statesWanted} states from seed ${firstSeed} (G1, G2, G9, G10)`, async (context) => {
  const started = performance.now();
  let states = 0;
  let seed = firstSeed;
  for (; states < statesWanted && performance.now() - started < deadlineMs; seed += 1) {
    const report = await assertCrashSafe({ ...seededCore(seed, 40), states: 12_000, kills: seed % 4 === 0 });
    states += report.states;
  }
  const seconds = (performance.now() - started) / 1000;
  context.diagnostic(
    `${states} states of ${persistenceModels.length} models, seeds ${firstSeed} to ${seed - 1}, ${seconds.toFixed(1)} s`,
  );
  assert.ok(states >= statesWanted, `only ${states} states in ${seconds.toFixed(0)} s`);
});
