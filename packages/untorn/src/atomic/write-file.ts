import { isUntornError, UntornError } from "../platform/index.ts";
import type { ErrorCode, Port, Status } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Control } from "./control.ts";
import type { Source } from "./data.ts";
import { makeDirectories, syncEntries } from "./directories.ts";
import { otherContent } from "./etag.ts";
import { finishInPlace } from "./finish-in-place.ts";
import { replaceInPlace } from "./in-place.ts";
import type { WriteOptions } from "./options.ts";
import { discard, stage, withoutTemp } from "./pending-file.ts";
import type { PendingFile } from "./pending-file.ts";
import { digestFile } from "./read-file.ts";
import type { Digest } from "./read-file.ts";
import type { Receipt, SyncState } from "./receipt.ts";
import { reportedWrite } from "./reports.ts";
import { create, createUnderLock, replace } from "./replace.ts";
import { syncFile, within } from "./steps.ts";
import { stillMatches } from "./still-matches.ts";
import { resolveTarget } from "./target.ts";
import type { Target } from "./target.ts";

export interface WriteRequest {
  readonly path: string;
  readonly source: Source;
  readonly options: WriteOptions;
  /** The target, where it was looked up in this very moment. */
  readonly target?: Target;
  /** What the caller has just read there, under the file's lock: then it is not read again before it is staged. */
  readonly current?: Digest;
  readonly control: Control;
  /** The caller holds the file's lock: with `ifAbsent`, the file can then be made where there are no hard links. */
  readonly locked?: true;
  /** Runs right before the commit, after everything that can be known earlier was checked (a lock's fence). */
  readonly guard?: (target: Target) => Protocol<void>;
}

/**
 * The write protocol (G1-G5): resolve, stage beside the target, commit by one rename, sync the directory.
 * A failure up to the commit leaves the old content and no temp; after it, the new content.
 */
export function writeProtocol(port: Port, request: WriteRequest): Protocol<Receipt> {
  const { path, options } = request;
  const facts = { operation: "replace", path, durability: options.durability ?? "full" } as const;
  return reportedWrite(closing(port, request), facts, (receipt) => receipt);
}

function* closing(port: Port, request: WriteRequest): Protocol<Receipt> {
  try {
    return yield* write(port, request);
  } catch (error) {
    request.source.close();
    throw error;
  }
}

function* write(port: Port, request: WriteRequest): Protocol<Receipt> {
  const { path, options, source } = request;
  const durability = options.durability ?? "full";
  const target =
    request.target ?? (yield* within("resolve", path, "unchanged", resolveTarget(path, options.symlinks ?? "follow")));
  refuseTarget(target, options);
  const created =
    options.mkdir === true ? yield* within("stage", path, "unchanged", makeDirectories(port, target.directory)) : [];
  if (options.inPlace !== undefined) yield* finishInPlace(port, target);
  const current = request.current ?? (yield* conditionsAtStart(target, options));
  if (current !== undefined && mayStay(current, options) && isSame(source, current)) {
    source.close();
    return yield* syncExisting(port, target, current, durability);
  }
  const replacing = target.before?.kind === "file" ? target.before : undefined;
  const pending = yield* stage(port, {
    target,
    source,
    sync: durability !== "off",
    metadata: { path: target.path, before: replacing, mode: options.mode, owner: options.owner },
    signal: options.signal,
    check: request.control.check,
  });
  let committed: Commit;
  try {
    if (current !== undefined && mayStay(current, options) && current.etag === pending.etag) {
      yield* discard(pending.path);
      return yield* syncExisting(port, target, current, durability);
    }
    if (options.ifMatch !== undefined) yield* stillMatches(port, target, current, options.ifMatch);
    if (request.guard !== undefined) yield* request.guard(target);
    committed = yield* commit(port, pending, request);
  } catch (error) {
    // What may be the only copy of the new content, or what proves which content is whole, stays (G9).
    if (isUntornError(error) && error.outcome === "unknown") throw error;
    throw yield* withoutTemp(pending.path, error);
  }
  const directory = durability === "full" ? yield* syncEntries(port, target.directory, target.path) : undefined;
  const { via, attempts, notes } = committed;
  return receipt(pending, { via, attempts, notes, createdDirectories: created, replacing, directory });
}

interface Commit {
  readonly via: Receipt["via"];
  readonly attempts: number;
  readonly notes: readonly string[];
}

const noNotes: readonly string[] = [];

