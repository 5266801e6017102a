import { UntornError } from "../platform/index.ts";
import type { Handle, Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Control } from "./control.ts";
import { etagOf } from "./etag.ts";
import { discard, writeAll } from "./pending-file.ts";
import type { PendingFile } from "./pending-file.ts";
import { readWhole } from "./read-file.ts";
import { quietly, within } from "./steps.ts";
import { inDirectory } from "./target.ts";
import type { Target } from "./target.ts";
import { isTempFor, parseTempName, shortDigest, tempName } from "./temp-name.ts";

/**
 * The journalled in-place replace, for a file that no rename can replace (it is a mount point).
 *
 * 1. The new content is staged and synced beside the target (the pending file).
 * 2. The old content is copied to a backup beside it; file and directory are synced. Its name carries the digests of the
 *    old and of the new content.
 * 3. The target is overwritten and synced.
 * 4. The backup is removed, then the directory is synced.
 *
 * Which content is whole can be told at every point: as long as there is a complete backup (its digest fits its name),
 * the target is whole new if its digest is NEXT, and otherwise the old content is in the backup.
 */
export function* replaceInPlace(port: Port, pending: PendingFile, control: Control): Protocol<void> {
  const { target } = pending;
  control.check();
  control.enter("committing");
  const old = yield* readWhole(target.path);
  const name = tempName(port, "bak", target.base, [etagOf(old.bytes), pending.etag]);
  const backup = inDirectory(target.directory, name);
  yield* within("stage", target.path, "unchanged", writeBackup(backup, target, old.bytes));
  const fresh = yield* readWhole(pending.path);
  try {
    yield* overwrite(target, fresh.bytes);
  } catch (error) {
    throw yield* putBack(target, backup, old.bytes, error);
  }
  yield* quietly(call("unlink", backup));
  yield* discard(pending);
}

/** Brings a replace that was interrupted to its end: the target becomes whole, old or new. Returns the backups handled. */
export function* finishInPlace(target: Target): Protocol<number> {
  let handled = 0;
  const names = yield* within("recover", target.path, "unchanged", call("readdir", target.directory));
  for (const name of names) {
    const temp = parseTempName(name);
    if (temp?.kind !== "bak" || !isTempFor(temp, target.base)) continue;
    const backup = inDirectory(target.directory, name);
    const { bytes } = yield* readWhole(backup);
    // A backup that is not complete was never relied upon: the target had not been touched.
    if (shortDigest(etagOf(bytes)) === temp.digest) {
      const now = yield* readWhole(target.path);
      if (shortDigest(etagOf(now.bytes)) !== temp.next) yield* overwrite(target, bytes);
    }
    yield* within("recover", target.path, "unchanged", call("unlink", backup));
    handled += 1;
  }
  if (handled > 0) yield* within("recover", target.path, "unchanged", call("syncDirectory", target.directory));
  return handled;
}

function* writeBackup(backup: string, target: Target, bytes: Uint8Array): Protocol<void> {
  const handle = yield* call("open", backup, "create", 0o600);
  try {
    yield* writeSynced(handle, bytes, target.path);
  } catch (error) {
    yield* quietly(call("close", handle));
    yield* quietly(call("unlink", backup));
    throw error;
  }
  yield* call("close", handle);
  yield* call("syncDirectory", target.directory);
}

function* overwrite(target: Target, bytes: Uint8Array): Protocol<void> {
  const handle = yield* within("commit", target.path, "unknown", call("open", target.path, "overwrite", 0));
  try {
    yield* within("commit", target.path, "unknown", writeSynced(handle, bytes, target.path));
  } finally {
    yield* quietly(call("close", handle));
  }
}

function* writeSynced(handle: Handle, bytes: Uint8Array, path: string): Protocol<void> {
  yield* writeAll(handle, bytes, () => {}, path);
  yield* call("truncate", handle, bytes.byteLength);
  yield* call("fsync", handle);
}

/** The overwrite failed: the old content goes back; if that fails too, the backup stays and the error names it. */
function* putBack(target: Target, backup: string, bytes: Uint8Array, cause: unknown): Protocol<UntornError> {
  const facts = { path: target.path, phase: "commit", code: "UNTORN_IO", cause } as const;
  try {
    yield* overwrite(target, bytes);
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
