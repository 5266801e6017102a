import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { nodePort } from "../../src/platform/index.ts";
import { folder, inMemory } from "../atomic/support/places.ts";

const program = fileURLToPath(new URL("counting-child.js", import.meta.url));
const processes = 8;
const times = 250;

/** Numbers that a double cannot hold, beside the counter: no update may touch them. */
const before = '{ "id": 12345678901234567890, "count": 0, "ratio": 1.50 }\n';

/** In memory: what is tested is that no update is lost, and the order of syncs is tested where power is cut. */
async function count(t: TestContext, durability: string, native: "0" | "1"): Promise<void> {
  const place = folder(t, inMemory());
  const path = join(place, "state.json");
  writeFileSync(path, before);
  const env = { ...process.env, UNTORN_NATIVE: native };
  const children = Array.from({ length: processes }, (_, index) =>
    fork(program, [path, String(times), durability, index % 2 === 0 ? "sync" : "async"], { env, execArgv: [] }),
  );
  t.after(() => children.forEach((child) => child.kill("SIGKILL")));
  const added = children.map(async (child) => {
    const exit = once(child, "exit");
    const [number] = (await Promise.race([once(child, "message"), exit.then(() => [0])])) as [number];
    await exit;
    return number;
  });
  const stop = new AbortController();
  const ended = Promise.all(added).finally(() => stop.abort());
  let last = 0;
  for (let reads = 0; !stop.signal.aborted && reads < 100_000; reads += 1) {
    // Plain reads, without the lock and without looking twice.
    const { count: seen } = JSON.parse(readFileSync(path, "utf8")) as { count: number };
    assert.ok(seen >= last, `the counter went back from ${last} to ${seen}`);
    last = seen;
    await sleep(1);
  }
  assert.deepEqual(
    await ended,
    Array.from({ length: processes }, () => times),
  );
  assert.equal(readFileSync(path, "utf8"), before.replace('"count": 0', `"count": ${processes * times}`));
  assert.deepEqual(readdirSync(place), ["state.json"]);
}

for (const durability of ["full", "normal", "off"]) {
  test(`8 processes add 250 each to one counter, durability ${durability}: exactly 2,000 (G6)`, async (t) => {
    if (!nodePort.traits.kernelLocks) return t.skip("no native module");
    await count(t, durability, "1");
  });
}

test("8 processes add 250 each to one counter, without the native module: exactly 2,000 (G6)", async (t) => {
  await count(t, "off", "0");
});
