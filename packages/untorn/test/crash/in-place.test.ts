import assert from "node:assert/strict";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { assertCrashSafe, exploreCrashes } from "../../src/testing/index.ts";
import type { CrashTest } from "../../src/testing/index.ts";
import { checkSurroundings, folder, setUp, textAt, textOf, versionOf } from "./core-checks.ts";

const state = `${folder}/state.json`;

/** A file that is mounted by itself, rewritten in place with a journal; the next write in place finishes what a crash left. */
const rewritten: CrashTest<number> = {
  setup(port) {
    setUp(port);
    port.put(state, textOf(2));
    port.mount(state);
  },
  async workload(port, run) {
    await run.call(1, () => new Files(port).writeFile(state, textOf(1), { inPlace: "journaled" }));
  },
  async recover(port) {
    // The content that is there already, if any is: only the finishing is wanted.
    const options = { inPlace: "journaled", ifMatch: "0".repeat(64) } as const;
    await assert.rejects(new Files(port).writeFile(state, "", options), { code: "UNTORN_CONFLICT" });
  },
  check(port, knowledge) {
    const version = versionOf(textAt(port, state));
    assert.ok(knowledge.allowed(2).includes(version ?? -1), `lost: version ${String(version)}`);
    checkSurroundings(port, ["state.json"]);
  },
};

test("a file that can only be rewritten in place is whole after recovery, also after a crash of the recovery (G1, G2)", async () => {
  const report = await assertCrashSafe({ ...rewritten, states: 1_200 });
  assert.ok(report.states > 500, `${report.states} states`);
});

test("without the recovery the same crashes leave a mixture: the test above can fail", async () => {
  const report = await exploreCrashes({ ...rewritten, recover: () => undefined, states: 1_200 });
  assert.ok(report.failures.some(({ message }) => message.startsWith("torn")));
});
