import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import type { TestContext } from "node:test";
import { beforeRemoval, isRoot } from "./places.ts";

/** Mounts something for one test; answers why it cannot, if so. */
export function mount(t: TestContext, args: readonly string[], path: string): string | undefined {
  if (!isRoot) return "mounting needs root";
  const { status, stderr, error } = spawnSync("mount", [...args, path], { encoding: "utf8" });
  if (error !== undefined || status !== 0) return `cannot mount here: ${(error?.message ?? stderr).trim()}`;
  beforeRemoval(t, () => void spawnSync("umount", [path]));
  return undefined;
}

/** A file system of so many bytes; answers why it cannot be had, if so. */
export function smallDisk(t: TestContext, path: string, options: string): string | undefined {
  mkdirSync(path);
  return mount(t, ["-t", "tmpfs", "-o", options, "tmpfs"], path);
}
