import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../../../test/kill/shim.c", import.meta.url));
const compiler = ["cc", "gcc", "clang"].find((name) => spawnSync(name, ["--version"]).status === 0);

/** Why nothing can be stopped at a system call here; `false` if it can. */
export const skip =
  process.platform !== "linux"
    ? "the shim is for Linux"
    : compiler === undefined
      ? "no C compiler, so no system call can be stopped"
      : false;

/** Compiles the library that is preloaded; answers its path. */
export function buildShim(root: string): string {
  const library = join(root, "shim.so");
  const built = spawnSync(compiler ?? "cc", ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], {
    encoding: "utf8",
  });
  assert.equal(built.status, 0, built.stderr);
  return library;
}

export interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Node under the shim, with `input` on its standard input. */
export function runUnder(
  shim: string,
  args: readonly string[],
  settings: NodeJS.ProcessEnv,
  { cwd, input }: { readonly cwd?: string; readonly input?: string } = {},
): Promise<Ended> {
  const env = { ...process.env, ...settings, LD_PRELOAD: shim };
  const started = spawn(process.execPath, args, {
    env,
    stdio: ["pipe", "pipe", "pipe"],
    timeout: 60_000,
    ...(cwd && { cwd }),
  });
  // It may be killed before it has read.
  started.stdin.on("error", () => undefined).end(input ?? "");
  return new Promise((resolve, reject) => {
    let [stdout, stderr] = ["", ""];
    started.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    started.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    started.on("error", reject);
    started.on("close", (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}
