import { aborted, inDirectory, within } from "../atomic/index.ts";
import { toUntornError, UntornError } from "../platform/index.ts";
import type { LockHolder, Port } from "../platform/index.ts";
import { call, pause, publishRefusal, pull } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { removeFolderIfEmpty, withdraw } from "./announce.ts";
import type { Announced } from "./announce.ts";
import { attempt } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import { forgetHeld, rememberHeld } from "./at-exit.ts";
import { conflict, readHolder } from "./record.ts";
import { judge, recordsIn } from "./judge.ts";
import { lockedError } from "./locked-error.ts";
import { ownsTransaction } from "./own.ts";
import { requestOf } from "./options.ts";
import type { AcquireOptions, Request } from "./options.ts";
import { folderOf, placeOf } from "./place.ts";
import type { Place } from "./place.ts";
import { committingAbove } from "./standing-journal.ts";
import { comesUp, leaveLine, standInLine } from "./queue.ts";
import type { Turn } from "./queue.ts";
import { report } from "./reports.ts";
import type { LockReport } from "./reports.ts";
import { giveUp } from "./rest.ts";
import { Wait } from "./wait.ts";

/** A lock that is held, for protocols: give it to `assertHeld` and to `release`. */
export interface Held {
  readonly path: string;
  /** The file that is locked: symbolic links followed. */
  readonly target: string;
  readonly fence: string;
  readonly shared: boolean;
  readonly record: string;
  readonly place: Place;
  readonly announced: Announced;
  readonly turn: Turn;
  readonly request: Request;
  readonly waitMs: number;
  readonly sinceMs: number;
  released: boolean;
}

/** Takes the lock of a file, as a step of a larger protocol; the caller releases it, whatever happens. See `Locks.lock`. */
export function* acquire(port: Port, path: string, options: AcquireOptions = {}): Protocol<Held> {
  const request = requestOf(options);
  const wait = new Wait(port, request.timeoutMs);
  let place: Place | undefined;
  let turn: Turn | undefined;
  try {
    place = yield* placeOf(path);
    abortIfAsked(place, request);
    turn = standInLine(port, place.folder, request.shared);
    const announced = yield* win(port, place, turn, request, wait);
    const record = inDirectory(place.folder, announced.record.name);
    const { target } = place;
    const { shared } = request;
    const facts = { place, announced, turn, request, record, target, shared, path: place.path };
    const held: Held = {
      ...facts,
      fence: announced.record.token,
      waitMs: wait.elapsedMs,
      sinceMs: port.clock.now(),
      released: false,
    };
    rememberHeld(port, held);
    report(() => ({ outcome: "acquired", path: target, shared, purpose: request.purpose, waitMs: held.waitMs }));
    return held;
  } catch (error) {
    if (place !== undefined && turn !== undefined) {
      leaveLine(port, place.folder, turn);
      yield* removeFolderIfEmpty(place.folder);
    }
    const failure = toUntornError(error, { path, phase: "lock", outcome: "unchanged" });
    report(() => ({
      outcome: outcomeOf(failure),
      path: place?.target ?? path,
      shared: request.shared,
      purpose: request.purpose,
      waitMs: wait.elapsedMs,
    }));
    publishRefusal("lock", failure);
    throw failure;
  }
}

function outcomeOf(error: UntornError): "timed-out" | "aborted" | "failed" {
  if (error.code === "UNTORN_LOCKED") return "timed-out";
  return error.code === "UNTORN_ABORTED" ? "aborted" : "failed";
}

function* win(port: Port, place: Place, turn: Turn, request: Request, wait: Wait): Protocol<Announced> {
  while (!turn.granted) {
    // A call that blocks the thread would wait for a release that this very thread has to make.
    if (request.blocking || wait.over) throw yield* refusal(port, place, request, wait);
    yield* pull(() => comesUp(turn, wait.leftMs, request.signal));
    wait.look();
    abortIfAsked(place, request);
  }
  for (;;) {
    const result: Attempt = yield* attempt(port, place, request);
    let root: string | undefined;
    if ("held" in result) {
      // Having shown ourselves we look for a journal; a transaction raises its journal, then looks for us.
      try {
        root = request.overJournals ? undefined : yield* committingAbove(place.target);
        if (root === undefined) return result.held;
      } catch (error) {
        yield* withdraw(port, place, result.held);
        throw error;
      }
      yield* withdraw(port, place, result.held);
      if (request.blocking && ownsTransaction(port, root)) throw underOwnTransaction(place, root);
      if (request.settle !== undefined) yield* request.settle(root);
    }
    abortIfAsked(place, request);
    if ("again" in result && wait.again()) continue;
    if (wait.over) {
      if (root !== undefined) throw underTransaction(place, root);
      if ("refused" in result) throw result.refused;
      const holders = yield* holdersNow(port, place.folder, request.shared);
      // Somebody who is just about to get it or to step back is not a holder yet: look again, for a moment.
      if (!wait.graceLeft || holders.some(({ since }) => since !== undefined)) {
        throw lockedError(port, place, holders, wait.elapsedMs);
      }
    }
    yield* pause(wait.nextPauseMs(rivalsOf(result)));
    wait.look();
    abortIfAsked(place, request);
  }
}

