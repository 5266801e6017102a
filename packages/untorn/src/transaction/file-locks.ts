import { split } from "../atomic/index.ts";
import { committingAbove, conflictingHolders, ownsLock, ownsTransaction } from "../lock/index.ts";
import { UntornError } from "../platform/index.ts";
import type { LockHolder, Port } from "../platform/index.ts";
import { backoff, pause, stopwatch } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Change } from "./changes.ts";
import type { Overlay } from "./overlay.ts";
import { placeIn } from "./places.ts";
import type { Root } from "./places.ts";

const longestPauseMs = 40;

interface Patience {
  readonly lockTimeoutMs: number;
  readonly blocking: boolean;
  readonly settle: (root: string) => Protocol<void>;
}

/**
 * Two sides that each show what they are about to do before they look for the other: whoever takes the lock of a file
 * makes its record and then looks for a journal above it; a transaction raises its journal and then looks for records.
 * So one of them always sees the other. The transaction steps back while it waits, and the other side may go on; where it
 * blocks the thread (`blocking`), it does not wait for what this very thread holds.
 */
export function* awaitFileLocks(
  port: Port,
  root: Root,
  overlay: Overlay,
  changes: readonly Change[],
  { lockTimeoutMs, blocking, settle }: Patience,
  journal: { readonly raise: () => Protocol<void>; readonly lower: () => Protocol<void> },
): Protocol<void> {
  const shared = new Map<string, boolean>();
  for (const path of overlay.seen.keys()) {
    const place = yield* placeIn(root, path);
    // In a directory that is not there yet nobody can hold a file.
    if (place.directoryStatus !== undefined) shared.set(place.path, true);
  }
  for (const { place } of changes) if (place.directoryStatus !== undefined) shared.set(place.path, false);
  const elapsed = stopwatch(port.clock);
  for (let attempt = 1; ; attempt += 1) {
    yield* journal.raise();
    const busy = (yield* firstBusy(port, shared)) ?? (yield* otherTransaction(port, root, shared));
    if (busy === undefined) return;
    yield* journal.lower();
    // What a crash left there keeps us from its files for ever, unless somebody settles it.
    if (busy.root !== undefined && !busy.own) yield* settle(busy.root);
    if ((blocking && busy.own) || elapsed() >= lockTimeoutMs) throw lockedError(busy);
    yield* pause(backoff(port, attempt, longestPauseMs));
  }
}

/** What is in the way of a transaction. */
interface Busy {
  readonly path: string;
  readonly problem: string;
  readonly holders?: readonly LockHolder[];
  /** Another root, if a transaction of its is. */
  readonly root?: string;
  /** This very thread is. */
  readonly own: boolean;
}

const recoverTells = "`untorn recover` tells which, and completes or takes back what a crash left.";

function lockedError({ path, problem, holders, root, own }: Busy): UntornError {
  return new UntornError({
    code: "UNTORN_LOCKED",
    path,
    phase: "lock",
    outcome: "unchanged",
    problem: own ? `${problem}: by this very process, for which a synchronous call cannot wait` : problem,
    ...(own ? { next: "Let it end first, or use the asynchronous call." } : {}),
    ...(!own && root !== undefined ? { next: recoverTells } : {}),
    holders,
  });
}

/** A root may lie within another, and both may commit: the one that sees the other's journal steps back. */
function* otherTransaction(port: Port, root: Root, files: ReadonlyMap<string, boolean>): Protocol<Busy | undefined> {
  const directories = new Map([...files.keys()].map((path) => [split(path).directory, path]));
  for (const path of directories.values()) {
    const other = yield* committingAbove(path, root.real);
    if (other === undefined) continue;
    const problem = `a transaction in ${other} is being committed, or was left unfinished`;
    return { path, problem, root: other, own: ownsTransaction(port, other) };
  }
  return undefined;
}

function* firstBusy(port: Port, files: ReadonlyMap<string, boolean>): Protocol<Busy | undefined> {
  for (const [path, shared] of files) {
    const holders: readonly LockHolder[] = yield* conflictingHolders(port, path, shared);
    if (holders.length === 0) continue;
    const names = holders.map(({ pid, command }) => `process ${pid}${command === undefined ? "" : ` (${command})`}`);
    return { path, problem: `it is locked by ${names.join(", ")}`, holders, own: ownsLock(port, path, shared) };
  }
  return undefined;
}
