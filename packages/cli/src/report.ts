import { isUntornError, printable, UntornError } from "untorn/errors";
import { exitStatus } from "./command.ts";
import { hasChanged } from "./changes.ts";
import { OutputClosed, OutputFailed, tell } from "./output.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Says on standard error what went wrong, as one line or as JSON, and returns the exit status for it. `usage` is the command's own text:
 * no option is advised that it does not have.
 */
export function report(error: unknown, asJson: boolean, help: string, usage = ""): number {
  // Whoever read our output has seen enough; there is nobody left to tell.
  if (error instanceof OutputClosed) return hasChanged() ? exitStatus.done : exitStatus.refused;
  const status = statusOf(error);
  if (asJson) {
    process.stderr.write(`${JSON.stringify({ error: withDetails(error) })}\n`);
  } else if (error instanceof OutputFailed) {
    tell(sentenceOf(error));
  } else if (error instanceof UsageError) {
    tell(`${error.message} See \`${help} --help\`.`);
  } else if (isUntornError(error) || isSystemError(error)) {
    tell(inShellWords(error.message.trimEnd(), usage));
  } else {
    // A mistake in this program: the stack is what helps whoever mends it.
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${stack.split("\n").map(printable).join("\n")}\n`);
  }
  return status;
}

/** The library's advice names its options as JavaScript does; here they are typed on a command line. */
function inShellWords(message: string, usage: string): string {
  return message
    .replace(usage.includes("--mkdir") ? "" : "; mkdir: true makes missing directories", "")
    .replace("mkdir: true", "--mkdir")
    .replace("inPlace: 'journaled'", "--in-place")
    .replace("without ifAbsent", "without --if-absent")
    .replace("Leave out ifAbsent", "Leave out --if-absent")
    .replace("allowShrink is false", "--keep-size was given")
    .replace("leave allowShrink out", "leave --keep-size out")
    .replace(" tx.exists tells without an error.", "")
    .replace("force: true", "--force")
    .replace(
      "Write them as BigInt, or leave them where they are.",
      "Leave them where they are, or edit the file by hand.",
    )
    .replace(
      "Wait longer for them (timeoutMs, lockTimeoutMs)",
      usage.includes("--timeout") ? "Wait longer for them (--timeout)" : "Wait for them",
    )
    .replace("use removeFile or renameFile", "use `untorn remove` or `untorn rename`")
    .replace("symlinks is 'refuse'", "--symlinks is refuse");
}

/** For commands whose input is content: what is wrong with that is no mistake in the command line. */
export function contentStatus(error: unknown): number {
  const status = statusOf(error);
  return status === exitStatus.usage && isUntornError(error) ? exitStatus.refused : status;
}

function statusOf(error: unknown): number {
  if (error instanceof UsageError) return exitStatus.usage;
  if (error instanceof OutputFailed) return hasChanged() ? exitStatus.uncertain : exitStatus.refused;
  if (!isUntornError(error)) return exitStatus.refused;
  if (error.outcome !== "unchanged") return exitStatus.uncertain;
  return error.phase === "arguments" ? exitStatus.usage : exitStatus.refused;
}

/** What was asked for is done by the time it is told. */
function sentenceOf({ message }: OutputFailed): string {
  return hasChanged() ? `${message}. What was asked for is done: files were changed.` : `${message}.`;
}

/** What a command knows of an error beyond what it says itself. */
const details = new WeakMap<object, Readonly<Record<string, unknown>>>();

/** The same error; `--json` tells these members with it. */
export function detailed(error: unknown, more: Readonly<Record<string, unknown>>): unknown {
  if (error instanceof Error) details.set(error, more);
  return error;
}

function withDetails(error: unknown): unknown {
  const more = error instanceof Error ? details.get(error) : undefined;
  // Through text, as it is told: an error's own members are what its toJSON says.
  return more === undefined ? facts(error) : { ...(JSON.parse(JSON.stringify(facts(error))) as object), ...more };
}

function facts(error: unknown): unknown {
  if (error instanceof OutputFailed) return { code: "UNTORN_SYSTEM", message: sentenceOf(error) };
  if (error instanceof UsageError || isUntornError(error)) return error;
  return { code: "UNTORN_SYSTEM", message: error instanceof Error ? error.message : String(error) };
}

/** What the system refused before anything was changed, so that the error can say so; any other error as it is. */
export function unchanged(error: unknown, path: string): unknown {
  if (isUntornError(error) || !isSystemError(error)) return error;
  const code = error.code === "ENOENT" ? "UNTORN_NOT_FOUND" : "UNTORN_SYSTEM";
  const facts = { code, path: error.path ?? path, phase: "read", outcome: "unchanged" } as const;
  return new UntornError({ ...facts, cause: error });
}

/** What an analysis refused: a rule or a commit that there is not, a path that is not there. What it says about the disk is told whole. */
export function analysisRefused(error: unknown, path: string): unknown {
  const told = unchanged(error, path);
  if (isUntornError(told) && told.code !== "UNTORN_NOT_FOUND") return told;
  if (isSystemError(error)) return new UsageError(`${path}: there is no such file or folder.`);
  return new UsageError(error instanceof Error ? error.message : String(error));
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
