import { constants as osConstants } from "node:os";
import { advice, describe, outcomeSentence } from "./error-messages.ts";

/** What is on disk after a failure (G5). */
export type Outcome = "unchanged" | "replaced" | "unknown";

/** Every code an `UntornError` can carry; docs/errors.md has one heading each. */
export const errorCodes = [
  "UNTORN_ABORTED",
  "UNTORN_AMBIGUOUS",
  "UNTORN_BUSY",
  "UNTORN_COMPACTED",
  "UNTORN_CONFLICT",
  "UNTORN_CORRUPT",
  "UNTORN_CROSS_DEVICE",
  "UNTORN_DISK_FULL",
  "UNTORN_EXISTS",
  "UNTORN_FENCED",
  "UNTORN_HARD_LINK",
  "UNTORN_INCOMPLETE",
  "UNTORN_INVALID",
  "UNTORN_INVALID_ARGUMENT",
  "UNTORN_IO",
  "UNTORN_IS_DIRECTORY",
  "UNTORN_LOCKED",
  "UNTORN_LOCK_LOST",
  "UNTORN_NAME_TOO_LONG",
  "UNTORN_NEWER",
  "UNTORN_NOT_A_FILE",
  "UNTORN_NOT_FOUND",
  "UNTORN_NO_MATCH",
  "UNTORN_ORDER",
  "UNTORN_OUTSIDE",
  "UNTORN_PERMISSION",
  "UNTORN_READ_ONLY",
  "UNTORN_SHORT_WRITE",
  "UNTORN_SHRINK",
  "UNTORN_SOURCE",
  "UNTORN_SYMLINK",
  "UNTORN_SYMLINK_LOOP",
  "UNTORN_SYSTEM",
  "UNTORN_TOO_MANY_OPEN",
  "UNTORN_UNSUPPORTED",
] as const;

/** A stable code; docs/errors.md says of each when it comes, what is on disk then, and what to do. */
export type ErrorCode = (typeof errorCodes)[number];

/** Which step failed. */
export type Phase =
  | "arguments"
  | "resolve"
  | "lock"
  | "read"
  | "stage"
  | "source"
  | "metadata"
  | "sync"
  | "commit"
  | "sync-directory"
  | "recover";

/** Who holds a lock, or waits right in front of it, as far as it can be told. */
export interface LockHolder {
  readonly pid: number;
  /** `alive` also when it is stopped; `dead` only when proven; `unknown` on another host, boot or pid namespace. */
  readonly state: "alive" | "dead" | "unknown";
  readonly shared: boolean;
  /** The host's name; `undefined`, as the three below, where the holder could not write it or it cannot be read. */
  readonly host: string | undefined;
  /** The command line, cut to 1,000 characters. */
  readonly command: string | undefined;
  /** When it got the lock, ISO 8601. */
  readonly since: string | undefined;
  /** What it said it holds the lock for. */
  readonly purpose: string | undefined;
  /** The holder's fencing token: never used twice. */
  readonly fence: string;
}

/** Where in a text something is wrong. */
export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units, as editors and JavaScript count. */
  readonly column: number;
  /** From 0, in UTF-16 code units of the text, a byte order mark included. */
  readonly offset: number;
  /** From 0, in bytes of the UTF-8 file. */
  readonly byteOffset: number;
}

export interface ErrorFacts {
  readonly code: ErrorCode;
  readonly path: string;
  readonly phase: Phase;
  readonly outcome: Outcome;
  /** What went wrong, without path, outcome or advice; the code's standard sentence if left out. */
  readonly problem?: string;
  /** What to do next; the code's standard advice if left out. */
  readonly next?: string;
  /** Who is in the way (UNTORN_LOCKED). */
  readonly holders?: readonly LockHolder[];
  readonly cause?: unknown;
  /** Where in the content; put into the message, too. */
  readonly position?: Position;
}

const brand = Symbol.for("untorn.error");

/**
 * The one error class. `code` is stable and documented (docs/errors.md), `outcome` says what is on disk now,
 * `systemCode` is the platform's own code (`ENOSPC`) where there is one, `cause` the error it came from; `holders` names who holds a lock that could not be had.
 */
export class UntornError extends Error {
  readonly code: ErrorCode;
  readonly path: string;
  readonly phase: Phase;
  readonly outcome: Outcome;
  /** What went wrong, without path, outcome and advice. */
  readonly problem: string;
  /** What to do, in words; possibly empty. */
  readonly next: string;
  readonly systemCode: string | undefined;
  readonly holders: readonly LockHolder[] | undefined;
  /** Where in the content, for an error about content. */
  readonly position: Position | undefined;

