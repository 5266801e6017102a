// Several processes on one simulated machine, each stepped one call at a time in random order, some killed between two
// calls: whatever the order, two who are in each other's way never hold the lock at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { acquire, assertHeld, release } from "../../src/lock/index.ts";
import { endRests } from "../../src/lock/rest.ts";
import type { Port } from "../../src/platform/index.ts";
import { Stepper } from "../../src/protocol/index.ts";
import type { Protocol } from "../../src/protocol/index.ts";
import { memoryPort, SeededRandom } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";

const firstSeed = Number(process.env["UNTORN_SEED"] ?? Date.now() % 1_000_000);
const schedules = 1_000;
const mostSteps = 100_000;
const path = "/state.json";

type Locking = "kernel" | "fallback" | "mixed";

class Witness {
  readonly inside = new Map<MemoryPort, boolean>();
  entries = 0;

  enter(who: MemoryPort, shared: boolean, about: string): void {
    this.entries += 1;
    const others = [...this.inside.values()];
    assert.ok(shared ? !others.includes(false) : others.length === 0, `two hold the lock at once (${about})`);
    this.inside.set(who, shared);
  }
}

function* life(port: Port, who: MemoryPort, witness: Witness, random: SeededRandom, about: string): Protocol<void> {
  for (let time = 0; time < 4; time++) {
    const shared = random.below(3) === 0;
    const mayRest = random.below(4) > 0;
    const held = yield* acquire(port, path, { shared, mayRest, timeoutMs: Number.POSITIVE_INFINITY });
    witness.enter(who, shared, about);
    for (let i = random.below(4); i >= 0; i--) yield* assertHeld(held);
    witness.inside.delete(who);
    yield* release(port, held);
  }
  yield* endRests(port);
}

function without(port: MemoryPort): Port {
  const traits = { value: { ...port.traits, kernelLocks: false } };
  return Object.create(port, { traits }) as Port;
}

function run(seed: number, locking: Locking): { entries: number; kills: number } {
  const about = `UNTORN_SEED=${seed}, ${locking}`;
  const random = new SeededRandom(seed);
  const witness = new Witness();
  const first = memoryPort({ seed, kernelLocks: locking !== "fallback", locksRest: seed % 2 === 0 });
  const others = Array.from({ length: 1 + random.below(4) }, () => first.anotherProcess());
  const alive = new Map(
    [first, ...others].map((who, i) => {
      const port = locking === "mixed" && i % 2 === 1 ? without(who) : who;
      return [who, new Stepper(port, life(port, who, witness, random, about))];
    }),
  );
  let kills = 0;
  for (let step = 0; alive.size > 0; step++) {
    assert.ok(step < mostSteps, `nobody gets on (${about})`);
    const [who, stepper] = [...alive][random.below(alive.size)] ?? assert.fail();
    if (alive.size > 1 && random.below(150) === 0) {
      who.kill();
      kills += 1;
      witness.inside.delete(who);
      alive.delete(who);
      continue;
    }
    stepper.advance();
    if (stepper.pending === undefined) alive.delete(who);
  }
  const last = first.anotherProcess();
  const stepper = new Stepper(last, life(last, last, witness, random, about));
  for (let step = 0; stepper.pending !== undefined; step++) {
    assert.ok(step < mostSteps, `the last one does not get on (${about})`);
    stepper.advance();
  }
  assert.deepEqual(last.tree(), {}, `something stays (${about})`);
  assert.deepEqual(last.openPaths(), [], about);
  return { entries: witness.entries, kills };
}

for (const locking of ["kernel", "fallback", "mixed"] as const) {
  test(`${locking}: in ${schedules} random orders of calls and kills, never two holders`, () => {
    console.log(`UNTORN_SEED=${firstSeed}`);
    let entries = 0;
    let kills = 0;
    for (let seed = firstSeed; seed < firstSeed + schedules; seed++) {
      const result = run(seed, locking);
      entries += result.entries;
      kills += result.kills;
    }
    assert.ok(entries > schedules * 3 && kills > schedules / 3, `${entries} entries, ${kills} kills`);
    console.log(`${locking}: the lock was had ${entries} times, ${kills} processes were killed`);
  });
}
