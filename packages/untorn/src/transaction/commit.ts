import { inDirectory, seal, split, within, writeAll } from "../atomic/index.ts";
import type { PreparedFile } from "../atomic/index.ts";
import { assertHeld } from "../lock/index.ts";
import type { Held } from "../lock/index.ts";
import { toUntornError, UntornError } from "../platform/index.ts";
import type { Handle, Port } from "../platform/index.ts";
import { call, together } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { applyAll } from "./apply-all.ts";
import type { Syncs } from "./apply-all.ts";
import { planChanges, compareSeen, refreshChanges } from "./changes.ts";
import type { Change } from "./changes.ts";
import { awaitFileLocks } from "./file-locks.ts";
import { closingLine, journalBody, journalName } from "./journal.ts";
import { closeSynced, dropJournalFile, raiseJournalFile } from "./journal-file.ts";
import { keepingGenerations } from "./keep-generations.ts";
import type { PutStep, Step } from "./journal.ts";
import { newDirectories, removals } from "./entry-steps.ts";
import type { Overlay, Wish } from "./overlay.ts";
import type { Root } from "./places.ts";
import { refuseRemovals, stageChange } from "./stage-change.ts";
import type { PutChange } from "./stage-change.ts";
import { takeBack, undecided } from "./take-back.ts";
import type { Staged } from "./take-back.ts";

/** What a transaction did. */
export interface TransactionReceipt {
  readonly root: string;
  /** Files with new content, relative to the root. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
  /** How many times something was synced: at most files + directories + 3, and 1 more when `.untorn` is first made. */
  readonly syncs: number;
  /** How often the function ran; more than 1 if somebody else changed what it had read. */
  readonly attempts: number;
}

export interface CommitContext {
  /** The root's lock. */
  readonly lock: Held;
  readonly durable: boolean;
  /** Whether the work folder's own entry is still to be synced. */
  readonly newWork: boolean;
  /** How long to wait for whoever holds the lock of a file, in milliseconds. */
  readonly lockTimeoutMs: number;
  /** How many contents of each file to keep, unless a file's own wish says otherwise. */
  readonly generations: number;
  /** Whether the calls block the thread. */
  readonly blocking: boolean;
  /** Completes or takes back what a crash left in another root; does nothing where one is at work. */
  readonly settle: (root: string) => Protocol<void>;
}

/**
 * Commits a transaction (G8).
 *
 * 1. Write the new contents to the work folder and link each beside its target. The sync of each goes on beside all that follows, to 4.
 * 2. Raise the journal: a file with its first line only. From here on nobody gets the lock of a file in this root, and
 *    whoever has one is waited for. So the locks of many files cost one file, and cannot be taken in a wrong order.
 * 3. Compare what was read with what is there now: a difference is a conflict, and nothing has been changed. Keep what is to
 *    be kept as generations: until the commit they say no more than what the files hold.
 * 4. Complete the journal, and sync contents, journal and work folder side by side. When the last sync has returned, the
 *    transaction is committed.
 * 5. Apply: directories, contents, removals. Sync the directories.
 * 6. Empty the journal and sync it, then take its name away: a later change must not be undone by a journal that comes back
 *    with a power cut. Remove the staged files.
 *
 * A crash up to 4 leaves the old state, and one after it the new state, once `recoverRoot` has run.
 */
export function* commit(
  port: Port,
  root: Root,
  overlay: Overlay,
  context: CommitContext,
): Protocol<Omit<TransactionReceipt, "attempts">> {
  const changes = yield* planChanges(root, overlay);
  const syncs: Syncs | undefined = context.durable ? { count: 0 } : undefined;
  if (changes.length > 0 || overlay.made.size > 0 || overlay.removed.size > 0) {
    yield* keepingGenerations(port, changes, context, (keep) =>
      carryOut(port, root, overlay, changes, context, syncs, keep),
    );
  } else {
    // Nothing to change, but what was read must still be of one moment.
    yield* compareSeen(root, overlay, []);
  }
  return receiptOf(root, changes, syncs?.count ?? 0);
}

/** What these changes are to a root. */
export function receiptOf(root: Root, changes: readonly Change[], syncs: number): Omit<TransactionReceipt, "attempts"> {
  const inside = (kind: Wish["kind"]): string[] =>
    changes.filter(({ wish }) => wish.kind === kind).map((change) => change.inside);
  return { root: root.path, written: inside("put"), removed: inside("remove"), syncs };
}

