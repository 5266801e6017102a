import { isUntornError, systemCodeOf, toUntornError, UntornError } from "../platform/index.ts";
import type { Outcome, Port, Status } from "../platform/index.ts";
import { backoff, call, pause, stopwatch } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Control } from "./control.ts";
import { within } from "./steps.ts";

/** How long a replace is tried again on Windows while another program holds the target, in milliseconds. */
const replaceDeadlineMs = 10_000;

/** Pauses are short at first, since a scanner lets go quickly. */
const longestPauseMs = 200;

/** What Windows answers while another handle holds the target; on other systems these are final. */
const refusals = new Set(["EPERM", "EACCES", "EBUSY"]);

/** A file that is to take the target's name; `status` tells it apart afterwards. */
export interface Replacement {
  readonly path: string;
  readonly status: Status;
  /** `before`: what has the name now, as far as that is known. */
  readonly target: { readonly path: string; readonly before?: Status | undefined };
}

/**
 * The commit point: the temp takes the target's name in one step (rename(2)); returns how often it was tried.
 * If the system reports an error, what is on disk decides what it means: NFS may report a rename that was done.
 */
export function* replace(port: Port, pending: Replacement, control: Control): Protocol<number> {
  return yield* whileRefused(port, pending.target.before, () => rename(pending, control));
}

function* rename(pending: Replacement, control: Control): Protocol<void> {
  const { path, target } = pending;
  control.check();
  try {
    yield* call("rename", path, target.path);
  } catch (error) {
    const outcome = yield* outcomeOfRename(pending);
    if (outcome !== "replaced") throw toUntornError(error, { path: target.path, phase: "commit", outcome });
  }
  control.enter("committed");
}

/** Creates the target, never replacing one: link(2) fails where the name is taken, whoever was faster. */
export function* create(pending: Replacement, control: Control): Protocol<void> {
  const { path, target } = pending;
  control.check();
  try {
    yield* call("link", path, target.path);
  } catch (error) {
    const outcome = yield* outcomeOfLink(pending);
    if (outcome !== "replaced") throw creationError(error, target.path, outcome);
  }
  control.enter("committed");
}

/**
 * As `create`, for a caller that holds the file's lock. Where there are no hard links (exFAT, many network and FUSE filesystems) the
 * name is looked at once more and the temp takes it by a rename: nobody who takes the lock can come in between. Returns how often
 * that was tried; 0: it was done by a link, and the temp still has its own name.
 */
export function* createUnderLock(port: Port, pending: Replacement, control: Control): Protocol<number> {
  try {
    yield* create(pending, control);
    return 0;
  } catch (error) {
    if (!isUntornError(error) || error.code !== "UNTORN_UNSUPPORTED" || error.outcome !== "unchanged") throw error;
  }
  const { path } = pending.target;
  if ((yield* within("commit", path, "unchanged", call("lstat", path))) !== undefined) {
    throw new UntornError({ code: "UNTORN_EXISTS", path, phase: "commit", outcome: "unchanged" });
  }
  return yield* replace(port, pending, control);
}

/**
 * Does a step that Windows refuses while another program holds the file, again until it passes or the deadline is over;
 * returns how often. A read-only file is refused for good, so that is not waited for.
 */
export function* whileRefused(port: Port, before: Status | undefined, step: () => Protocol<void>): Protocol<number> {
  const elapsed = stopwatch(port.clock);
  for (let attempt = 1; ; attempt += 1) {
    try {
      yield* step();
      return attempt;
    } catch (error) {
      const refused = port.traits.replaceMayBeRefused && isUntornError(error) && error.outcome === "unchanged";
      const final = !refused || !refusals.has(error.systemCode ?? "") || isReadOnly(before);
      if (final || elapsed() >= replaceDeadlineMs) throw error;
    }
    yield* pause(backoff(port, attempt, longestPauseMs));
  }
}

function isReadOnly(status: Status | undefined): boolean {
  return status !== undefined && (status.mode & 0o200) === 0;
}

function creationError(error: unknown, path: string, outcome: Outcome): UntornError {
  const code = systemCodeOf(error);
  if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS") {
    return toUntornError(error, { path, phase: "commit", outcome });
  }
  return new UntornError({
    code: "UNTORN_UNSUPPORTED",
    path,
    phase: "commit",
    outcome,
    problem: `${noLink(code)} (${code}), and without one ifAbsent cannot be kept under a race`,
    next: "Take a lock and write without ifAbsent.",
    cause: error,
  });
}

/** Linux refuses a link to another user's file (fs.protected_hardlinks, proc(5)) as vfat refuses any. */
function noLink(code: string): string {
  if (code !== "EPERM") return "no hard link can be made on this filesystem";
  return "no hard link could be made, as on a filesystem without them, or because the file is another user's";
}

/**
 * After a failed rename: whose inode has the target's name? Node gives inode numbers as doubles, which may round large
 * ones to the same value, so the temp must be gone as well before the rename counts as done.
 */
function* outcomeOfRename(pending: Replacement): Protocol<Outcome> {
  try {
    if ((yield* call("lstat", pending.path)) !== undefined) return "unchanged";
    const now = yield* call("lstat", pending.target.path);
    if (isFile(now, pending.status)) return "replaced";
    return isFile(now, pending.target.before) ? "unchanged" : "unknown";
  } catch {
    return "unknown";
  }
}

/** After a failed link: done if the name was free and is this very inode's now, which has two names then. */
function* outcomeOfLink(pending: Replacement): Protocol<Outcome> {
  if (pending.target.before !== undefined) return "unchanged";
  try {
    const now = yield* call("lstat", pending.target.path);
    return isFile(now, pending.status) && (now?.nlink ?? 0) > 1 ? "replaced" : "unchanged";
  } catch {
    return "unknown";
  }
}

function isFile(now: Status | undefined, wanted: Status | undefined): boolean {
  return now !== undefined && now.ino === wanted?.ino && now.dev === wanted.dev;
}
