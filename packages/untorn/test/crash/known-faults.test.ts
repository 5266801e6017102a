import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { call, Stepper } from "../../src/protocol/index.ts";
import type { Protocol } from "../../src/protocol/index.ts";
import { exploreCrashes, formatCrashReport, persistenceModels, SeededRandom } from "../../src/testing/index.ts";
import type { CrashReport, CrashTest, MemoryPort } from "../../src/testing/index.ts";
import { checkVersion, correct, save, textOf, threeSaves } from "./save-protocols.ts";

/** The models under which a kind of failure was seen. */
function modelsOf(report: CrashReport, start: string): string[] {
  const names = new Set(
    report.failures.flatMap(({ message, states }) => (message.startsWith(start) ? Object.keys(states) : [])),
  );
  return persistenceModels.map(({ name }) => name).filter((name) => names.has(name));
}

/** Found within a second of work; the clock on the wall would measure what else the machine does. */
function stopwatch(): () => void {
  const started = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(started);
    assert.ok(user + system < 1_000_000, `${Math.round((user + system) / 1000)} ms`);
  };
}

test("the correct protocol comes through every state of every model", async () => {
  const inTime = stopwatch();
  const report = await exploreCrashes(threeSaves(correct));
  assert.ok(report.ok, formatCrashReport(report));
  assert.ok(report.models.every(({ exhaustive }) => exhaustive));
  assert.ok(report.states > 100, `${report.states} states`);
  inTime();
});

test("without the sync of the file: torn, on each file system as it was measured there", async () => {
  const inTime = stopwatch();
  const report = await exploreCrashes(threeSaves({ ...correct, syncFile: false }));
  assert.deepEqual(modelsOf(report, "torn: zeros"), ["posix", "ext4-ordered", "ext4-noauto"]);
  assert.deepEqual(modelsOf(report, "torn: the file is empty"), ["posix", "ext4-noauto", "xfs", "btrfs"]);
  inTime();
});

test("without the sync of the directory: never torn, but lost after the return", async () => {
  const inTime = stopwatch();
  const report = await exploreCrashes(threeSaves({ ...correct, syncDirectory: false }));
  assert.deepEqual(modelsOf(report, "torn"), []);
  assert.deepEqual(modelsOf(report, "lost"), ["posix", "ext4-ordered", "ext4-noauto", "xfs", "btrfs"]);
  inTime();
});

test("with the rename before the sync of the file: torn", async () => {
  const inTime = stopwatch();
  const report = await exploreCrashes(threeSaves({ ...correct, renameFirst: true }));
  assert.deepEqual(modelsOf(report, "torn: the file is empty"), ["posix", "ext4-noauto", "xfs", "btrfs"]);
  inTime();
});

