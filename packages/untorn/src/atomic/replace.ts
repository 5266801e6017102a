import { systemCodeOf, toUntornError, UntornError } from "../platform/index.ts";
import type { Outcome, Port, Status, SyncOutcome } from "../platform/index.ts";
import { call, pause } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Control } from "./control.ts";
import { quietly, within } from "./steps.ts";
import { split } from "./target.ts";

/** How long a replace is tried again on Windows while another program holds the target, in milliseconds. */
const replaceDeadlineMs = 10_000;

/** What Windows answers while another handle holds the target; on other systems these are final. */
const refusals = new Set(["EPERM", "EACCES", "EBUSY"]);

/** A file that is to take the target's name; `status` tells it apart afterwards. */
export interface Replacement {
  readonly path: string;
  readonly status: Status;
  readonly target: { readonly path: string };
}

/**
 * The commit point: the temp takes the target's name in one step (rename(2)); returns how often it was tried.
 * If the system reports an error, what is on disk decides what it means: NFS may report a rename that was done.
 */
export function* replace(port: Port, pending: Replacement, control: Control): Protocol<number> {
  const { path, target } = pending;
  const deadline = port.clock.now() + replaceDeadlineMs;
  for (let attempt = 1; ; attempt += 1) {
    control.check();
    try {
      yield* call("rename", path, target.path);
      control.enter("committed");
      return attempt;
    } catch (error) {
      const outcome = yield* outcomeOf(pending);
      if (outcome === "replaced") {
        control.enter("committed");
        return attempt;
      }
      const passing = port.traits.replaceMayBeRefused && refusals.has(systemCodeOf(error) ?? "");
      if (!passing || outcome === "unknown" || port.clock.now() >= deadline) {
        throw toUntornError(error, { path: target.path, phase: "commit", outcome });
      }
    }
    yield* pause(backoffMs(attempt));
  }
}

/** Creates the target, never replacing one: link(2) fails where the name is taken, whoever was faster. */
export function* create(pending: Replacement, control: Control): Protocol<number> {
  const { path, target } = pending;
  control.check();
  try {
    yield* call("link", path, target.path);
  } catch (error) {
    const outcome = yield* outcomeOf(pending);
    if (outcome !== "replaced") throw creationError(error, target.path, outcome);
  }
  control.enter("committed");
  yield* quietly(call("unlink", path));
  return 1;
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
    problem: `this filesystem has no hard links (${code}), and without them ifAbsent cannot be kept under a race`,
    next: "Take a lock and write without ifAbsent.",
    cause: error,
  });
}

/** Full jitter between 1 ms and 2^attempt ms, at most 200 ms: short at first, since a scanner lets go quickly. */
function backoffMs(attempt: number): number {
  return 1 + Math.random() * Math.min(200, 2 ** attempt);
}

/** After a failed commit: whose inode has the target's name? */
function* outcomeOf(pending: Replacement): Protocol<Outcome> {
  try {
    const now = yield* call("lstat", pending.target.path);
    if (now !== undefined && now.ino === pending.status.ino && now.dev === pending.status.dev) return "replaced";
    return (yield* call("lstat", pending.path)) === undefined ? "unknown" : "unchanged";
  } catch {
    return "unknown";
  }
}

/**
 * Syncs the directory of a new entry, and for directories that were made on the way the directory above each (G2):
 * an entry is durable only once the directory that holds it is.
 */
export function* syncEntries(
  directory: string,
  createdDirectories: readonly string[],
  path: string,
): Protocol<SyncOutcome> {
  let result: SyncOutcome = "synced";
  for (const each of [directory, ...createdDirectories.toReversed().map((made) => split(made).directory)]) {
    const outcome = yield* within("sync-directory", path, "replaced", call("syncDirectory", each));
    if (outcome !== "synced") result = outcome;
  }
  return result;
}
