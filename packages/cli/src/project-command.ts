import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Project } from "@untorn/workspace/project";
import { isUntornError, printable } from "untorn";
import { below } from "./below.ts";
import { nearest } from "./nearest.ts";
import { print, printJson } from "./output.ts";
import { UsageError } from "./usage-error.ts";

/** What every command of a project says about its exit statuses. */
export const statusLine = `Exit status: 0 done; 1 the command line or what it asks for cannot be meant, nothing was touched; 2 the state or the
file system is in the way (the message says what is on disk).`;

/** For \`--root\`, in every command of a project. */
export const rootLine = `--root DIR    the folder that has .project (default: the nearest one upwards)`;

/**
 * The exit status of the commands of a project, which is their own: 1 for input, 2 for the state and the file system, so
 * that a script can tell a wrong call from a registry that needs care.
 */
export function statusOf(error: unknown): number {
  if (error instanceof UsageError) return 1;
  return isUntornError(error) && error.phase === "arguments" ? 1 : 2;
}

/** Where the project is: below `root`, or below the nearest folder upwards that has one. */
export function projectFolder(root: string | undefined): string {
  if (root !== undefined) return below(root, ".project");
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".project"))) return join(folder, ".project");
    if (folder === dirname(folder)) return resolve(".project");
  }
}

export async function projectAt(root: string | undefined): Promise<Project> {
  const { openProject } = await import("@untorn/workspace/project");
  return openProject(projectFolder(root));
}

/** Runs one of a command's actions, the first of its operands. */
export async function runAction(
  argv: readonly string[],
  actions: Readonly<Record<string, (rest: string[]) => Promise<void>>>,
): Promise<number> {
  const [name, ...rest] = argv;
  const known = Object.keys(actions);
  if (name === undefined || name.startsWith("-")) {
    throw new UsageError(`Say first what to do: ${known.join(", ")}.`);
  }
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) {
    const meant = await nearest(name, known);
    const hint = meant === undefined ? `There is ${known.join(", ")}.` : `Did you mean '${meant}'?`;
    throw new UsageError(`There is no action '${name}'. ${hint}`);
  }
  await action(rest);
  return 0;
}

/** An option that must be there. */
export function needed(option: string, value: string | undefined): string {
  if (value === undefined) throw new UsageError(`${option} is missing.`);
  return value;
}

/** A value as JSON, or lines for people. Titles are other people's text, so control characters are shown, not sent. */
export async function answer(
  asJson: boolean | undefined,
  value: unknown,
  lines: () => readonly string[],
): Promise<void> {
  if (asJson === true) return await printJson(value);
  const text = lines().map((line) => `${printable(line)}\n`);
  if (text.length > 0) await print(text.join(""));
}

/** Rows in columns. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return rows.map((row) =>
    row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join("  "),
  );
}
