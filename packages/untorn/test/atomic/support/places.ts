import { existsSync, mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A new folder on the real disk, removed after the test. */
export function folder(t: TestContext, under = tmpdir()): string {
  const path = realpathSync(mkdtempSync(join(under, "untorn-test-")));
  t.after(() => {
    for (const undo of undos.get(t)?.splice(0).toReversed() ?? []) undo();
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

const undos = new WeakMap<TestContext, (() => void)[]>();

/** Does something before the test's folders are removed; hooks run in the order in which they were set. */
export function beforeRemoval(t: TestContext, undo: () => void): void {
  undos.set(t, [...(undos.get(t) ?? []), undo]);
}

/** A file system in memory, where there is one: for what is about many calls and not about the disk. */
export function inMemory(): string {
  return existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
}

/** Whether this process may do what only root may. */
export const isRoot = process.getuid?.() === 0;

/** How many files this process has open (Linux); pipes and the like, which a runtime opens and closes as it sees fit, are not counted. */
export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").filter((name) => {
    try {
      return /^\/(?!dev\/(?!shm\/)|proc\/)/.test(readlinkSync(`/proc/self/fd/${name}`));
    } catch {
      // The one that the folder was read with.
      return false;
    }
  }).length;
}

/** The names in a folder that are not among the expected ones. */
export function unexpected(path: string, expected: readonly string[]): string[] {
  return readdirSync(path).filter((name) => !expected.includes(name));
}

/** Runs a part as a user without rights; only root can. */
export function asUser(user: number, part: () => void): void {
  process.setegid?.(user);
  process.seteuid?.(user);
  try {
    part();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}
