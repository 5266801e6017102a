import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The built entry of the library, for code that a child process evaluates. */
export const library = new URL("../../../src/index.js", import.meta.url).href;
const platform = new URL("../../../src/platform/index.js", import.meta.url).href;
const atomic = new URL("../../../src/atomic/index.js", import.meta.url).href;
const testing = new URL("../../../src/testing/index.js", import.meta.url).href;

/** What every child's code can use. */
const prelude = `
import * as untorn from ${JSON.stringify(library)};
import { nodePort } from ${JSON.stringify(platform)};
import { Files, parseTempName, finishInPlace } from ${JSON.stringify(atomic)};
import { faultPlan, interceptPort } from ${JSON.stringify(testing)};
import fs from "node:fs";
const attempt = async (work) => {
  try { return { ok: await work() }; } catch (error) {
    return { error: typeof error.toJSON === "function" ? { ...error.toJSON() } : { message: String(error.stack) } };
  }
};
const report = (value) => fs.writeSync(1, JSON.stringify(value));
`;

export interface ChildResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** What the child reported, if it did. */
  readonly report: unknown;
}

export interface ChildOptions extends Pick<SpawnOptions, "uid" | "gid" | "cwd" | "env"> {
  /** A shell command that ends in `exec "$@"`, to set limits or namespaces first. */
  readonly shell?: string;
  /** Instead of the program that runs this. */
  readonly program?: string;
  /** Words before node: `unshare`, `--pid`. */
  readonly wrap?: readonly string[];
}

function commandLine(code: string, options: ChildOptions): [string, string[]] {
  const node = [options.program ?? process.execPath, "--no-warnings", "--input-type=module", "-e", prelude + code];
  const words = options.shell === undefined ? node : ["sh", "-c", options.shell, "sh", ...node];
  const all = [...(options.wrap ?? []), ...words];
  return [all[0] as string, all.slice(1)];
}

/** Runs code in another process and waits for its end. */
export function runChild(code: string, options: ChildOptions = {}): ChildResult {
  const [command, args] = commandLine(code, options);
  const { uid, gid, cwd, env } = options;
  const child = spawnSync(command, args, {
    encoding: "utf8",
    timeout: 60_000,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
  });
  return {
    status: child.status,
    signal: child.signal,
    stderr: child.stderr,
    report: child.stdout === "" ? undefined : (JSON.parse(child.stdout) as unknown),
  };
}

/** Starts code in another process; its standard output comes line by line through `stdout`. */
export function startChild(code: string, options: ChildOptions = {}): ChildProcess {
  const [command, args] = commandLine(code, options);
  const { uid, gid, cwd, env } = options;
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "inherit"],
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
  });
  ends.set(child, new Promise((resolve) => child.once("exit", (status, signal) => resolve({ code: status, signal }))));
  return child;
}

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const ends = new WeakMap<ChildProcess, Promise<End>>();

/**
 * Resolves with what ended the process. By its event, and not by `signalCode`: in Deno, `kill` sets that at once, while the process may
 * be at work for some milliseconds more.
 */
export function ended(child: ChildProcess): Promise<End> {
  return ends.get(child) ?? Promise.reject(new Error("startChild did not start it"));
}

export const here = fileURLToPath(new URL(".", import.meta.url));
