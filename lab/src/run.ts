import { spawnSync } from "node:child_process";

/** Runs a command to its end; throws what it says if it fails. */
export function run(command: string, args: readonly string[], cwd = "/"): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", timeout: 300_000 });
  if (error !== undefined) throw error;
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")}: ${stderr.trim() || stdout.trim() || `status ${status}`}`);
  return stdout;
}
