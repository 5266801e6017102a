import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { lockFolderName } from "../../src/lock/index.ts";
import { nodePort } from "../../src/platform/index.ts";
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
async function killAgainAndAgain(way: Way, path: string, log: string): Promise<number[]> {
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
  } finally {
    await Promise.all(starting);
    await Promise.all([...all].map((one) => one.kill()));
  }
  return waits;
}

/** A folder that was in use a moment ago may be removed right under us. */
function forge(folder: string, name: string): void {
  for (let tries = 1; ; tries++) {
    try {
      mkdirSync(folder, { recursive: true });
      return writeFileSync(join(folder, name), "");
    } catch (error) {
      if (tries === 100) throw error;
    }
  }
}

for (const way of ways) {
  test(`${way.name}: ${rounds} times the holder is killed before ${crowd} contenders: never two holders`, async (t) => {
    if (way.skip !== false) return t.skip(way.skip);
    const folder = temporaryFolder();
    const log = join(folder, "log");
    const waits = await killAgainAndAgain(way, join(folder, "state.json"), log);
    const late = waits.filter((ms) => ms > 100).length;
    console.log(`${way.name}: next holder after ${distribution(waits)}; over 100 ms: ${late} of ${rounds}`);
    const { violations, entries } = readWitness(log);
    assert.equal(violations, 0);
    assert.equal(entries, rounds + 1);
    // Generous: the machine may be busy. The median is what the polling promises.
    assert.ok((waits.toSorted((one, other) => one - other)[rounds / 2] ?? 0) < 100);
  });

  test(`${way.name}: ${crowd} contenders start at once on a dead holder's lock, ${rounds} times: never two`, async (t) => {
    if (way.skip !== false) return t.skip(way.skip);
    const folder = temporaryFolder();
    const log = join(folder, "log");
    const path = join(folder, "state.json");
    const all = await Promise.all(Array.from({ length: crowd }, () => contender(way, path, log)));
    try {
      const { pid } = spawnSync("true");
      const lockFolder = join(folder, lockFolderName("state.json"));
      for (let round = 0; round < rounds; round++) {
        const kind = way.env.UNTORN_NATIVE === "1" ? "xk" : "xp";
        forge(lockFolder, `${kind}-${pid}-1-${nodePort.identity.scope}-00000000${String(round + 1e7)}`);
        for (const one of all) one.tell({ op: "lock", timeoutMs: 30_000, holdMs: 0 });
        await Promise.all(all.map((one) => one.hear("released")));
      }
    } finally {
      await Promise.all(all.map((one) => one.end()));
    }
    assert.deepEqual(readWitness(log), { violations: 0, entries: crowd * rounds });
    assert.deepEqual(readdirSync(folder), ["log"], "no lock folder stays");
    assert.ok(!existsSync(path));
  });
}
