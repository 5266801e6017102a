import assert from "node:assert/strict";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import type { WriteOptions } from "../../src/atomic/index.ts";
import { assertCrashSafe, exploreCrashes, formatCrashReport } from "../../src/testing/index.ts";
import type { CrashTest, MachineOptions, MemoryPort } from "../../src/testing/index.ts";
import { checkSurroundings, folder, setUp, textAt, textOf, versionOf } from "./core-checks.ts";

const state = `${folder}/state.json`;

interface Plan {
  readonly options?: WriteOptions;
  /** Makes what is there before; default: version 0. */
  readonly before?: (port: MemoryPort) => void;
  readonly initial?: number | undefined;
  readonly also?: (port: MemoryPort) => void;
  readonly writes?: number;
  readonly sync?: boolean;
  readonly machine?: MachineOptions;
  readonly path?: string;
  readonly names?: readonly string[];
}

/** Replaces one file some times; every state must hold a version that may be there (G1, G2). */
function writes(plan: Plan): CrashTest<number | undefined> {
  const { options = {}, writes: count = 2, path = state } = plan;
  return {
    ...(plan.machine === undefined ? {} : { machine: plan.machine }),
    setup(port) {
      setUp(port);
      if (plan.before === undefined) port.put(state, textOf(0));
      else plan.before(port);
    },
    async workload(port, run) {
      const files = new Files(port);
      for (let version = 1; version <= count; version += 1) {
        if (plan.sync === true) run.call(version, () => files.writeFileSync(path, textOf(version), options));
        else await run.call(version, () => files.writeFile(path, textOf(version), options));
      }
    },
    check(port, knowledge) {
      const version = versionOf(textAt(port, path));
      assert.ok(
        knowledge.allowed("initial" in plan ? plan.initial : 0).includes(version),
        `lost: version ${String(version)}`,
      );
      checkSurroundings(port, plan.names ?? ["state.json"]);
      plan.also?.(port);
    },
  };
}

/** All states of all models, with none left out. */
async function exhaustively<V>(crashTest: CrashTest<V>): Promise<void> {
  const report = await assertCrashSafe({ states: 400_000, ...crashTest });
  const sampled = report.models.filter(({ exhaustive }) => !exhaustive).map(({ model }) => model);
  assert.deepEqual(sampled, [], formatCrashReport(report));
  assert.ok(report.states >= 60, `only ${report.states} states`);
}

test("a file is replaced whole and durably (G1, G2)", async () => {
  await exhaustively(writes({}));
});

test("a file is replaced whole and durably, on the calling thread (G1, G2)", async () => {
  await exhaustively(writes({ sync: true, writes: 3 }));
});

test("a new file is there whole or not at all (G1, G2)", async () => {
  await exhaustively(writes({ initial: undefined, before: () => undefined }));
});

test("a new file in new directories is durable with every directory that leads to it (G2)", async () => {
  const path = `${folder}/a/b/state.json`;
  await exhaustively(
    writes({ initial: undefined, before: () => undefined, path, options: { mkdir: true }, names: ["a"] }),
  );
});

test("a file that must not exist yet appears whole, once (G1)", async () => {
  await exhaustively(writes({ initial: undefined, before: () => undefined, options: { ifAbsent: true }, writes: 1 }));
});

test("a private file's temp is never readable by others, and mode and owner are kept (G10)", async () => {
  await exhaustively(
    writes({
      machine: { uid: 0, gid: 0 },
      before(port) {
        port.put(state, textOf(0), 0o600);
        port.give(state, { uid: 7, gid: 8, mode: 0o640 });
      },
      also(port) {
        const status = port.fs.stat(state);
        if (status !== undefined) assert.deepEqual([status.mode, status.uid, status.gid], [0o640, 7, 8]);
        checkSurroundings(port, ["state.json"], 0o640);
      },
    }),
  );
});

test("a symbolic link stays one, and its target is replaced (G1)", async () => {
  await exhaustively(
    writes({
      names: ["link", "deep"],
      path: `${folder}/link`,
      before(port) {
        port.put(`${folder}/deep/state.json`, textOf(0));
        port.symlink("deep/state.json", `${folder}/link`);
      },
      also: (port) => assert.equal(port.fs.readlink(`${folder}/link`), "deep/state.json"),
    }),
  );
});

test("durability normal: never torn, perhaps old (G2)", async () => {
  const plan = writes({ options: { durability: "normal" } });
  await exhaustively({
    ...plan,
    check(port) {
      assert.ok([0, 1, 2].includes(versionOf(textAt(port, state)) ?? -1));
      checkSurroundings(port, ["state.json"]);
    },
  });
});

test("durability off: safe against a killed process, as it says, and not against a power cut (G2)", async () => {
  const plan = writes({ options: { durability: "off" } });
  await assertCrashSafe({ ...plan, models: [] });
  const report = await exploreCrashes(plan);
  assert.ok(report.failures.some(({ message }) => message.startsWith("torn")));
});