function underTransaction(place: Place, root: string): UntornError {
  const problem = `a transaction in ${root} is being committed, or was left unfinished`;
  return lockedBy(place, problem, "`untorn recover` tells which, and completes or takes back what a crash left.");
}

/** A call that blocks the thread would wait for a commit that this very thread has to go on with. */
function underOwnTransaction(place: Place, root: string): UntornError {
  const problem = `this very process is committing a transaction in ${root}, and a synchronous call cannot wait for it`;
  return lockedBy(place, problem, "Await the transaction first, or use the asynchronous call.");
}

function lockedBy({ path }: Place, problem: string, next: string): UntornError {
  return new UntornError({ code: "UNTORN_LOCKED", path, phase: "lock", outcome: "unchanged", problem, next });
}

function rivalsOf(result: Attempt): string {
  return "rivals" in result ? result.rivals.map(({ record }) => record.token).join() : "";
}

function* refusal(port: Port, place: Place, request: Request, wait: Wait): Protocol<UntornError> {
  return lockedError(port, place, yield* holdersNow(port, place.folder, request.shared), wait.elapsedMs);
}

function* holdersNow(port: Port, folder: string, shared: boolean): Protocol<LockHolder[]> {
  const holders: LockHolder[] = [];
  for (const record of yield* recordsIn(folder)) {
    if (!conflict(record, { shared })) continue;
    const state = yield* judge(port, folder, record, false);
    if (state !== "gone") holders.push(yield* readHolder(folder, record, state));
  }
  return holders;
}

function abortIfAsked(place: Place, { signal }: Request): void {
  if (signal?.aborted === true) throw aborted(place.path, "lock", signal);
}

/**
 * Throws UNTORN_LOCK_LOST if the lock is not ours any more: broken by `untorn lock --break`, or its folder removed by
 * hand. Ask right before the replace: that is what the fencing token is for. One lstat.
 */
export function* assertHeld(held: Held): Protocol<void> {
  // A record is removed by its holder, by `breakLock`, or by somebody who removes the folder; its name never comes back.
  const stands = within("lock", held.path, "unchanged", call("lstat", held.record));
  if (!held.released && (yield* stands) !== undefined) return;
  throw new UntornError({
    code: "UNTORN_LOCK_LOST",
    path: held.path,
    phase: "lock",
    outcome: "unchanged",
    ...(held.released ? { problem: "the lock was released already" } : {}),
  });
}

/** Gives the lock up; once, every later call does nothing. A lock that was lost is nobody's to give: that is no error. */
export function* release(port: Port, held: Held): Protocol<void> {
  if (held.released) return;
  held.released = true;
  forgetHeld(held);
  // After an error the record may stand: the lock is not lost, and not given up either.
  let outcome: LockReport["outcome"] = "failed";
  try {
    const had = yield* giveUp(port, held.place, held.announced, held.request.mayRest && !held.shared);
    outcome = had ? "released" : "lost";
  } catch (error) {
    throw toUntornError(error, { path: held.path, phase: "lock", outcome: "unchanged" });
  } finally {
    leaveLine(port, held.place.folder, held.turn);
    const { target: path, shared, waitMs, request } = held;
    const holdMs = Math.max(0, port.clock.now() - held.sinceMs);
    report(() => ({ outcome, path, shared, purpose: request.purpose, waitMs, holdMs }));
  }
}

/**
 * Who holds the lock of a file in a way that excludes this one; the dead are left out. Takes nothing. `target` is the file
 * itself, symbolic links followed.
 */
export function* conflictingHolders(port: Port, target: string, shared: boolean): Protocol<LockHolder[]> {
  const folder = folderOf(target);
  if ((yield* call("lstat", folder)) === undefined) return [];
  return (yield* holdersNow(port, folder, shared)).filter(({ state }) => state !== "dead");
}
