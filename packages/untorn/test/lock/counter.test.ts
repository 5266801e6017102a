import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { contender, temporaryFolder, ways } from "./processes.ts";
import type { Way } from "./processes.ts";

const times = 250;

async function countTogether(name: string, crew: readonly Way[], syncEvery: number): Promise<void> {
  const folder = temporaryFolder();
  const path = join(folder, "counter");
  writeFileSync(path, "0");
  const all = await Promise.all(crew.map((way) => contender(way, path, join(folder, "log"))));
  const started = performance.now();
  all.forEach((one, i) => one.tell({ op: "count", times, sync: i % syncEvery === 0 }));
  const results = await Promise.all(all.map((one) => one.hear("counted")));
  const seconds = (performance.now() - started) / 1_000;
  await Promise.all(all.map((one) => one.end()));
  const longest = Math.max(...results.map(({ longestWaitMs }) => longestWaitMs));
  const total = times * crew.length;
  console.log(`${name}: ${Math.round(total / seconds)} locks a second, longest wait ${longest.toFixed(0)} ms`);
  assert.deepEqual(
    results.map(({ violations }) => violations),
    crew.map(() => 0),
  );
  assert.equal(readFileSync(path, "utf8"), String(total));
  assert.deepEqual(readdirSync(folder).toSorted(), ["counter", "log"], "no lock folder stays");
}

for (const way of ways) {
  test(`${way.name}: 8 processes, async and sync, add one ${times} times each`, async (t) => {
    if (way.skip !== false) return t.skip(way.skip);
    await countTogether(
      way.name,
      Array.from({ length: 8 }, () => way),
      2,
    );
  });
}

test(`processes with and without the native module keep each other out`, async (t) => {
  const [kernel, fallback] = ways;
  if (kernel.skip !== false) return t.skip(kernel.skip);
  await countTogether("mixed", [kernel, fallback, kernel, fallback], 3);
});
