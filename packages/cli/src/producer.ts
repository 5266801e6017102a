import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { UntornError } from "untorn";

/** What a source of content must not do, in words that fit an error about the file it was meant for. */
function refused(path: string, problem: string, next: string, cause?: unknown): UntornError {
  return new UntornError({ code: "UNTORN_SOURCE", path, phase: "source", outcome: "unchanged", problem, next, cause });
}

/**
 * A command's standard output, piece by piece; it is started when the first piece is asked for. Ends well only if the
 * command exits with status 0: a failing command must not replace a file with half of its output, or with nothing.
 * When `signal` is aborted the command is ended too: whoever ends this process by its id does not reach its child.
 */
export async function* outputOf(
  command: readonly string[],
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: ["inherit", "pipe", "inherit"] });
  const ended = endOf(child);
  const end = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", end, { once: true });
  try {
    for await (const piece of child.stdout) yield piece as Uint8Array;
    const { error, status, by } = await ended;
    if (error !== undefined) {
      throw refused(path, `\`${program}\` could not be started (${error.code})`, "Check the command.", error);
    }
    if (by === "SIGINT" || by === "SIGHUP") await ownSignal(signal);
    if (by !== null) throw refused(path, `\`${program}\` was ended by ${by}`, "Run it again.");
    if (status !== 0)
      throw refused(path, `\`${program}\` ended with exit status ${status}`, "Look at what it reported.");
  } finally {
    signal.removeEventListener("abort", end);
    if (child.exitCode === null && child.signalCode === null) {
      // Nobody wants its output any more. If it does not listen, it must not keep this process waiting.
      end();
      child.stdout.destroy();
      child.unref();
    }
  }
}

/**
 * Ctrl-C goes to the whole job. Where the command ends by it first, this process's own signal comes a moment later, and it
 * is by that one that it should end.
 */
async function ownSignal(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = setTimeout(resolve, 200);
    signal.addEventListener("abort", () => resolve(clearTimeout(done)), { once: true });
    if (signal.aborted) resolve(clearTimeout(done));
  });
  signal.throwIfAborted();
}

interface End {
  readonly error?: NodeJS.ErrnoException;
  readonly status: number | null;
  readonly by: NodeJS.Signals | null;
}

function endOf(child: ChildProcessByStdio<null, Readable, null>): Promise<End> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ error, status: null, by: null }));
    child.once("close", (status, by) => resolve({ status, by }));
  });
}

/** The same pieces; content without a single byte is refused. */
export async function* nonEmpty(pieces: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array> {
  let empty = true;
  for await (const piece of pieces) {
    if (piece.byteLength > 0) empty = false;
    yield piece;
  }
  if (empty) throw refused(path, "the new content is empty", "Pass --allow-empty if it is meant to be.");
}