const noLinks =
  "there are no hard links here: that no file was there was looked up under the lock, and one that a program without the lock made right then would have been replaced";

function* commit(port: Port, pending: PendingFile, request: WriteRequest): Protocol<Commit> {
  if (request.options.ifAbsent === true) {
    if (request.locked === true) {
      const attempts = yield* createUnderLock(port, pending, request.control);
      if (attempts > 0) return { via: "rename", attempts, notes: [noLinks] };
    } else yield* create(pending, request.control);
    return { via: "link", attempts: 1, notes: yield* discard(pending.path) };
  }
  try {
    return { via: "rename", attempts: yield* replace(port, pending, request.control), notes: noNotes };
  } catch (error) {
    const busy = error instanceof UntornError && error.systemCode === "EBUSY" && error.outcome === "unchanged";
    if (!busy || request.options.inPlace === undefined) throw error;
    const notes = yield* replaceInPlace(port, pending, request.options, request.control);
    return { via: "in-place", attempts: 1, notes };
  }
}

function refuseTarget(target: Target, options: WriteOptions): void {
  const { before } = target;
  const refuse = (code: ErrorCode): never => {
    throw new UntornError({ code, path: target.path, phase: "resolve", outcome: "unchanged" });
  };
  if (before?.kind === "directory" || target.base === "" || target.base === "." || target.base === "..") {
    refuse("UNTORN_IS_DIRECTORY");
  }
  if (before === undefined) return;
  if (options.ifAbsent === true) refuse("UNTORN_EXISTS");
  if (before.kind === "other") refuse("UNTORN_NOT_A_FILE");
  if (before.kind === "file" && before.nlink > 1 && options.hardlinks === "refuse") refuse("UNTORN_HARD_LINK");
}

/** Reads what is there where an option depends on it; a condition that fails already is not worth staging for. */
function* conditionsAtStart(target: Target, options: WriteOptions): Protocol<Digest | undefined> {
  if (options.ifMatch === undefined && options.skipUnchanged !== true) return undefined;
  const current = target.before?.kind === "file" ? yield* digestFile(target.path) : undefined;
  if (options.ifMatch !== undefined && current?.etag !== options.ifMatch)
    throw otherContent(target.path, current?.etag);
  return current;
}

/** With `skipUnchanged`: whether the file has the mode and owner that were asked for, so that the same content may stay. */
function mayStay({ status }: Digest, options: WriteOptions): boolean {
  const { mode = status.mode, owner = status } = options;
  return options.skipUnchanged === true && mode === status.mode && owner.uid === status.uid && owner.gid === status.gid;
}

function isSame({ known }: Source, current: Digest): boolean {
  return known !== undefined && known.bytes === current.status.size && known.etag() === current.etag;
}

/** The content is there already, but whoever wrote it may not have synced it. */
function* syncExisting(port: Port, target: Target, current: Digest, durability: string): Protocol<Receipt> {
  const notes: string[] = [];
  let file: SyncState = "off";
  let directory: SyncState = "off";
  if (durability !== "off") {
    file = toState(yield* within("sync", target.path, "unchanged", syncFile(target.path)), notes);
  }
  if (durability === "full") {
    directory = toState(yield* syncEntries(port, target.directory, target.path, "unchanged"), notes);
  }
  return {
    path: target.path,
    bytes: current.status.size,
    etag: current.etag,
    changed: false,
    created: false,
    via: "none",
    synced: { file, directory, createdDirectories: [] },
    metadata: { kept: [], lost: [] },
    attempts: 0,
    calls: 1,
    notes,
  };
}

interface Committed extends Commit {
  readonly createdDirectories: readonly string[];
  readonly replacing: Status | undefined;
  readonly directory: "synced" | { readonly unsupported: string } | undefined;
}

function receipt(pending: PendingFile, done: Committed): Receipt {
  const notes = [...pending.notes, ...done.notes];
  return {
    path: pending.target.path,
    bytes: pending.bytes,
    etag: pending.etag,
    changed: true,
    created: done.replacing === undefined,
    via: done.via,
    synced: {
      file: pending.synced,
      directory: done.directory === undefined ? "off" : toState(done.directory, notes),
      createdDirectories: done.createdDirectories,
    },
    metadata: pending.metadata,
    attempts: done.attempts,
    calls: 1,
    notes,
  };
}

function toState(outcome: "synced" | { readonly unsupported: string }, notes: string[]): SyncState {
  if (outcome === "synced") return "synced";
  notes.push(outcome.unsupported);
  return "unsupported";
}
