// Compiles floor.c where there is a C compiler, and runs it.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("floor.c", import.meta.url));
const build = fileURLToPath(new URL("build/", import.meta.url));
const program = `${build}floor`;

/** Whether the floor can be measured; if not, says why. */
export function compileFloor() {
  mkdirSync(build, { recursive: true });
  if ((statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0) > statSync(source).mtimeMs) return true;
  const { status, error, stderr } = spawnSync("cc", ["-O2", "-Wall", "-Wextra", "-o", program, source]);
  if (status === 0) return true;
  console.log(`The floor is left out: cc does not compile it here (${error?.code ?? String(stderr).trim()}).`);
  return false;
}

/** Microseconds of each replace. */
export function runFloor(directory, { sync, count, bytes }) {
  const output = execFileSync(program, [directory, sync ? "1" : "0", String(count), String(bytes)], {
    encoding: "utf8",
  });
  return output
    .trim()
    .split("\n")
    .map((nanoseconds) => Number(nanoseconds) / 1000);
}
