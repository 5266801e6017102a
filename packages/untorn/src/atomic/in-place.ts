import { codeFor, toUntornError, UntornError } from "../platform/index.ts";
import type { Handle, Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Control } from "./control.ts";
import { incrementalEtag } from "./etag.ts";
import type { WriteOptions } from "./options.ts";
import { inDirectory } from "./paths.ts";
import { discard, removeLeftover, writeAll } from "./pending-file.ts";
import type { PendingFile } from "./pending-file.ts";
import { digestFile } from "./read-file.ts";
import { quietly, syncFile, within } from "./steps.ts";
import type { Target } from "./target.ts";
import { tempName } from "./temp-name.ts";

/**
 * The journalled in-place replace, for a file that no rename can replace (it is a mount point).
 *
 * 1. The new content is staged and synced beside the target (the pending file).
 * 2. The old content is copied to a backup beside it; file and directory are synced. Its name carries the digests of the
 *    old and of the new content; where the kernel has locks, the backup stays locked until the end.
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
  const old = yield* digestFile(target.path);
  const backup = yield* keepOld(port, target, old.etag, pending.etag);
  try {
    try {
      yield* overwrite(target.path, pending.path, { mode: options.mode ?? old.status.mode, owner: options.owner });
    } catch (error) {
      throw yield* putBack(target, backup.path, old.status, error);
    }
    control.enter("committed");
    return [...(yield* removeLeftover(backup.path)), ...(yield* discard(pending))];
  } finally {
    yield* quietly(call("close", backup.handle));
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
    // NFS without its lock service has none: another container then waits until somebody says that this one is gone.
    if (port.traits.kernelLocks) yield* quietly(call("tryLock", handle, false));
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
    throw toUntornError(error, { path: target.path, phase: "stage", outcome: "unchanged" });
  }
}

interface InPlaceMetadata {
  readonly mode: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Puts the content of the file at `source` into the existing file at `path` and syncs it. Nobody is let in before the
 * content is complete who was not meant to read both contents; the mode comes last, since writing clears setuid.
 */
export function* overwrite(path: string, source: string, wanted: InPlaceMetadata): Protocol<void> {
  const handle = yield* call("open", path, "overwrite", 0);
  try {
    const before = yield* call("fstat", handle);
    const owner = wanted.owner ?? before;
    const mode = wanted.mode ?? before.mode;
    const narrow = before.mode & mode & 0o777;
    if (narrow !== before.mode) yield* call("chmod", handle, narrow);
    if (owner.uid !== before.uid || owner.gid !== before.gid) yield* call("chown", handle, owner.uid, owner.gid);
    const { bytes } = yield* copyFrom(source, handle, path);
    yield* call("truncate", handle, bytes);
    if (narrow !== mode) yield* call("chmod", handle, mode);
    const after = yield* call("fstat", handle);
    if (after.size !== bytes || after.mode !== mode) {
      const problem = `it has ${after.size} bytes and mode 0${after.mode.toString(8)} after ${bytes} bytes and mode 0${mode.toString(8)} were set`;
      throw new UntornError({ code: "UNTORN_SHORT_WRITE", path, phase: "commit", outcome: "unknown", problem });
    }
    yield* call("fsync", handle);
  } finally {
    yield* quietly(call("close", handle));
  }
}

const copyBytes = 1024 * 1024;

function* copyFrom(source: string, to: Handle, path: string): Protocol<{ bytes: number; etag: string }> {
  const from = yield* call("open", source, "read", 0);
  try {
    const hash = incrementalEtag();
    const buffer = new Uint8Array(copyBytes);
    let bytes = 0;
    for (;;) {
      const count = yield* call("read", from, buffer, bytes);
      if (count === 0) return { bytes, etag: hash.digest() };
      const piece = buffer.subarray(0, count);
      hash.update(piece);
      yield* writeAll(to, piece, () => {}, path, bytes);
      bytes += count;
    }
  } finally {
    yield* quietly(call("close", from));
  }
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
