import { isUntornError, systemCodeOf, toUntornError, UntornError } from "../platform/index.ts";
import type { Port, Status } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Control } from "./control.ts";
import { makeDirectories, syncEntries } from "./directories.ts";
import { otherContent } from "./etag.ts";
import type { Durability, RemoveOptions, RenameOptions } from "./options.ts";
import { split } from "./paths.ts";
import type { Place } from "./paths.ts";
import { digestFile } from "./read-file.ts";
import type { SyncState } from "./receipt.ts";
import { create, replace, whileRefused } from "./replace.ts";
import { syncFile, within } from "./steps.ts";

/** What a removal or a rename did. */
export interface EntryReceipt {
  readonly path: string;
  /** Whether an entry was changed; `false` where there was nothing to remove, or both names are the same entry. */
  readonly changed: boolean;
  readonly synced: { readonly directory: SyncState; readonly createdDirectories: readonly string[] };
  /** Reasons for what is `unsupported`. */
  readonly notes: readonly string[];
}

/** Removes one name of a file (a symbolic link itself, not what it points to) and syncs its directory. */
export function* removeProtocol(
  port: Port,
  path: string,
  options: RemoveOptions,
  control: Control,
): Protocol<EntryReceipt> {
  const target = split(path);
  const before = yield* within("resolve", path, "unchanged", call("lstat", path));
  if (before === undefined && options.force === true) return unchangedEntry(path);
  if (before?.kind === "directory") throw isDirectory(path);
  if (options.ifMatch !== undefined) {
    const { etag } = yield* digestFile(path);
    if (etag !== options.ifMatch) throw otherContent(path, etag);
  }
  try {
    yield* whileRefused(port, undefined, () => remove(path, before, control));
  } catch (error) {
    if (options.force === true && isUntornError(error) && error.systemCode === "ENOENT") return unchangedEntry(path);
    throw error;
  }
  return yield* entryReceipt(port, path, options.durability, [target.directory], []);
}

function* remove(path: string, before: Status | undefined, control: Control): Protocol<void> {
  control.check();
  try {
    yield* call("unlink", path);
  } catch (error) {
    // NFS may report a removal that was done: what is on disk decides.
    if (before === undefined || (yield* within("commit", path, "unknown", call("lstat", path))) !== undefined) {
      const next = { next: "Check the path; force: true takes it for removed." };
      const facts = { path, phase: "commit", outcome: "unchanged" } as const;
      throw toUntornError(error, { ...facts, ...(systemCodeOf(error) === "ENOENT" ? next : {}) });
    }
  }
  control.enter("committed");
}

function unchangedEntry(path: string): EntryReceipt {
  return { path, changed: false, synced: { directory: "off", createdDirectories: [] }, notes: [] };
}

/**
 * Gives a file another name, replacing a file of that name, and syncs both directories. With `full` and `normal` the
 * content is synced first: it may come from a program that did not.
 */
export function* renameProtocol(
  port: Port,
  source: string,
  path: string,
  options: RenameOptions,
  control: Control,
): Protocol<EntryReceipt> {
  const from = split(source);
  const to = split(path);
  const status = yield* sourceStatus(source);
  const created =
    options.mkdir === true ? yield* within("stage", path, "unchanged", makeDirectories(port, to.directory)) : [];
  const before = yield* within("resolve", path, "unchanged", call("lstat", path));
  // Windows says EPERM, as it does for what may pass.
  if (before?.kind === "directory" && options.ifAbsent !== true) throw isDirectory(path);
  const sameFile = before !== undefined && before.ino === status.ino && before.dev === status.dev;
  if (sameFile && (yield* isSameEntry(from, to)) && options.ifAbsent !== true) return unchangedEntry(path);
  const notes: string[] = [];
  if (status.kind === "file" && options.durability !== "off") {
    const outcome = yield* within("sync", source, "unchanged", syncFile(source));
    if (outcome !== "synced") notes.push(outcome.unsupported);
  }
  const replacement = { path: source, status, target: { path, before } };
  if (options.ifAbsent === true) {
    yield* create(replacement, control);
    // Both names are there now; the old one goes, once the new one is durable: POSIX keeps no order between the two. A
    // crash in between leaves both, with the same content.
    if ((options.durability ?? "full") === "full") {
      yield* syncEntries(port, to.directory, path);
    }
    yield* within("commit", path, "replaced", call("unlink", source));
  } else {
    yield* replace(port, replacement, control);
    // rename(2) does nothing where both names belong to one file (POSIX), so the old name is still there.
    if (sameFile && status.nlink > 1) yield* within("commit", path, "replaced", removeOldName(from));
    // vfat, exfat, SMB, and ext4 with casefold, take a rename from `a` to `A` and leave the old spelling.
    if (sameFile && from.base !== to.base && (yield* isStillCalled(from, to))) {
      notes.push(`the filesystem kept the spelling ${JSON.stringify(from.base)}`);
      return { ...unchangedEntry(path), notes };
    }
  }
  const directories = from.directory === to.directory ? [to.directory] : [to.directory, from.directory];
  return yield* entryReceipt(port, path, options.durability, directories, created, notes);
}

function* sourceStatus(source: string): Protocol<Status> {
  const status = yield* within("resolve", source, "unchanged", call("lstat", source));
  if (status?.kind === "directory") throw isDirectory(source);
  if (status !== undefined) return status;
  throw new UntornError({ code: "UNTORN_NOT_FOUND", path: source, phase: "resolve", outcome: "unchanged" });
}

function isDirectory(path: string): UntornError {
  return new UntornError({ code: "UNTORN_IS_DIRECTORY", path, phase: "resolve", outcome: "unchanged" });
}

/** Whether two paths name one entry of one directory, and not two links to one file. */
function* isSameEntry(from: Place, to: Place): Protocol<boolean> {
  if (from.base !== to.base) return false;
  const [a, b] = [yield* call("stat", from.directory), yield* call("stat", to.directory)];
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

/** Where case does not count, `a` may still be found by its old name after it was renamed to `A`: the listing knows better. */
function* removeOldName(from: Place): Protocol<void> {
  if ((yield* call("readdir", from.directory)).includes(from.base)) yield* call("unlink", from.path);
}

function* isStillCalled(from: Place, to: Place): Protocol<boolean> {
  const names = yield* within("commit", to.path, "replaced", call("readdir", to.directory));
  return names.includes(from.base) && !names.includes(to.base);
}

function* entryReceipt(
  port: Port,
  path: string,
  durability: Durability | undefined,
  directories: readonly string[],
  created: readonly string[],
  before: readonly string[] = [],
): Protocol<EntryReceipt> {
  const notes = [...before];
  let directory: SyncState = "off";
  if ((durability ?? "full") === "full") {
    directory = "synced";
    for (const each of directories) {
      const outcome = yield* syncEntries(port, each, path);
      if (outcome === "synced") continue;
      directory = "unsupported";
      notes.push(outcome.unsupported);
    }
  }
  return { path, changed: true, synced: { directory, createdDirectories: created }, notes };
}
