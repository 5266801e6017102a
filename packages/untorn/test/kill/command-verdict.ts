import assert from "node:assert/strict";
import type { Tree } from "../atomic/support/scenarios.ts";
import { stateIn } from "./command-folder.ts";
import type { CommandEnd } from "./command-runner.ts";

export function succeeded(
  { status, stdout, stderr }: Pick<CommandEnd, "stdout" | "stderr"> & { status: number | null },
  context: string,
): void {
  assert.equal(status, 0, `${context}: ${stdout}${stderr}`);
}

/** What is there instead, short enough to be read. */
export function assertState(place: string, wanted: readonly string[], context: string): void {
  const found = stateIn(place);
  if (wanted.includes(found)) return;
  const files = JSON.parse(found) as [string, string][];
  const told = files.map(([path, text]) => {
    const as = wanted.map((state) => (JSON.parse(state) as [string, string][]).find(([name]) => name === path)?.[1]);
    const which = as.flatMap((other, index) => (other === text ? [["old", "new"][index] ?? "?"] : []));
    return `${path}: ${which.join(" and ") || JSON.stringify(text.slice(0, 300))}`;
  });
  const missing = wanted.flatMap((state) => JSON.parse(state) as [string, string][]).map(([path]) => path);
  const gone = missing.filter((path) => !files.some(([name]) => name === path)).map((path) => `${path}: not there`);
  throw new Error(`${context}\n  ${[...told, ...new Set(gone)].join("\n  ")}`);
}

/** A state with further files. */
export function besides(state: string, files: Tree): string {
  const all = new Map([...(JSON.parse(state) as [string, string][]), ...Object.entries(files)]);
  return JSON.stringify([...all].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a command that failed says is on disk. An error of the system's alone says nothing, and must not come out. */
export function outcomeOf(stderr: string, context: string): string {
  const told = stderr.trimEnd().split("\n").at(-1) ?? "";
  assert.match(told, /^\{"error":/, context);
  const { error } = JSON.parse(told) as { error: { outcome?: string } };
  assert.ok(["unchanged", "replaced", "unknown"].includes(error.outcome ?? ""), context);
  return error.outcome ?? "";
}
