import { codeFor, toUntornError, UntornError } from "../platform/index.ts";
import type { Handle, Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Control } from "./control.ts";
import { finishInPlace, leaveBehind } from "./finish-in-place.ts";
import type { WriteOptions } from "./options.ts";
import { inDirectory } from "./paths.ts";
import { copyFrom, overwrite } from "./overwrite.ts";
import { discard } from "./pending-file.ts";
import type { PendingFile } from "./pending-file.ts";
import { otherContent } from "./etag.ts";
import { digestFile } from "./read-file.ts";
import type { Digest } from "./read-file.ts";
import { stillMatches } from "./still-matches.ts";
import { quietly, syncFile, within } from "./steps.ts";
import type { Target } from "./target.ts";
import { tempName } from "./temp-name.ts";

/**
 * The journalled in-place replace, for a file that no rename can replace (it is a mount point).
 *
 * 1. The new content is staged and synced beside the target (the pending file).
 * 2. The old content is copied to a backup beside it; file and directory are synced. Its name carries the digests of the
 *    old and of the new content; where the kernel has locks, the backup stays locked until the end. Whoever has made a backup
 *    looks for others, and steps back from an earlier one's; two who have made theirs at the same moment both do.
 * 3. The target is overwritten and synced.
 * 4. The backup is removed, then the pending file; then the directory is synced.
 *
 * Which content is whole can be told at every point (`finishInPlace`): a backup whose digest does not fit its name is
 * not complete, and the target was not touched yet; with a complete one the target is whole if its digest is that of the
 * old or of the new content, and else it is a mixture of the two, both of which lie beside it.
 */
export function* replaceInPlace(
  port: Port,
  pending: PendingFile,
  options: WriteOptions,
  control: Control,
): Protocol<readonly string[]> {
  const { target } = pending;
  control.check();
  control.enter("committing");
  // Step 3 relies on it, whatever durability was asked for.
  if (pending.synced === "off") yield* within("sync", target.path, "unchanged", syncFile(pending.path));
  // A file that may not be written is told before anything is made beside it.
  yield* within("stage", target.path, "unchanged", openAndClose(target.path));
  const old = yield* digestFile(target.path);
  if (options.ifMatch !== undefined && old.etag !== options.ifMatch) throw otherContent(target.path, old.etag);
  const backup = yield* keepOld(port, target, old.etag, pending.etag);
  let notes: readonly string[] | undefined;
  try {
    yield* unlessChanged(port, target, old, backup.path);
    try {
      yield* overwrite(target.path, pending.path, { mode: options.mode ?? old.status.mode, owner: options.owner });
    } catch (error) {
      throw yield* putBack(target, backup.path, old.status, error);
    }
    control.enter("committed");
    notes = yield* discard(backup.path);
    return [...notes, ...(yield* discard(pending.path))];
  } finally {
    if (notes?.length !== 0) leaveBehind(port, backup.path);
    yield* quietly(call("close", backup.handle));
  }
}

function* openAndClose(path: string): Protocol<void> {
  yield* call("close", yield* call("open", path, "overwrite", 0));
}

/** What another program has written while the backup was synced is in neither of the two files: it is not overwritten. */
function* unlessChanged(port: Port, target: Target, old: Digest, backup: string): Protocol<void> {
  try {
    yield* stillMatches(port, target, old, old.etag);
  } catch (error) {
    yield* quietly(call("unlink", backup));
    throw error;
  }
}

interface Backup {
  readonly path: string;
  /** Open, and locked where the kernel has locks: another process can tell by it that this one is at work. */
  readonly handle: Handle;
}

function* keepOld(port: Port, target: Target, oldEtag: string, newEtag: string): Protocol<Backup> {
  const path = inDirectory(target.directory, tempName(port, "bak", target.base, [oldEtag, newEtag]));
  const handle = yield* within("stage", target.path, "unchanged", call("open", path, "create", 0o600));
  try {
    if (port.traits.kernelLocks) yield* lockBackup(handle, path, target.path);
    yield* finishInPlace(port, target, path);
    const copied = yield* copyFrom(target.path, handle, target.path);
    if (copied.etag !== oldEtag) {
      const problem = "it was changed by another program while it was copied";
      const facts = { code: "UNTORN_CONFLICT", path: target.path, phase: "stage", outcome: "unchanged" } as const;
      throw new UntornError({ ...facts, problem });
    }
    yield* call("fsync", handle);
    yield* call("syncDirectory", target.directory);
    return { path, handle };
  } catch (error) {
    yield* quietly(call("close", handle));
    yield* quietly(call("unlink", path));
    leaveBehind(port, path);
    throw toUntornError(error, { path: target.path, phase: "stage", outcome: "unchanged" });
  }
}

/** Before it is locked it looks like an orphan: whoever has taken it for one by then has removed it, or is about to. */
function* lockBackup(handle: Handle, backup: string, path: string): Protocol<void> {
  let locked = true;
  try {
    locked = yield* call("tryLock", handle, false);
  } catch {
    // NFS without its lock service has none: another container then waits until somebody says that this one is gone.
  }
  if (locked && (yield* call("lstat", backup)) !== undefined) return;
  const problem = "another thread or process was about to rewrite it in place";
  throw new UntornError({ code: "UNTORN_BUSY", path, phase: "stage", outcome: "unchanged", problem });
}

/** The overwrite failed: the old content goes back; if that fails too, the backup stays and the error names it. */
function* putBack(target: Target, backup: string, old: PendingFile["status"], cause: unknown): Protocol<UntornError> {
  const facts = { path: target.path, phase: "commit", code: codeFor(cause), cause } as const;
  try {
    yield* overwrite(target.path, backup, { mode: old.mode, owner: old });
  } catch {
    return new UntornError({
      ...facts,
      outcome: "unknown",
      problem: "rewriting it in place failed, and so did putting the old content back",
      next: `The whole old content is in ${backup}; the next write with inPlace or \`untorn recover\` puts it back.`,
    });
  }
  yield* quietly(call("unlink", backup));
  return new UntornError({
    ...facts,
    outcome: "unchanged",
    problem: "rewriting it in place failed; the old content was put back",
  });
}
