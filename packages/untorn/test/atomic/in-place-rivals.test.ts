import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import {
  Files,
  finishInPlace,
  knownSource,
  parseTempName,
  undisturbed,
  writeProtocol,
} from "../../src/atomic/index.ts";
import type { Receipt } from "../../src/atomic/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { runSync, Stepper } from "../../src/protocol/index.ts";
import type { PortCall } from "../../src/protocol/index.ts";
import { faultPlan, interceptPort, memoryPort } from "../../src/testing/index.ts";
import type { Fault, MemoryPort } from "../../src/testing/index.ts";
import { folder } from "./support/places.ts";

/** Two that rewrite one file in place at once: of two threads of a process, each with a copy of the library, nobody keeps the order. */

const path = "/state/config.json";
const inPlace = "journaled";
const texts = ["old", "one", "two"].map((word) => `${word} `.repeat(600_000)) as [string, string, string];
const [old, one, two] = texts;

function scene(kernelLocks: boolean): MemoryPort {
  const port = memoryPort({ kernelLocks });
  port.put(path, old);
  port.mount(path);
  return port;
}

/** A write in place, one call at a time. */
function stepper(port: MemoryPort, text: string): Stepper<Receipt> {
  const source = knownSource([Buffer.from(text)]);
  return new Stepper(port, writeProtocol(port, { path, source, options: { inPlace }, control: undisturbed }));
}

/** Goes on up to a call, which is not made. */
function goTo(steps: Stepper<Receipt>, isIt: (call: PortCall) => boolean): void {
  for (let effect = steps.pending; effect !== undefined; effect = steps.pending) {
    if ("args" in effect && isIt(effect)) return;
    steps.advance();
  }
  assert.fail("the call was never made");
}

function end(steps: Stepper<Receipt>): Receipt {
  while (steps.pending !== undefined) steps.advance();
  return steps.result;
}

/** Into the middle of overwriting the file. */
function goHalfway(steps: Stepper<Receipt>): void {
  goTo(steps, ({ verb, args }) => verb === "open" && args[0] === path && args[1] === "overwrite");
  let writes = 0;
  goTo(steps, ({ verb }) => verb === "write" && (writes += 1) === 2);
}

const busy = { code: "UNTORN_BUSY", outcome: "unchanged" };

for (const kernelLocks of [true, false]) {
  const where = kernelLocks ? "" : ", without kernel locks";

  test(`while one rewrites a file in place, the other of the same process is told so${where}`, () => {
    const port = scene(kernelLocks);
    const first = stepper(port, one);
    goHalfway(first);
    assert.throws(() => new Files(port).writeFileSync(path, two, { inPlace }), busy);
    assert.equal(end(first).via, "in-place");
    assert.ok(port.tree()[path] === one, "it is a mixture");
    assert.equal(new Files(port).writeFileSync(path, two, { inPlace }).via, "in-place");
    assert.ok(port.tree()[path] === two);
    assert.deepEqual(port.fs.readdir("/state"), ["config.json"]);
  });

  test(`of two that looked before either was there, the later one steps back${where}`, () => {
    const port = scene(kernelLocks);
    const [first, second] = [stepper(port, one), stepper(port, two)];
    goTo(second, ({ verb, args }) => verb === "open" && parseTempName(String(args[0]).slice(7))?.kind === "bak");
    goHalfway(first);
    assert.throws(() => end(second), busy);
    end(first);
    assert.ok(port.tree()[path] === one, "it is a mixture");
    assert.deepEqual(port.fs.readdir("/state"), ["config.json"]);
  });

  test(`what a process could not put back it puts back with its next write${where}`, () => {
    const port = scene(kernelLocks);
    const isTarget = (call: { verb: string; path: string }): boolean => call.verb === "write" && call.path === path;
    const faults: Fault[] = [{ short: 512, times: 1, when: isTarget }];
    const files = new Files(faultPlan(port, [...faults, { fail: "ENOSPC", times: 2, when: isTarget }]));
    assert.throws(() => files.writeFileSync(path, one, { inPlace }), { code: "UNTORN_DISK_FULL", outcome: "unknown" });
    assert.equal(files.writeFileSync(path, two, { inPlace }).via, "in-place");
    assert.ok(port.tree()[path] === two);
  });
}

test("a backup that was taken for a leftover before it was locked is not relied upon", () => {
  const port = scene(true);
  const first = stepper(port, one);
  goTo(first, ({ verb }) => verb === "tryLock");
  const target = { path, directory: "/state", base: "config.json" };
  assert.equal(runSync(port, finishInPlace(port, target)).finished.length, 1);
  assert.throws(() => end(first), busy);
  assert.deepEqual(port.fs.readdir("/state"), ["config.json"]);
  assert.ok(port.tree()[path] === old);
});

test("a worker thread is told that the main thread is rewriting the file", async (t) => {
  const place = folder(t);
  const target = join(place, "file");
  writeFileSync(target, old);
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const from = (name: string): string => JSON.stringify(new URL(`../../src/${name}/index.js`, import.meta.url).href);
  const code = `
    const { parentPort, workerData } = await import("node:worker_threads");
    const { Files } = await import(${from("atomic")});
    const { nodePort } = await import(${from("platform")});
    const { faultPlan } = await import(${from("testing")});
    const files = new Files(faultPlan(nodePort, { fail: "EBUSY", when: ({ verb }) => verb === "rename" }));
    parentPort.postMessage("ready");
    Atomics.wait(workerData, 0, 0);
    let answer = 1;
    try { files.writeFileSync(${JSON.stringify(target)}, ${JSON.stringify(two.slice(0, 4))}.repeat(600_000), { inPlace: "journaled" }); }
    catch (error) { answer = error.code === "UNTORN_BUSY" && error.outcome === "unchanged" ? 2 : 3; }
    Atomics.store(workerData, 1, answer);
    Atomics.notify(workerData, 1);
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { workerData: shared });
  t.after(() => worker.terminate());
  await new Promise((resolve) => worker.once("message", resolve));
  let writes = 0;
  const port = interceptPort(faultPlan(nodePort, { fail: "EBUSY", when: ({ verb }) => verb === "rename" }), {
    before({ verb, path: at }) {
      if (verb !== "write" || at !== target || (writes += 1) !== 2) return undefined;
      Atomics.store(shared, 0, 1);
      Atomics.notify(shared, 0);
      assert.equal(Atomics.wait(shared, 1, 0, 30_000), "ok");
      return undefined;
    },
  });
  new Files(port).writeFileSync(target, one, { inPlace });
  assert.equal(shared[1], 2);
  assert.ok(readFileSync(target, "utf8") === one, "it is a mixture");
});
