import assert from "node:assert/strict";
import { Files } from "../../src/atomic/index.ts";
import { writeKeeping } from "../../src/generations/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import { memoryPort, SeededRandom } from "../../src/testing/index.ts";
import type { CrashTest, MemoryPort } from "../../src/testing/index.ts";
import { own, put } from "../recovery/own-temps.ts";

/** Scenes that are drawn by a seed: what crashes left is put right, generations are kept, an older one comes back. */

const folder = "/state";
const paths = ["a.json", "b.json", "c.json"].map((name) => `${folder}/${name}`);
/** Of any length, each one different. */
const version = (seed: number, number: number): string =>
  JSON.stringify({ number, note: "n".repeat((seed * 31 + number * 97) % 1500) });

function recoverAll(port: MemoryPort): void {
  const report = recoveryOn({ port }).recoverSync(folder, { apply: true, quietMs: 0 });
  assert.equal(report.failed, 0, JSON.stringify(report.actions));
}

/** Files that are whole, corrupt or missing, with temps of untorn's and of others beside them. */
function putScene(port: MemoryPort, seed: number): void {
  const random = new SeededRandom(seed);
  port.putDirectory(folder);
  for (const [index, path] of paths.entries()) {
    const base = path.slice(path.lastIndexOf("/") + 1);
    const text = (number: number): string => version(seed, 10 * index + number);
    const put1 = [
      () => undefined,
      () => put(port, path, text(1)),
      () => put(port, path, text(1).slice(0, 1 + random.below(8))),
      () => put(port, path, ""),
    ];
    put1[random.below(put1.length)]?.();
    for (let number = 2; number < 2 + random.below(4); number += 1) {
      const content = text(number);
      const kinds = [
        () => own(port, base, content, number + 10 * index),
        () => own(port, base, content.slice(0, 6), number + 10 * index, content),
        () => put(port, `${path}.tmp.99${number}${index}`, content),
        () => put(port, `${path}.tmp.99${number}${index}`, content.slice(0, 6)),
      ];
      kinds[random.below(kinds.length)]?.();
    }
  }
  for (const directory of [folder, "/"]) port.fs.syncDirectory(directory);
}

const filesOf = (port: MemoryPort): (string | null | undefined)[] => {
  const tree = port.tree();
  return paths.map((path) => tree[path]);
};

/** A recovery that is cut, at any point, comes to the same end; and what the whole one keeps is never gone (G9). */
export function seededRecovery(seed: number): CrashTest<string> {
  const whole = memoryPort({ seed });
  putScene(whole, seed);
  recoverAll(whole);
  const wanted = filesOf(whole);
  const kept = new Set(Object.values(whole.tree()).filter((content) => content !== null));
  return {
    seed,
    recoveryCrashes: 1,
    setup: (port) => putScene(port, seed),
    workload: (port, run) => run.call("recovered", () => recoverAll(port)),
    recover(port) {
      keeps(port);
      recoverAll(port);
    },
    check(port) {
      assert.deepEqual(filesOf(port), wanted);
      keeps(port);
    },
  };
  function keeps(port: MemoryPort): void {
    const contents = Object.values(port.tree());
    for (const content of kept) if (isDocument(content)) assert.ok(contents.includes(content), `lost: ${content}`);
  }
}

/** Not a log or a note of untorn's own. */
const isDocument = (content: string): boolean => content.startsWith('{"number"');

/** Five writes that keep one to three generations: those of a write that has returned are there (G2, G9). */
export function seededGenerations(seed: number): CrashTest<number> {
  const path = paths[0] as string;
  const versions = [0, 1, 2, 3, 4, 5].map((number) => version(seed, number));
  const generations = 1 + (seed % 3);
  return {
    seed,
    recoveryCrashes: 1,
    setup: (port) => put(port, path, versions[0] as string),
    workload(port, run) {
      const files = new Files(port, writeKeeping);
      for (const [number, text] of versions.entries()) {
        if (number > 0) run.call(number, () => files.writeFileSync(path, text, { generations }));
      }
    },
    recover: recoverAll,
    check(port, { begun, returned }) {
      const tree = port.tree();
      const now = versions.indexOf(tree[path] ?? "");
      assert.ok(now >= returned.length && now <= begun.length, `${now} after ${returned.length} writes`);
      const contents = generationsIn(tree);
      for (let number = Math.max(0, begun.length - generations); number < returned.length; number += 1) {
        assert.ok(contents.includes(versions[number] as string), `generation ${number} is gone`);
      }
    },
  };
}

function generationsIn(tree: Readonly<Record<string, string | null>>): (string | null)[] {
  return Object.entries(tree).flatMap(([path, content]) => (path.includes("/generations/") ? [content] : []));
}

/** An older content comes back, and another after it: the file is one of them, and nothing that it held is gone (G2, G9). */
export function seededRestore(seed: number): CrashTest<number> {
  const path = paths[0] as string;
  const versions = [0, 1, 2, 3].map((number) => version(seed, number));
  const random = new SeededRandom(seed);
  // Of the generations 1, 2 and 3 (versions 0, 1 and 2), two in turn.
  const first = random.below(3);
  const states = [3, first, (first + 1 + random.below(2)) % 3];
  return {
    seed,
    recoveryCrashes: 1,
    setup(port) {
      const files = new Files(port, writeKeeping);
      put(port, path, versions[0] as string);
      for (const text of versions.slice(1)) files.writeFileSync(path, text, { generations: 9 });
    },
    async workload(port, run) {
      for (const [index, number] of states.entries()) {
        if (index > 0) await run.call(index, () => recoveryOn({ port }).restore(path, number + 1));
      }
    },
    recover: recoverAll,
    check(port, { begun, returned }) {
      const tree = port.tree();
      const allowed = states.slice(returned.length, begun.length + 1).map((number) => versions[number]);
      assert.ok(
        allowed.includes(tree[path] ?? ""),
        `${String(tree[path]).slice(0, 30)} after ${returned.length} restores`,
      );
      const contents = Object.values(tree);
      for (const text of versions) assert.ok(contents.includes(text), `lost: ${text.slice(0, 30)}`);
    },
  };
}
