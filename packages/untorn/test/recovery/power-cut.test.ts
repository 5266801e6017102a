import assert from "node:assert/strict";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { writeKeeping } from "../../src/generations/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import { assertCrashSafe } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";
import { runSync } from "../../src/protocol/index.ts";
import { setAside } from "../../src/quarantine/index.ts";
import { own, put } from "./own-temps.ts";

/**
 * A power cut at every point of a recovery, and of the recovery after it: the file is what it was, or what the plan makes of
 * it, and in the end the latter; and no content is gone that was not proven to be superseded.
 */
const effort = Number(process.env["UNTORN_EFFORT"] ?? 1);
const file = "/state/a.json";
const older = '{"version":1}';
const newer = '{"version":2}';
const corrupt = '{"vers';

interface Case {
  readonly name: string;
  readonly setup: (port: MemoryPort) => void;
  readonly wanted: string;
  /** Contents that must be somewhere, whenever it stops. */
  readonly kept: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: "an own temp is adopted over a corrupt file, an older one is kept",
    setup(port) {
      own(port, "a.json", older, 1);
      put(port, file, corrupt);
      own(port, "a.json", newer, 2);
    },
    wanted: newer,
    kept: [older, newer, corrupt],
  },
  {
    name: "a foreign temp is adopted where the file is missing",
    setup(port) {
      put(port, `${file}.tmp.9999`, older);
      put(port, `${file}.tmp.9998`, corrupt);
    },
    wanted: older,
    kept: [older, corrupt],
  },
  {
    name: "a generation comes back over a corrupt file",
    setup(port) {
      port.putDirectory("/state/.untorn/generations/a.json");
      put(port, "/state/.untorn/generations/a.json/00000001-d2e1c2a4bca7c7b5", "wrong digest");
      put(port, `/state/.untorn/generations/a.json/00000002-${digestOf(newer)}`, newer);
      put(port, file, corrupt);
    },
    wanted: newer,
    kept: [newer, corrupt],
  },
];

for (const { name, setup, wanted, kept } of cases) {
  test(name, async () => {
    const report = await assertCrashSafe({
      states: 3000 * effort,
      setup(port) {
        port.putDirectory("/state");
        setup(port);
        for (const directory of ["/state", "/"]) port.fs.syncDirectory(directory);
      },
      workload: (port, run) => run.call("recovered", () => recoverAll(port)),
      recover: (port) => {
        const tree = Object.values(port.tree());
        for (const content of kept) assert.ok(tree.includes(content), `${content} is nowhere after the crash`);
        recoverAll(port);
      },
      check(port) {
        const tree = port.tree();
        assert.equal(tree[file], wanted, JSON.stringify(tree, null, 1));
        for (const content of kept) assert.ok(Object.values(tree).includes(content), `${content} is nowhere`);
      },
    });
    assert.ok(report.states > 30, `only ${report.states} states`);
    console.log(`${report.states} states`);
  });
}

function recoverAll(port: MemoryPort): void {
  const report = recoveryOn({ port }).recoverSync("/state", { apply: true, quietMs: 0 });
  assert.equal(report.failed, 0, JSON.stringify(report.actions));
}

function digestOf(content: string): string {
  return own.digest(content);
}

test("a temp that nobody synced is durable once its adoption has returned", async () => {
  const report = await assertCrashSafe({
    states: 1500 * effort,
    setup(port) {
      port.putDirectory("/state");
      port.fs.syncDirectory("/");
    },
    workload(port, run) {
      port.put(`${file}.tmp.9999`, newer);
      run.call("recovered", () => recoverAll(port));
    },
    recover: recoverAll,
    check(port, { returned }) {
      if (returned.length > 0) assert.equal(port.tree()[file], newer);
    },
  });
  assert.ok(report.states > 30);
});

test("a power cut while generations are kept: what a write that returned had replaced is there", async () => {
  const versions = [1, 2, 3].map((version) => JSON.stringify({ version }));
  const report = await assertCrashSafe({
    states: 1500 * effort,
    setup(port) {
      port.putDirectory("/state");
      put(port, file, versions[0] as string);
      port.fs.syncDirectory("/");
    },
    workload(port, run) {
      const files = new Files(port, writeKeeping);
      for (const version of versions.slice(1)) {
        run.call(version, () => files.writeFileSync(file, version, { generations: 2 }));
      }
    },
    recover: recoverAll,
    check(port, { returned }) {
      const tree = port.tree();
      const now = versions.indexOf(tree[file] ?? "");
      assert.ok(now >= returned.length, `${tree[file]} after ${returned.length} writes`);
      const kept = Object.entries(tree).flatMap(([path, content]) => (path.includes("/generations/") ? [content] : []));
      for (const version of versions.slice(0, returned.length)) {
        assert.ok(kept.includes(version), `${version} is no generation: ${JSON.stringify(tree, null, 1)}`);
      }
    },
  });
  assert.ok(report.states > 100);
});

test("what is set aside in a quarantine whose maker was killed before it had synced it is somewhere after a power cut", async () => {
  await assertCrashSafe({
    states: 3000 * effort,
    setup(port) {
      put(port, file, corrupt);
      for (const directory of ["/state", "/"]) port.fs.syncDirectory(directory);
    },
    workload(port, run) {
      // So far the other process has come.
      for (const path of ["/state/.untorn", "/state/.untorn/quarantine"]) port.fs.mkdir(path, 0o700);
      run.call("aside", () => runSync(port.anotherProcess(), setAside("/state/.untorn", [file])));
    },
    check(port) {
      assert.ok(Object.values(port.tree()).includes(corrupt), "the content is nowhere");
    },
  });
});
