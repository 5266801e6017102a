import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { FixedFile } from "../../src/fix/index.ts";
import { applyFiles, planFixes, toChanges } from "../../src/fix/index.ts";
import { project } from "../project.ts";
import { tree } from "../tree.ts";

// dist/test/fix -> the packages
export const packages = join(import.meta.dirname, "../../../..");

/** Why a test is skipped where a program is not installed. */
export const missing = (program: string): string | false =>
  spawnSync(program, ["-c", ""], { stdio: "ignore" }).error === undefined ? false : `${program} is not installed`;

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function run(cwd: string, program: string, words: readonly string[]): Ended {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1", HOME: "/home/somebody" };
  return spawnSync(program, words, { cwd, env, encoding: "utf8", timeout: 30_000 });
}

/** Makes the library importable from a folder. */
export function withLibrary(root: string): void {
  mkdirSync(join(root, "node_modules"));
  symlinkSync(join(packages, "untorn"), join(root, "node_modules/untorn"));
}

/**
 * Runs a command of bash in a project as it is and as it is fixed by safe fixes: both must print the same, end the same
 * and leave the same files. Answers with the files that were fixed.
 */
export async function sameAfterwards(
  context: TestContext,
  files: Readonly<Record<string, string>>,
  command: string,
): Promise<readonly FixedFile[]> {
  const before = project(context, files);
  const after = project(context, files);
  withLibrary(before);
  withLibrary(after);
  const plan = await planFixes(after, { rules: ["non-atomic-write"] });
  await applyFiles(after, toChanges(plan.files));
  const expected = run(before, "bash", ["-c", command]);
  const got = run(after, "bash", ["-c", command]);
  assert.equal(got.stdout, expected.stdout, got.stderr);
  assert.equal(got.status, expected.status, got.stderr);
  const sources = new Set(plan.files.map((file) => file.path));
  assert.deepEqual(tree(after, sources), tree(before, sources));
  return plan.files;
}
