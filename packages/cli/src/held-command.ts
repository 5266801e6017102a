import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { FileLock } from "untorn";
import { isUntornError } from "untorn/errors";
import { exitStatus } from "./command.ts";
import { tell } from "./output.ts";

/** All that would end this process, and leave the command without the lock, unless something listens (signal(7)). */
const passedOn = [
  "SIGTERM",
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGUSR1", // Node would open its debugger.
  "SIGUSR2",
  "SIGALRM",
  "SIGVTALRM",
  "SIGXCPU",
  "SIGIO",
  "SIGPWR",
] as const;

/** A terminal sends these to the command itself, as to everything in its foreground; a second one would end more than asked. */
const fromTerminal = new Set<NodeJS.Signals>(["SIGINT", "SIGQUIT"]);

interface End {
  readonly status: number;
  readonly by: NodeJS.Signals | null;
}

/** Runs a command while the lock is held, releases the lock, and returns the exit status; ends by the command's signal. */
export async function runHolding(held: FileLock, command: readonly string[], asJson: boolean): Promise<number> {
  let lost = false;
  let doubt: string | undefined;
  held.signal.addEventListener("abort", () => {
    lost = true;
    tell(`${held.path}: the lock was taken away while the command is running.`);
  });
  let end: End;
  try {
    end = await endOf(command);
    if (!lost) doubt = doubtAbout(held);
  } finally {
    await held.release();
  }
  const { status, by } = end;
  if (by === "SIGINT" || by === "SIGTERM" || by === "SIGHUP") process.kill(process.pid, by);
  if (lost) doubt = "the lock was taken away before it ended";
  if (doubt !== undefined && status === exitStatus.done) {
    sayDoubt(held.path, `the command succeeded, but ${doubt}.`, asJson);
    return exitStatus.uncertain;
  }
  return status;
}

/** Why nobody can say that the lock was held to the end; `undefined`: it was. */
function doubtAbout(held: FileLock): string | undefined {
  try {
    held.assertHeld();
    return undefined;
  } catch (error) {
    if (isUntornError(error) && error.code === "UNTORN_LOCK_LOST") return "the lock was taken away before it ended";
    return `whether the lock was held to its end could not be found out (${error instanceof Error ? error.message : String(error)})`;
  }
}

function sayDoubt(path: string, problem: string, asJson: boolean): void {
  if (!asJson) return tell(`${path}: ${problem}`);
  const error = { code: "UNTORN_LOCK_LOST", path, outcome: "unknown", message: `${path}: ${problem}` };
  process.stderr.write(`${JSON.stringify({ error })}\n`);
}

function endOf([program = "", ...args]: readonly string[]): Promise<End> {
  return new Promise((resolve) => {
    const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
    const pass = (signal: NodeJS.Signals): void => {
      if (!terminal || !fromTerminal.has(signal)) child.kill(signal);
    };
    // Before the command is there: a signal that came in between would end this process and leave the command without it.
    for (const signal of passedOn) process.on(signal, pass);
    const child = spawn(program, args, { stdio: "inherit" });
    const finish = (end: End): void => {
      for (const signal of passedOn) process.off(signal, pass);
      resolve(end);
    };
    child.once("error", (error: NodeJS.ErrnoException) => {
      tell(`\`${program}\` could not be started (${error.code}).`);
      finish({ status: error.code === "ENOENT" ? 127 : 126, by: null });
    });
    child.once("exit", (status, by) => {
      finish({ status: by === null ? (status ?? exitStatus.refused) : 128 + constants.signals[by], by });
    });
  });
}
