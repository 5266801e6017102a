// Where the tour works: a temp folder of its own, which is gone afterwards, whatever happens.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** @type {import("node:child_process").ChildProcess[]} */
const children = [];
/** @type {string[]} */
const mounts = [];

/** Makes the folder, and sees to it that it is removed when this process ends, also by Ctrl-C or an error. */
export function makePlace() {
  const folder = mkdtempSync(join(tmpdir(), "untorn-tour-"));
  process.once("exit", () => {
    for (const child of children) child.kill("SIGKILL");
    for (const mount of mounts.toReversed()) spawnSync("umount", ["-l", mount], { stdio: "ignore" });
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  // A signal whose default would end the process without the line above.
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
  process.once("SIGHUP", () => process.exit(129));
  return folder;
}

/**
 * Remembers a child until it has ended.
 * @template {import("node:child_process").ChildProcess} C
 * @param {C} child
 * @returns {C}
 */
export function watched(child) {
  children.push(child);
  child.once("close", () => children.splice(children.indexOf(child), 1));
  return child;
}

/**
 * Mounts a small disk in memory; `undefined` where that is not allowed.
 * @param {string} folder
 * @param {number} bytes
 * @returns {(() => void) | undefined} takes it away again
 */
export function mountSmallDisk(folder, bytes) {
  mkdirSync(folder, { recursive: true });
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "untorn-tour", folder], {
    stdio: "ignore",
  });
  if (status !== 0) return undefined;
  mounts.push(folder);
  return () => {
    spawnSync("umount", [folder], { stdio: "ignore" });
    mounts.splice(mounts.indexOf(folder), 1);
  };
}