function* carryOut(
  port: Port,
  root: Root,
  overlay: Overlay,
  changes: readonly Change[],
  context: CommitContext,
  syncs: Syncs | undefined,
  keepGenerations: () => Protocol<void>,
): Protocol<void> {
  const staged: Staged = { open: new Set(), puts: [], reached: new Set(), journal: undefined, closed: false };
  const puts = changes.filter(isPut);
  const group = Math.ceil(Math.min(puts.length, wave) / groups);
  let steps: readonly Step[] = [];
  let failed = false;
  const sealed = function* (file: PreparedFile): Protocol<void> {
    try {
      staged.open.delete(file);
      if (syncs !== undefined) syncs.count += 1;
      yield* seal(file, syncs !== undefined, () => {});
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const complete = function* (): Protocol<void> {
    // Nobody is kept waiting for what cannot be committed any more.
    if (failed) return;
    yield* refuseRemovals(port, changes);
    yield* raiseJournal(port, root, overlay, changes, context, staged);
    yield* compareSeen(root, overlay, changes);
    const current = yield* refreshChanges(root, overlay, changes);
    yield* keepGenerations();
    const contents = staged.puts.map((put) => ({ ...put, before: current.get(put.path) ?? null }));
    const directories = yield* newDirectories(root, overlay, changes);
    steps = [...directories, ...contents.toSorted(mountsFirst(puts)), ...removals(overlay, changes, current)];
    yield* assertHeld(context.lock);
    yield* completeJournal(root, steps, staged, context, syncs);
  };
  // The contents are synced while others are staged and the journal comes about: which is durable first makes no difference.
  const stageFrom = function* (first: number, end: number): Protocol<void> {
    if (failed) return;
    const files: PreparedFile[] = [];
    for (const change of puts.slice(first, Math.min(first + group, end))) {
      files.push(yield* stageChange(port, root, change, staged));
    }
    const next = first + group < end ? stageFrom(first + group, end) : end < puts.length ? nothing() : complete();
    yield* together([...files.map(sealed), next]);
  };
  try {
    for (let first = 0; first === 0 || first < puts.length; first += wave) {
      yield* stageFrom(first, Math.min(first + wave, puts.length));
    }
  } catch (error) {
    const failure = toUntornError(error, { path: root.path, phase: "stage", outcome: "unchanged" });
    throw (yield* takeBack(root, staged, syncs !== undefined)) ? failure : undecided(root, failure);
  }
  yield* applyAll(port, root, steps, staged, syncs);
}

/**
 * A file that is mounted by itself (a container's bind mount) cannot be replaced by a rename, and that is only found out then: such
 * files come first, as nothing has been replaced then. On overlayfs many files look like one.
 */
function mountsFirst(puts: readonly PutChange[]): (one: PutStep, other: PutStep) => number {
  const suspects = new Set<string>();
  for (const { place, inside } of puts) {
    if (place.before !== undefined && place.before.dev !== place.directoryStatus?.dev) suspects.add(inside);
  }
  return (one, other) => Number(suspects.has(other.path)) - Number(suspects.has(one.path));
}

/** In so many groups files are staged: while one is, those before it are synced. Each is nested in the one before. */
const groups = 8;

/** At most so many staged files are open at a time: a process may have 1,024. The next are staged when all of these are synced. */
const wave = 256;

function* nothing(): Protocol<void> {}

function isPut(change: Change): change is PutChange {
  return change.wish.kind === "put";
}

/** Raises the journal as soon as nobody holds a file that the transaction reads or changes. */
function* raiseJournal(
  port: Port,
  root: Root,
  overlay: Overlay,
  changes: readonly Change[],
  context: CommitContext,
  staged: Staged,
): Protocol<void> {
  const { pid, startTime, scope } = port.identity;
  const transaction = `tx-${pid.toString(36)}-${startTime}-${scope}-${port.randomName()}`;
  const path = inDirectory(root.work, journalName(transaction));
  const header = Buffer.from(journalBody({ transaction, steps: [] }));
  yield* awaitFileLocks(port, root, overlay, changes, context, {
    *raise() {
      const handle = yield* within("stage", root.path, "unchanged", raiseJournalFile(root, path, header));
      staged.journal = { path, handle };
    },
    *lower() {
      const { handle } = staged.journal as { handle: Handle };
      staged.journal = undefined;
      yield* call("close", handle);
      yield* dropJournalFile(root, path);
    },
  });
}

/** Staging, journal and their directory entries reach the medium; the commit point is the return of the last sync. */
function* completeJournal(
  root: Root,
  steps: readonly Step[],
  staged: Staged,
  context: CommitContext,
  syncs: Syncs | undefined,
): Protocol<void> {
  const { handle, path } = staged.journal as { path: string; handle: Handle };
  const transaction = split(path).base.replace(/\.journal$/, "");
  const header = journalBody({ transaction, steps: [] });
  const body = journalBody({ transaction, steps });
  const rest = Buffer.from(body.slice(header.length) + closingLine(body));
  yield* writeAll(handle, rest, () => {}, root.path);
  const { size } = yield* call("fstat", handle);
  if (size !== Buffer.byteLength(header) + rest.byteLength) {
    throw new UntornError({ code: "UNTORN_SHORT_WRITE", path, phase: "stage", outcome: "unchanged" });
  }
  const directories = new Set([root.work]);
  for (const put of staged.puts) directories.add(split(inDirectory(root.real, put.staged)).directory);
  if (context.newWork) directories.add(root.real);
  const sync = syncs !== undefined;
  if (sync) syncs.count += 1 + directories.size;
  staged.closed = true;
  // Every entry in the work folder is there by now, so its sync covers them whichever of these ends first.
  yield* together([
    closeSynced(handle, sync),
    ...(sync ? [...directories].map((directory) => call("syncDirectory", directory)) : []),
  ]);
}
