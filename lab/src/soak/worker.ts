// One process of a soak: does one thing after the other, and writes down, outside of the disk that it works on, what it has begun
// and what became of it. Its clock jumps. It ends when its input does.
import { openSync, writeSync } from "node:fs";

const [root = "", witness = "", name = "", seed = "1"] = process.argv.slice(2);
const log = openSync(witness, "a");
const note = (...words: readonly unknown[]): void => {
  // The kernel's clock of the whole machine, which nobody sets (clock_gettime(2), CLOCK_MONOTONIC).
  writeSync(log, `${process.hrtime.bigint()} ${words.map((word) => JSON.stringify(word)).join(" ")}\n`);
};

// Before the library is loaded: it takes the function as it is then.
const realNow = Date.now;
let offsetMs = 0;
Date.now = () => realNow() + offsetMs;

const { SeededRandom } = await import("untorn/testing");
const { anyOperation, Seen } = await import("./operations.ts");

const random = new SeededRandom(Number(seed));
const lanes = 1 + random.below(3);
const end = new AbortController();
let count = 0;
process.stdin.resume().on("end", () => end.abort());

/** A minute, an hour or a day, there or back; or the right time. */
const jumps = [0, 60_000, -60_000, 3_600_000, -3_600_000, 86_400_000, -86_400_000];

async function lane(): Promise<void> {
  while (!end.signal.aborted) {
    if (random.below(20) === 0) offsetMs = jumps[random.below(jumps.length)] ?? 0;
    const { kind, target, run } = anyOperation(root, random);
    const id = `${name}-${(count += 1)}`;
    note("begun", id, kind, target);
    try {
      await run(id);
      note("done", id);
    } catch (error) {
      const { code, outcome, message } = error as { code?: string; outcome?: string; message?: string };
      if (error instanceof Seen) note("seen", id, message);
      else if (outcome === undefined) note("seen", id, `an error that is not untorn's: ${(error as Error).stack}`);
      else note("failed", id, outcome, code, message);
    }
  }
}

await Promise.all(Array.from({ length: lanes }, lane));
note("over");
