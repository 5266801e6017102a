import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { getEventListeners } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { Files } from "../../src/atomic/index.ts";
import { lockOn } from "../../src/lock/index.ts";
import type { LockReport } from "../../src/lock/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { openStoreOn } from "../../src/store/index.ts";
import { faultPlan, memoryPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import { temporaryFolder } from "./processes.ts";

/** From the eleventh on, Node warns of a leak: once in the life of a signal, however many calls share it. */
const listenersOf = ({ signal }: AbortController): number => getEventListeners(signal, "abort").length;

const soon = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 30));

test("however many calls wait on one signal, it has one listener", async () => {
  const folder = temporaryFolder();
  const { lock } = lockOn(nodePort);
  const asked = new AbortController();
  const held = await lock(join(folder, "a"));
  const waiting = Array.from({ length: 15 }, () => lock(join(folder, "a"), { signal: asked.signal }));
  const ends = Promise.allSettled(waiting);
  const store = await openStoreOn(nodePort, folder, { pollMs: 60_000 });
  const watches = Array.from({ length: 15 }, () => {
    return store.watch("", { signal: asked.signal })[Symbol.asyncIterator]().next();
  });
  await soon();
  assert.equal(listenersOf(asked), 1);
  asked.abort();
  for (const end of await ends) assert.equal(end.status === "rejected" && end.reason.code, "UNTORN_ABORTED");
  for (const { done } of await Promise.all(watches)) assert.equal(done, true);
  assert.equal(listenersOf(asked), 0);
  await held.release();
  await store.close();
});

/** Bun counts none of its timers there. */
const counted = process.versions["bun"] === undefined;

test(
  "a store that is closed keeps no timer of a watch",
  { skip: counted ? false : "no count of timers here" },
  async () => {
    const store = await openStoreOn(nodePort, temporaryFolder(), { pollMs: 60_000 });
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    const next = store.watch("")[Symbol.asyncIterator]().next();
    await soon();
    assert.equal(timers(), before + 1);
    await store.close();
    assert.equal((await next).done, true);
    assert.equal(timers(), before);
  },
);

test("a release that the disk refuses is reported as failed, not as lost: the record may stand", async () => {
  const seen: string[] = [];
  const listen = (message: unknown): void => void seen.push((message as LockReport).outcome);
  subscribe("untorn:lock", listen);
  let refuses = false;
  const port = faultPlan(memoryPort(), { fail: "EIO", when: ({ verb }) => refuses && verb === "unlink" });
  const held = await lockOn(port).lock("/a");
  refuses = true;
  await assert.rejects(held.release(), { code: "UNTORN_IO", phase: "lock" });
  unsubscribe("untorn:lock", listen);
  assert.deepEqual(seen, ["acquired", "failed"]);
});

test("who waits pauses as the port's random numbers say, so that a simulated run is the same again", () => {
  const pauses = (seed: number): number => {
    const port = memoryPort({ seed });
    const held = lockOn(port.anotherProcess()).lockSync("/a");
    const { transactionSync } = transactionsOn(port);
    const work = (): unknown => transactionSync("/", (tx) => tx.write("a", "1"), { lockTimeoutMs: 300 });
    assert.throws(work, { code: "UNTORN_LOCKED" });
    held[Symbol.dispose]();
    return port.clock.preciseMs;
  };
  assert.equal(pauses(1), pauses(1));
  assert.notEqual(pauses(1), pauses(2));
});

test("an error of an aborted call names the phase that it was in", async () => {
  const port = memoryPort();
  port.put("/a", "1");
  const files = new Files(port);
  const aborted = { code: "UNTORN_ABORTED", outcome: "unchanged" };
  const signal = AbortSignal.abort("enough");
  await assert.rejects(files.readFile("/a", { signal }), { ...aborted, phase: "read" });
  await assert.rejects(files.writeFile("/a", "2", { signal }), { ...aborted, phase: "stage" });
  await assert.rejects(lockOn(port).lock("/a", { signal }), { ...aborted, phase: "lock", cause: "enough" });
});
