import assert from "node:assert/strict";
import { Files } from "../../src/atomic/index.ts";
import { SeededRandom } from "../../src/testing/index.ts";
import type { CrashTest, Knowledge, MemoryPort } from "../../src/testing/index.ts";
import { checkSurroundings, folder, setUp, textAt } from "./core-checks.ts";

/** One call on one file: the `index`-th on it. */
interface CallMade {
  readonly file: string;
  readonly index: number;
}

const names = ["a.json", "b.json", "c.json", "d.json", "e.json", "f.json"];

/** Some hundred bytes, now and then more than a block. */
function textFor(file: string, index: number, seed: number): string {
  const filler = (seed + index) % 9 === 0 ? 900 : 20;
  return `${file} ${index} ${"x".repeat(filler + index)}\n`;
}

/**
 * Calls on six files, drawn by the seed: writes one by one and at once, with `coalesce`, on the calling thread, and
 * removals. Calls for one file take effect in the order in which they were made, so after a crash each file must be as
 * the last call that has returned left it, or as a later one did.
 */
export function seededCore(seed: number, calls: number): CrashTest<CallMade> {
  /** Per file, what each call was to leave: a text, or nothing. */
  const wanted = new Map<string, (string | undefined)[]>(names.map((file) => [file, []]));
  return {
    seed,
    setup(port) {
      setUp(port);
      for (const [place, file] of names.entries()) {
        const text = place % 2 === 0 ? textFor(file, 0, seed) : undefined;
        if (text !== undefined) port.put(`${folder}/${file}`, text);
        wanted.set(file, [text]);
      }
    },
    async workload(port, run) {
      const random = new SeededRandom(seed);
      const files = new Files(port);
      let underWay: Promise<unknown>[] = [];
      for (let call = 0; call < calls; call += 1) {
        const file = names[random.below(names.length)] as string;
        const history = wanted.get(file) as (string | undefined)[];
        const made = { file, index: history.length };
        const path = `${folder}/${file}`;
        const kind = random.below(8);
        const text = kind === 0 ? undefined : textFor(file, made.index, seed);
        history.push(text);
        const action = (): Promise<unknown> => {
          if (text === undefined) return files.removeFile(path, { force: true });
          return files.writeFile(path, text, { coalesce: kind === 1 });
        };
        if (kind === 2 && text !== undefined) run.call(made, () => files.writeFileSync(path, text));
        else underWay.push(run.call(made, action));
        if (random.below(3) > 0) continue;
        await Promise.all(underWay);
        underWay = [];
      }
      await Promise.all(underWay);
    },
    check: (port, knowledge) => checkFiles(port, knowledge, wanted),
  };
}

const lastReturned = new WeakMap<Knowledge<CallMade>, Map<string, number>>();

function returnedOf(knowledge: Knowledge<CallMade>): Map<string, number> {
  let last = lastReturned.get(knowledge);
  if (last === undefined) {
    last = new Map(names.map((file) => [file, 0]));
    for (const { file, index } of knowledge.returned) last.set(file, Math.max(index, last.get(file) ?? 0));
    lastReturned.set(knowledge, last);
  }
  return last;
}

function checkFiles(
  port: MemoryPort,
  knowledge: Knowledge<CallMade>,
  wanted: ReadonlyMap<string, readonly (string | undefined)[]>,
): void {
  const last = returnedOf(knowledge);
  for (const file of names) {
    const found = textAt(port, `${folder}/${file}`);
    const history = wanted.get(file) as readonly (string | undefined)[];
    if (history.lastIndexOf(found) >= (last.get(file) ?? 0)) continue;
    assert.ok(history.includes(found), `torn: ${file}`);
    throw new Error(`lost: ${file} is older than a call that has returned`);
  }
  checkSurroundings(port, names);
}
