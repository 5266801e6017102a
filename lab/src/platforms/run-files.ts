import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import type { CaseResult } from "./case-result.ts";
import type { Platform, Ready } from "./platform.ts";

/** A file that does not end is killed, with all that it started; each of its tests has a limit of its own. */
const fileLimitMs = 420_000;

/** Runs test files, so many at a time; a file that ends badly, or without a result, counts as a failed case. */
export async function runFiles(
  platform: Platform,
  ready: Ready,
  files: readonly string[],
  signal: AbortSignal,
): Promise<CaseResult[]> {
  const queue = files.entries();
  const results: CaseResult[] = [];
  const work = async (): Promise<void> => {
    for (const [index, file] of queue) {
      signal.throwIfAborted();
      results.push(...(await runFile(ready, file, index, signal)));
    }
  };
  await Promise.all(Array.from({ length: platform.jobs }, work));
  return results.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
}

async function runFile(ready: Ready, file: string, index: number, signal: AbortSignal): Promise<CaseResult[]> {
  const { program, args, env, out } = ready.command(file, index);
  // Into a file: Wine has nothing for the sockets that a pipe of Node is.
  const log = `${out}.log`;
  const output = openSync(log, "w");
  const environment = { ...process.env, ...env };
  const child = spawn(program, args, { env: environment, stdio: ["ignore", output, output], detached: true });
  closeSync(output);
  const killAll = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  };
  const timer = setTimeout(killAll, fileLimitMs);
  signal.addEventListener("abort", killAll);
  const end = await new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(String(error)));
    child.once("exit", (status, by) => resolve(by ?? `status ${status}`));
  });
  clearTimeout(timer);
  signal.removeEventListener("abort", killAll);
  killAll();
  const lines = existsSync(out) ? readFileSync(out, "utf8").split("\n").filter(Boolean) : [];
  // Wine and Node print the file in their own way; the one that was asked for is meant.
  const results = lines.map((line) => ({ ...(JSON.parse(line) as CaseResult), file }));
  const failed = results.some(({ status }) => status === "failed");
  // Whoever reports failures ends with 1, or with 0 where the runner is the thin one; any other end is one more failure, of
  // which no known case may make us look away.
  const orderly = end === "status 0" || (failed && end === "status 1");
  if (results.length > 0 && orderly) return results;
  return [
    ...results,
    { file, suite: "", name: "(the file as a whole)", status: "failed", detail: `it ended with ${end}\n${said(log)}` },
  ];
}

/** The end of what a process said. */
function said(log: string): string {
  return readFileSync(log, "utf8").slice(-4_000);
}
