import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Files } from "../../src/atomic/index.ts";
import { judgeRecord, keepLast } from "../../src/documents/jsonl/index.ts";
import { SeededRandom } from "../../src/testing/index.ts";
import type { CrashTest, MemoryPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import { Appender, updatesOn } from "../../src/update/index.ts";
import { folder, recordsIn, textAt } from "./core-checks.ts";

/** Longer workloads than can be explored whole, drawn by a seed: updates, appends, transactions. */

const increment = (text: string | undefined): string => `${Number(text ?? "0") + 1}\n`;

/** Ten updates of three counters by two processes, one by one and at once (G2, G6). */
export function seededUpdates(seed: number): CrashTest<string> {
  const counters = ["a", "b", "c"].map((name) => `${folder}/${name}.txt`);
  return {
    seed,
    setup(port) {
      for (const path of counters) port.put(path, "0\n");
    },
    async workload(port, run) {
      const random = new SeededRandom(seed);
      const processes = [port, port.anotherProcess()].map((each) => updatesOn(new Files(each)));
      let underWay: Promise<unknown>[] = [];
      for (let call = 0; call < 10; call += 1) {
        const path = counters[random.below(counters.length)] as string;
        const updates = processes[random.below(2)] as ReturnType<typeof updatesOn>;
        underWay.push(run.call(path, () => updates.updateFile(path, increment)));
        if (random.below(2) > 0) continue;
        await Promise.all(underWay);
        underWay = [];
      }
      await Promise.all(underWay);
    },
    check(port, { begun, returned }) {
      for (const path of counters) {
        const text = textAt(port, path) ?? "";
        assert.match(text, /^\d+\n$/, "torn");
        const least = returned.filter((each) => each === path).length;
        const most = begun.filter((each) => each === path).length;
        assert.ok(Number(text) >= least && Number(text) <= most, `${path}: ${text} of ${least} to ${most}`);
      }
    },
  };
}

/** Eight records of any length to a log, some of them at once, and one more after the crash (G1, G2, G9). */
export function seededAppends(seed: number): CrashTest<number> {
  const log = `${folder}/events.jsonl`;
  const lengths = new SeededRandom(seed);
  const lines = Array.from({ length: 10 }, (_, index) => {
    const note = "n".repeat(lengths.below(lengths.below(3) === 0 ? 6_000 : 300));
    return Buffer.from(`${JSON.stringify({ index, note })}\n`);
  });
  const appender = (port: MemoryPort): Appender =>
    new Appender(new Files(port), { judge: judgeRecord, retain: keepLast });
  return {
    seed,
    setup: (port) => port.put(log, lines[0] as Buffer),
    async workload(port, run) {
      const random = new SeededRandom(seed + 1);
      const records = appender(port);
      let underWay: Promise<unknown>[] = [];
      for (let index = 1; index <= 8; index += 1) {
        underWay.push(run.call(index, () => records.append(log, lines[index] as Buffer, {})));
        if (random.below(3) > 0) continue;
        await Promise.all(underWay);
        underWay = [];
      }
      await Promise.all(underWay);
    },
    check(port, { returned }) {
      appender(port).appendSync(log, lines[9] as Buffer, {});
      // What is not found whole can only be of a call that had not returned.
      const found = recordsIn(port, log, (index) => lines[index]);
      for (const index of [0, 9, ...returned]) assert.ok(found.includes(index), `lost: record ${index}`);
    },
  };
}

type Tree = Readonly<Record<string, string>>;
const root = "/root";

/** What is done to one file in a transaction; in words of the model, too. */
interface Step {
  readonly path: string;
  /** `undefined`: it is removed. */
  readonly text: string | undefined;
  readonly to?: string;
}

/** Three transactions of one to four steps, with the tree before the first and after each. */
function drawTransactions(seed: number): { readonly steps: Step[][]; readonly trees: Tree[] } {
  const random = new SeededRandom(seed);
  const names = ["a.md", "b.md", "d/c.md", "d/e.md", "new/f.md"];
  let tree: Record<string, string> = { "a.md": "a 0", "d/c.md": "c 0", "d/e.md": "e 0" };
  const [steps, trees]: [Step[][], Tree[]] = [[], [sorted(tree)]];
  for (let number = 1; number <= 3; number += 1) {
    const made: Step[] = [];
    for (let left = 1 + random.below(4); left > 0; left -= 1) {
      const path = names[random.below(names.length)] as string;
      const to = names.find((name) => tree[name] === undefined);
      const kind = tree[path] === undefined ? 0 : random.below(4);
      const { [path]: text = "", ...others } = tree;
      const content = `${path} ${number}.${left} ${"x".repeat(random.below(700))}`;
      if (kind === 1) made.push({ path, text: undefined });
      else if (kind === 2 && to !== undefined) made.push({ path, text, to });
      else made.push({ path, text: content });
      tree = {
        ...others,
        ...(kind === 1 ? {} : kind === 2 && to !== undefined ? { [to]: text } : { [path]: content }),
      };
    }
    steps.push(made);
    trees.push(sorted(tree));
  }
  return { steps, trees };
}

/** Three transactions over five files; a crash leaves what one of them left, and not an older one than returned (G2, G8). */
export function seededTransactions(seed: number): CrashTest<number> {
  const { steps, trees } = drawTransactions(seed);
  return {
    seed,
    recoveryCrashes: 1,
    setup(port) {
      port.putDirectory(root);
      for (const [path, text] of Object.entries(trees[0] as Tree)) port.put(`${root}/${path}`, text);
    },
    workload(port, run) {
      for (const [index, each] of steps.entries()) {
        run.call(index + 1, () =>
          transactionsOn(port).transactionSync(root, (tx) => {
            for (const { path, text, to } of each) {
              if (to !== undefined) tx.rename(path, to);
              else if (text === undefined) tx.remove(path);
              else tx.write(path, text);
            }
          }),
        );
      }
    },
    recover: (port) => void transactionsOn(port).transactionSync(root, () => undefined),
    check(port, { begun, returned }) {
      const found = JSON.stringify(treeOf(port));
      const allowed = trees.slice(returned.length, begun.length + 1);
      assert.ok(
        allowed.some((tree) => JSON.stringify(tree) === found),
        `no state of a transaction, or too old: ${found.slice(0, 500)}`,
      );
    },
  };
}

/** All files below the root but those of untorn's own. */
function treeOf(port: MemoryPort): Tree {
  const own = (path: string): boolean => path.split("/").some((part) => part.startsWith("."));
  const all = Object.entries(port.tree()).map(([path, text]) => [path.slice(root.length + 1), text] as const);
  return sorted(Object.fromEntries(all.flatMap(([path, text]) => (text === null || own(path) ? [] : [[path, text]]))));
}

function sorted(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
