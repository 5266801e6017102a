import { digestIfAny, inDirectory, shortDigest, split, whileRefused, within } from "../atomic/index.ts";
import { systemCodeOf, UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { call, isLinked, isWithoutLinks, unless } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { PutStep, Step } from "./journal.ts";
import type { Root } from "./places.ts";

/**
 * Applying is idempotent: every step can be done again after a crash in any place.
 *
 * A staged file is not renamed into place but linked beside its target first, and the link is renamed. So the staged
 * name stays until the directories are synced. With the name gone from one directory and not yet durable in the other,
 * a power cut could leave the content nowhere (POSIX ties no two directories together).
 */
export function* applyStep(port: Port, root: Root, step: Step): Protocol<void> {
  const path = inDirectory(root.real, step.path);
  // Windows refuses a replace while somebody reads the file.
  const before = port.traits.replaceMayBeRefused ? yield* call("lstat", path) : undefined;
  yield* whileRefused(port, before, () => within("commit", path, "unchanged", tryStep(root, step, path)));
}

function* tryStep(root: Root, step: Step, path: string): Protocol<void> {
  switch (step.op) {
    case "mkdir":
      yield* unless("EEXIST", call("mkdir", path, 0o777));
      return;
    case "put":
      yield* applyPut(root, step, path);
      return;
    case "remove":
      yield* unless("ENOENT", call("unlink", path));
      return;
    case "rmdir":
      // A directory in which somebody else keeps something stays.
      yield* unlessRefused(call("rmdir", path));
  }
}

/** A directory that the system keeps (no permission, a mount) is left empty: it is no reason to stop half way. */
function* unlessRefused(part: Protocol<void>): Protocol<void> {
  try {
    yield* part;
  } catch (error) {
    const codes = ["ENOENT", "ENOTDIR", "ENOTEMPTY", "EEXIST", "EACCES", "EPERM", "EBUSY"];
    if (!codes.includes(systemCodeOf(error) ?? "")) throw error;
  }
}

function* applyPut(root: Root, step: PutStep, path: string): Protocol<void> {
  const staged = inDirectory(root.real, step.staged);
  const beside = besidePath(path, step.staged);
  try {
    yield* call("rename", beside, path);
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT" || beside === staged) throw error;
    // It was not linked yet: its directory has just been made, or there are no hard links here.
    yield* call("rename", (yield* isLinked(staged, beside)) ? beside : staged, path);
  }
}

/**
 * Links a staged file beside its target ahead of the commit: shows that the directory takes an entry. `false`: it is on another
 * mount, so no rename gets there either.
 */
export function* linkBeside(root: Root, step: PutStep): Protocol<boolean> {
  const staged = inDirectory(root.real, step.staged);
  const beside = besidePath(inDirectory(root.real, step.path), step.staged);
  // The name is random and new, so nobody has it.
  return beside === staged || (yield* linkedAcross(staged, beside));
}

/** Gives a staged file a second name; `false` where that is on another mount. A filesystem without hard links renames it later. */
function* linkedAcross(staged: string, name: string): Protocol<boolean> {
  try {
    yield* call("link", staged, name);
  } catch (error) {
    if (systemCodeOf(error) === "EXDEV") return false;
    if (!isWithoutLinks(error)) throw error;
  }
  return true;
}

/** Takes away what staging left: beside the target and in the work folder. */
export function* removeStaged(root: Root, step: PutStep): Protocol<void> {
  const beside = besidePath(inDirectory(root.real, step.path), step.staged);
  // Looked for first: an error costs more than a look.
  if ((yield* call("lstat", beside)) !== undefined) yield* unless("ENOENT", call("unlink", beside));
  yield* removeApplied(root, step);
}

/** As `removeStaged`, after a rename that has just taken the name beside the target. */
export function* removeApplied(root: Root, step: PutStep): Protocol<void> {
  yield* unless("ENOENT", call("unlink", inDirectory(root.real, step.staged)));
}

export function besidePath(path: string, staged: string): string {
  return inDirectory(split(path).directory, staged.slice(staged.lastIndexOf("/") + 1));
}

/** How far a step got. `lost`: it is not applied, and what it needs is not there. */
export type StepState = "ready" | "applied" | "lost";

export function* stateOf(root: Root, step: Step): Protocol<StepState> {
  const path = inDirectory(root.real, step.path);
  switch (step.op) {
    case "mkdir":
      return (yield* call("stat", path))?.kind === "directory" ? "applied" : "ready";
    case "put":
      // Content that was there before proves nothing: the step may be about the mode alone, and is done (again) if it can be.
      if (step.before !== step.etag && (yield* etagAt(path)) === step.etag) return "applied";
      if ((yield* etagAt(inDirectory(root.real, step.staged))) === step.etag) return "ready";
      // Its second name is as good: that is what is renamed.
      if ((yield* etagAt(besidePath(path, step.staged))) === step.etag) return "ready";
      return step.before === step.etag && (yield* etagAt(path)) === step.etag ? "applied" : "lost";
    case "remove":
    case "rmdir":
      return (yield* call("lstat", path)) === undefined ? "applied" : "ready";
    default:
      return step satisfies never;
  }
}

/** The etag of what is at a path; `null` if nothing is. */
export function* etagAt(path: string): Protocol<string | null> {
  return (yield* digestIfAny(path))?.etag ?? null;
}

/** The directories whose entries a set of steps changes. */
export function directoriesOf(root: Root, steps: readonly Step[]): string[] {
  const directories = new Set<string>();
  for (const step of steps) directories.add(split(inDirectory(root.real, step.path)).directory);
  for (const step of steps) if (step.op === "rmdir") directories.delete(inDirectory(root.real, step.path));
  return [...directories];
}

export function describeStep(step: Step): string {
  switch (step.op) {
    case "mkdir":
      return `make the directory ${step.path}`;
    case "put":
      return `replace ${step.path} (new content ${shortDigest(step.etag)})`;
    case "remove":
      return `remove ${step.path}`;
    case "rmdir":
      return `remove the directory ${step.path}`;
    default:
      return step satisfies never;
  }
}

export function conflict(path: string, problem: string): UntornError {
  return new UntornError({ code: "UNTORN_CONFLICT", path, phase: "commit", outcome: "unchanged", problem });
}
