import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { contender, readWitness, temporaryFolder, ways } from "./processes.ts";
import type { Contender, Way } from "./processes.ts";

const rounds = 200;
const crowd = 8;

function distribution(ms: readonly number[]): string {
  const sorted = ms.toSorted((one, other) => one - other);
  const at = (part: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0).toFixed(1);
  return `median ${at(0.5)}, 90 % ${at(0.9)}, 99 % ${at(0.99)}, longest ${at(1)} ms`;
}

/** Every round the holder is killed, and a new contender takes its place in the crowd. */
async function killAgainAndAgain(
  way: Way,
  path: string,
  log: string,
): Promise<{ waits: readonly number[]; violations: number; entries: number }> {
  const waits: number[] = [];
  let resolveGot: (got: { who: Contender; at: bigint }) => void = () => undefined;
  const enlist = async (): Promise<Contender> => {
    const made = await contender(way, path, log);
    made.listener = (answer) => {
      if (answer.event === "got") resolveGot({ who: made, at: BigInt(answer.at) });
      if (answer.event === "failed") assert.fail(answer.message);
    };
    made.tell({ op: "lock", timeoutMs: 600_000 });
    return made;
  };
  let next = new Promise<{ who: Contender; at: bigint }>((resolve) => (resolveGot = resolve));
  // A few more than the crowd: a replacement takes longer to start than a round.
  const all = new Set(await Promise.all(Array.from({ length: crowd + 4 }, enlist)));
  const starting = new Set<Promise<void>>();
  try {
    for (let round = 0; round < rounds; round++) {
      const { who } = await next;
      // The holder does nothing from here on, so the log may say so before it is true.
      appendFileSync(log, `kill ${who.pid}\n`);
      next = new Promise((resolve) => (resolveGot = resolve));
      const before = process.hrtime.bigint();
      all.delete(who);
      void who.kill();
      const { at } = await next;
      waits.push(Number(at - before) / 1e6);
      const replacement = enlist().then((made) => {
        all.add(made);
        starting.delete(replacement);
      });
      starting.add(replacement);
      while (all.size < crowd + 1) await Promise.race(starting);
    }
    // Now, not after the end: while all are killed, another may get the lock from the last holder, of whom no line says so.
    return { waits, ...readWitness(log) };
  } finally {
    await Promise.all(starting);
    await Promise.all([...all].map((one) => one.kill()));
  }
}

for (const way of ways) {
  test(`${way.name}: ${rounds} times the holder is killed before ${crowd} contenders: never two holders`, async (t) => {
    if (way.skip !== false) return t.skip(way.skip);
    const folder = temporaryFolder();
    const log = join(folder, "log");
    const { waits, violations, entries } = await killAgainAndAgain(way, join(folder, "state.json"), log);
    const late = waits.filter((ms) => ms > 100).length;
    console.log(`${way.name}: next holder after ${distribution(waits)}; over 100 ms: ${late} of ${rounds}`);
    assert.equal(violations, 0);
    assert.equal(entries, rounds + 1);
    // Generous: on a busy machine a process may wait long for its turn. What was measured is printed above.
    assert.ok((waits.toSorted((one, other) => one - other)[rounds / 2] ?? 0) < 1_000);
  });
}
