import {
  createUnderLock,
  digestFile,
  inDirectory,
  quietly,
  replace,
  split,
  syncFile,
  tempName,
  undisturbed,
} from "../atomic/index.ts";
import { UntornError } from "../platform/index.ts";
import type { Port, Status } from "../platform/index.ts";
import { call, isLinked } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

export interface Adoption {
  /** The orphan or generation that becomes the target. */
  readonly path: string;
  readonly target: string;
  /** What the target was when the plan was made; `undefined`: there was none. */
  readonly before: Status | undefined;
  /**
   * Where it stands: `ready`: beside the target, under a name of untorn's own with its digest; `foreign`: beside it, under another
   * name; `elsewhere`: in another folder, where it keeps its name.
   */
  readonly place: "ready" | "foreign" | "elsewhere";
}

/**
 * Makes a file the target: by names alone, so that no moment leaves a half-made file, and doing it again after a crash
 * anywhere comes to the same. A foreign temp first gets a name of untorn's own, with its digest: from then on a second run
 * knows what it is. Its content is synced before the target changes, since its writer may not have come to that.
 * A target that has appeared or changed since the plan was made is left alone (UNTORN_CONFLICT).
 */
export function* adopt(port: Port, adoption: Adoption): Protocol<void> {
  const { target, before } = adoption;
  const { directory } = split(target);
  const { path, undo } = yield* takeOver(port, adoption);
  try {
    yield* syncFile(path);
    if (before !== undefined) yield* takeMetadata(path, before);
    const status = yield* call("lstat", path);
    if (status === undefined) throw conflict(path);
    const now = yield* call("lstat", target);
    if (!isSame(now, before)) throw conflict(target);
    if (before === undefined) yield* putWhereNothingIs(port, path, target, status);
    else yield* replace(port, { path, status, target: { path: target, before } }, undisturbed);
  } catch (error) {
    // An error, not a crash: this process lives on, and under its name nobody else would dare to touch the file.
    if (undo === "rename") yield* quietly(call("rename", path, adoption.path));
    if (undo === "unlink") yield* quietly(call("unlink", path));
    throw error;
  }
  yield* call("syncDirectory", directory);
}

interface Taken {
  readonly path: string;
  /** What brings it back where it was. */
  readonly undo: "nothing" | "rename" | "unlink";
}

/**
 * Sees to it that the file stands beside the target under a name of untorn's own. A file of another folder gets a second name:
 * after a rename between two folders, a power cut may leave it in neither.
 */
function* takeOver(port: Port, { path, target, place }: Adoption): Protocol<Taken> {
  if (place === "ready") return { path, undo: "nothing" };
  const { directory, base } = split(target);
  const { etag } = yield* digestFile(path);
  const own = inDirectory(directory, tempName(port, "tmp", base, [etag]));
  if (place === "elsewhere" && (yield* isLinked(path, own))) return { path: own, undo: "unlink" };
  yield* call("rename", path, own);
  return { path: own, undo: "rename" };
}

/** A link never replaces what somebody has put there in the meantime; without links there is a look right before. */
function* putWhereNothingIs(port: Port, path: string, target: string, status: Status): Protocol<void> {
  if ((yield* createUnderLock(port, { path, status, target: { path: target } }, undisturbed)) > 0) return;
  // The target's entry reaches the medium before the other name goes.
  yield* call("syncDirectory", split(target).directory);
  yield* call("unlink", path);
}

/** The target keeps its mode and, as far as this process may set it, its owner (G10). */
function* takeMetadata(path: string, { mode, uid, gid }: Status): Protocol<void> {
  const handle = yield* call("open", path, "overwrite", 0);
  try {
    const now = yield* call("fstat", handle);
    if (now.uid !== uid || now.gid !== gid) yield* quietly(call("chown", handle, uid, gid));
    if (now.mode !== mode) yield* quietly(call("chmod", handle, mode & 0o777));
  } finally {
    yield* quietly(call("close", handle));
  }
}

function isSame(now: Status | undefined, before: Status | undefined): boolean {
  if (now === undefined || before === undefined) return now === before;
  return now.ino === before.ino && now.size === before.size && now.mtimeMs === before.mtimeMs;
}

function conflict(path: string): UntornError {
  const problem = "it was changed while it was being recovered";
  return new UntornError({ code: "UNTORN_CONFLICT", path, phase: "recover", outcome: "unchanged", problem });
}
