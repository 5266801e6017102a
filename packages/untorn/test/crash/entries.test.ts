import assert from "node:assert/strict";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import type { RenameOptions } from "../../src/atomic/index.ts";
import { assertCrashSafe, exploreCrashes, persistenceModels } from "../../src/testing/index.ts";
import type { CrashTest } from "../../src/testing/index.ts";
import { checkSurroundings, folder, setUp, textAt, textOf, versionOf } from "./core-checks.ts";

const state = `${folder}/state.json`;

test("a removed file is there whole or gone, and stays gone (G1, G2)", async () => {
  await assertCrashSafe<"there" | "gone">({
    setup(port) {
      setUp(port);
      port.put(state, textOf(1));
    },
    async workload(port, run) {
      await run.call("gone", () => new Files(port).removeFile(state));
    },
    check(port, knowledge) {
      const found = versionOf(textAt(port, state)) === undefined ? "gone" : "there";
      assert.ok(knowledge.allowed("there").includes(found), "the file is back");
      checkSurroundings(port, ["state.json"]);
    },
  });
});

/** The models in which the changes of names are in order. */
const journaled = persistenceModels.filter(({ entries }) => entries !== "any");

/** Renames a file that is on the medium. */
function renames(target: string, options: RenameOptions, replaced: boolean): CrashTest<"old" | "new"> {
  return {
    setup(port) {
      setUp(port);
      port.putDirectory(`${folder}/elsewhere`);
      port.put(`${folder}/draft`, textOf(1));
      if (replaced) port.put(target, textOf(2));
    },
    async workload(port, run) {
      await run.call("new", () => new Files(port).renameFile(`${folder}/draft`, target, options));
    },
    check(port, knowledge) {
      const [source, now] = [versionOf(textAt(port, `${folder}/draft`)), versionOf(textAt(port, target))];
      assert.ok(source === 1 || now === 1, "the content is under neither name");
      if (replaced) assert.ok(now !== undefined, "the replaced file is gone, and the new one is not there");
      const state = now === 1 ? (source === undefined ? "new" : "both") : "old";
      if (knowledge.returned.length > 0) assert.equal(state, "new");
      checkSurroundings(port, ["draft", "elsewhere", "new", "state.json"]);
    },
  };
}

test("a file renamed within its folder has one of its names (G1, G2)", async () => {
  await assertCrashSafe(renames(state, {}, false));
  await assertCrashSafe(renames(state, {}, true));
});

test("what another program has written and not synced is synced before it takes the name of what is whole (G1, G2)", async () => {
  for (const options of [{}, { ifAbsent: true }]) {
    const target = options.ifAbsent === true ? `${folder}/fresh.json` : state;
    await assertCrashSafe<"new">({
      setup(port) {
        setUp(port);
        port.put(state, textOf(2));
      },
      async workload(port, run) {
        port.put(`${folder}/draft`, textOf(1));
        await run.call("new", () => new Files(port).renameFile(`${folder}/draft`, target, options));
      },
      check(port, { returned }) {
        // Throws where it is neither whole.
        const now = versionOf(textAt(port, target));
        if (returned.length > 0) assert.equal(now, 1);
        if (target === state) assert.ok(now !== undefined, "the replaced file is gone, and the new one is not there");
      },
    });
  }
});

test("a file renamed without replacing keeps its content under at least one name (G1, G2)", async () => {
  await assertCrashSafe(renames(state, { ifAbsent: true }, false));
});

test("a file moved into a folder that was made for it, without replacing, keeps its content under at least one name (G1, G2)", async () => {
  const options = { ifAbsent: true, mkdir: true };
  await assertCrashSafe(renames(`${folder}/new/deep/state.json`, options, false));
});

test("a file moved to another folder is safe wherever such a rename is one change; POSIX does not promise that", async () => {
  const target = `${folder}/elsewhere/state.json`;
  for (const replaced of [false, true]) {
    await assertCrashSafe({ ...renames(target, {}, replaced), models: journaled });
    const report = await exploreCrashes({ ...renames(target, {}, replaced), models: ["posix"], kills: false });
    assert.deepEqual(
      report.failures.map(({ message }) => message),
      ["the content is under neither name"],
    );
  }
});