  constructor(facts: ErrorFacts) {
    const systemCode = systemCodeOf(facts.cause);
    const problem = facts.problem ?? describe(facts.code, systemCode);
    const next = facts.next ?? advice(facts.code, facts.phase, systemCode);
    const { position } = facts;
    const place = position === undefined ? "" : `:${position.line}:${position.column}`;
    super(
      `${printable(facts.path)}${place}: ${problem}${problem.endsWith("?") ? "" : "."} ${outcomeSentence(facts.outcome, facts.phase)}${next && ` ${next}`}`,
      {
        cause: facts.cause,
      },
    );
    this.name = "UntornError";
    this.code = facts.code;
    this.path = facts.path;
    this.phase = facts.phase;
    this.outcome = facts.outcome;
    this.problem = problem;
    this.next = next;
    this.systemCode = systemCode;
    this.holders = facts.holders;
    this.position = position;
    Object.defineProperty(this, brand, { value: true });
  }

  /** For `JSON.stringify` and `untorn --json`. */
  toJSON(): Record<string, unknown> {
    const { code, path, phase, outcome, systemCode, holders, position, message } = this;
    return {
      code,
      path,
      phase,
      outcome,
      ...(systemCode ? { systemCode } : {}),
      ...(holders ? { holders } : {}),
      ...(position ? { position } : {}),
      message,
    };
  }
}

/** The same error, with one more sentence at its end. */
export function withSentence(error: UntornError, sentence: string): UntornError {
  const { code, path, phase, outcome, problem, next, holders, position, cause } = error;
  const more = { ...(holders === undefined ? {} : { holders }), ...(position === undefined ? {} : { position }) };
  return new UntornError({ code, path, phase, outcome, problem, next: `${next} ${sentence}`.trim(), cause, ...more });
}

/** Whether a value is an `UntornError`, also one from another copy of the library (a brand, not `instanceof`). */
export function isUntornError(value: unknown): value is UntornError {
  return typeof value === "object" && value !== null && brand in value;
}

/**
 * The system's names by number. libuv leaves EDQUOT and ESTALE without one ("UNKNOWN", "Unknown system error -122"), and Deno's
 * errors may have no code at all, but "os error 27" in the message.
 */
const names = new Map<number, string>();
// The numbers of Windows are not errno.
for (const [name, number] of Object.entries(process.platform === "win32" ? {} : osConstants.errno)) {
  if (!names.has(number)) names.set(number, name);
}
const unnamed = new Set(["EDQUOT", "ESTALE"]);

/** The platform's error code, with the names that the runtime does not give filled in. */
export function systemCodeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, errno, message } = error as { code?: unknown; errno?: unknown; message?: unknown };
  const number = typeof errno === "number" ? Math.abs(errno) : Number(/\(os error (\d+)\)/.exec(String(message))?.[1]);
  const name = names.get(number);
  if (name !== undefined && (typeof code !== "string" || unnamed.has(name))) return name;
  return typeof code === "string" ? code : undefined;
}

const bySystemCode: Readonly<Record<string, ErrorCode>> = {
  ABORT_ERR: "UNTORN_ABORTED",
  EACCES: "UNTORN_PERMISSION",
  EBUSY: "UNTORN_BUSY",
  EDQUOT: "UNTORN_DISK_FULL",
  EEXIST: "UNTORN_EXISTS",
  EFBIG: "UNTORN_DISK_FULL",
  EIO: "UNTORN_IO",
  EISDIR: "UNTORN_IS_DIRECTORY",
  ELOOP: "UNTORN_SYMLINK_LOOP",
  EMFILE: "UNTORN_TOO_MANY_OPEN",
  ENAMETOOLONG: "UNTORN_NAME_TOO_LONG",
  ENFILE: "UNTORN_TOO_MANY_OPEN",
  ENOENT: "UNTORN_NOT_FOUND",
  ENOSPC: "UNTORN_DISK_FULL",
  ENOTDIR: "UNTORN_NOT_FOUND",
  ENOTEMPTY: "UNTORN_IS_DIRECTORY",
  ENOTSUP: "UNTORN_UNSUPPORTED",
  EOPNOTSUPP: "UNTORN_UNSUPPORTED",
  EPERM: "UNTORN_PERMISSION",
  EROFS: "UNTORN_READ_ONLY",
  ESTALE: "UNTORN_IO",
  ERR_ACCESS_DENIED: "UNTORN_PERMISSION",
  EXDEV: "UNTORN_CROSS_DEVICE",
};

/** The stable code for a system error. */
export function codeFor(error: unknown): ErrorCode {
  const systemCode = systemCodeOf(error);
  // What open(2) says of a socket, and of a pipe or a device that nobody serves.
  if (systemCode === "ENXIO" && (error as { syscall?: unknown }).syscall === "open") return "UNTORN_NOT_A_FILE";
  return (systemCode !== undefined && bySystemCode[systemCode]) || "UNTORN_SYSTEM";
}

/** An `UntornError` for whatever was thrown; one that is already an `UntornError` stays as it is. */
export function toUntornError(error: unknown, facts: Omit<ErrorFacts, "code" | "cause">): UntornError {
  if (isUntornError(error)) return error;
  return new UntornError({ ...facts, code: codeFor(error), cause: error });
}

/**
 * Text as it may be shown in a terminal: control characters escaped, and what changes the direction of writing, by which one
 * name could look like another (Unicode Technical Report 36).
 */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