/** The save as a protocol, so that two of them can be interleaved call by call. */
function* saving(version: string, temp: string): Protocol<void> {
  const handle = yield* call("open", temp, "lock", 0o644);
  yield* call("truncate", handle, 0);
  yield* call("write", handle, Buffer.from(textOf(version)), 0);
  yield* call("fsync", handle);
  yield* call("close", handle);
  try {
    yield* call("rename", temp, "/state.json");
  } catch (error) {
    // The other writer has renamed it already; people take that for success.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  yield* call("syncDirectory", "/");
}

/** Two processes that save at the same time, in an order of calls that the seed decides. */
function twoWriters(tempOf: (version: string) => string, seed: number): CrashTest<string> {
  return {
    setup: (port) => port.put("/state.json", textOf("v0")),
    workload(port, run) {
      const random = new SeededRandom(seed);
      const writers = ["v1", "v2"].map((version) => {
        run.begin(version);
        return { version, stepper: new Stepper(port.anotherProcess(), saving(version, tempOf(version))) };
      });
      while (writers.length > 0) {
        const [writer] = writers.splice(random.below(writers.length), 1) as [(typeof writers)[number]];
        writer.stepper.advance();
        if (writer.stepper.pending === undefined) run.returned(writer.version);
        else writers.push(writer);
      }
    },
    check: checkVersion,
    seed,
  };
}

test("two writers with one fixed temp name: torn or mixed up; with names of their own they are good", async () => {
  const inTime = stopwatch();
  let found: CrashReport | undefined;
  for (let seed = 1; seed <= 40; seed += 1) {
    const good = await exploreCrashes(twoWriters((version) => `/state.json.${version}.tmp`, seed));
    assert.ok(good.ok, formatCrashReport(good));
    if (found !== undefined) continue;
    const report = await exploreCrashes(twoWriters(() => "/state.json.tmp", seed));
    if (report.failures.some(({ message }) => message.startsWith("torn"))) {
      found = report;
      inTime();
    }
  }
  assert.ok(found !== undefined, "the shared temp name was never found out");
});

test("a failure is told with its timeline and replayed by its token", async () => {
  const faulty = threeSaves({ ...correct, syncDirectory: false });
  const report = await exploreCrashes({ ...faulty, models: ["ext4-ordered"] });
  const [failure] = report.failures;
  assert.ok(failure !== undefined);
  assert.match(
    failure.timeline,
    /rename .state\.json\.v1\.tmp to .state\.json +LOST\n +returned v1\n.*power cut \(ext4-ordered\)/,
  );
  const again = await exploreCrashes({ ...faulty, replay: failure.token });
  assert.equal(again.failures[0]?.message, failure.message);
  assert.equal(again.failures[0]?.token, failure.token);
  const good = await exploreCrashes({ ...threeSaves(correct), replay: failure.token });
  assert.ok(good.ok);
  await assert.rejects(exploreCrashes({ ...faulty, replay: "nonsense" }), { code: "UNTORN_INVALID_ARGUMENT" });
  await assert.rejects(exploreCrashes({ ...faulty, models: ["ntfs"] }), /no persistence model "ntfs"; there are posix/);
});

test("a failure is shrunk: the power is cut as soon as it can be, and nothing is lost but what matters", async () => {
  const noise = (port: MemoryPort, name: string): void => {
    port.put(`/${name}`, name);
    port.fs.rename(`/${name}`, `/${name}.moved`);
  };
  const report = await exploreCrashes<string>({
    setup: (port) => port.put("/state.json", textOf("v0")),
    workload(port, run) {
      for (const version of ["v1", "v2", "v3"]) {
        noise(port, `before-${version}`);
        run.call(version, () => save(port, version, { ...correct, syncDirectory: false }));
        noise(port, `after-${version}`);
      }
    },
    check: checkVersion,
  });
  assert.ok(report.failures.length > 0);
  for (const { message, timeline } of report.failures) {
    assert.match(message, /^lost/);
    assert.equal(timeline.match(/LOST/g)?.length, 1, timeline);
    assert.match(timeline, /rename .state\.json\.v1\.tmp to .state\.json +LOST\n +returned v1\n +-- power cut/);
  }
});

test("a crash during the recovery, and during the recovery of that, is a crash like any other", async () => {
  // The recovery puts the backup in place; it is right only if it does so by a synced rename.
  const test = (careful: boolean): CrashTest<string> => ({
    setup(port) {
      port.put("/state.json", "");
      port.put("/backup", textOf("v0"));
    },
    workload: () => undefined,
    recover(port) {
      const { fs } = port;
      if (fs.stat("/state.json")?.size !== 0) return;
      if (careful) return save(port, "v0", correct);
      const handle = fs.open("/state.json", "overwrite", 0);
      fs.write(handle, Buffer.from(textOf("v0")), 0);
      fs.close(handle);
    },
    check: checkVersion,
  });
  const careless = await exploreCrashes(test(false));
  assert.ok(careless.failures.every(({ steps }) => steps.length > 1));
  assert.ok(careless.failures.length > 0);
  const careful = await exploreCrashes(test(true));
  assert.ok(careful.ok, formatCrashReport(careful));
  assert.ok(careful.states > 6 * 3);
  const [failure] = careless.failures;
  const again = await exploreCrashes({ ...test(false), replay: failure?.token ?? "" });
  assert.equal(again.failures[0]?.message, failure?.message);
});
