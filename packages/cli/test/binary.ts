import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess, SpawnSyncOptions } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

/** The program that is installed as `untorn`. */
export const binary = fileURLToPath(new URL("../../bin/untorn.js", import.meta.url));

/** An ordinary user, to be run as where the tests run as root. */
export const nobody = 65534;
export const isRoot = process.getuid?.() === 0;

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command to its end. */
export function untorn(args: readonly string[], options: SpawnSyncOptions = {}): Ended {
  return toEnd(process.execPath, [binary, ...args], options);
}

/** Runs a shell script with the command in `$U`, to be used as `$U write FILE`. */
export function shell(script: string, options: SpawnSyncOptions = {}): Ended {
  const env = { ...process.env, U: `${process.execPath} ${binary}`, NODE: process.execPath };
  return toEnd("sh", ["-c", script], { ...options, env });
}

function toEnd(program: string, args: readonly string[], options: SpawnSyncOptions): Ended {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
    input: "",
    ...options,
    encoding: "utf8",
  });
  if (error) throw error;
  return { status, signal, stdout, stderr };
}

/** Starts the command in a process group of its own, as a shell does for a job. */
export function start(args: readonly string[], cwd: string): ChildProcess {
  return spawn(process.execPath, [binary, ...args], { cwd, detached: true, stdio: ["pipe", "pipe", "pipe"] });
}

/** A fresh folder, removed after the test. */
export function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "untorn-cli-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The names in a folder, sorted; a temp that was left behind shows up here. */
export function namesIn(folder: string): string[] {
  return readdirSync(folder).sort();
}

/** The error that `--json` printed. */
export function errorOf(ended: Ended): { code: string; outcome?: string; message: string } {
  return (JSON.parse(ended.stderr) as { error: { code: string; outcome?: string; message: string } }).error;
}
