import { setTimeout as sleep } from "node:timers/promises";
import { isUntornError } from "untorn";
import type { Place } from "../project/index.ts";
import { emptyBoard, readBoard } from "./board.ts";
import type { Board } from "./board.ts";
import { fingerprint } from "./fingerprint.ts";

/** A board to be shown, and why it may be out of date. */
export interface Shown {
  readonly board: Board;
  readonly problem?: string;
}

/** Looks at the project so often, in milliseconds. */
const interval = 400;
/** Where changes do not stop, the board is made anew so often all the same. */
const patience = 1200;
/** Looking takes at most this part of the time, also in a project with very many files. */
const share = 0.05;

/**
 * Shows the board now, and again after every change, until the signal ends it. A burst of changes is shown once, when it
 * is over or has lasted 1.2 s; a change is on the board within 2 s. What cannot be read becomes a `problem` beside the
 * last board that could be. Files are looked at rather than watched: that is the same on every file system, and misses
 * nothing where a watcher runs out of handles.
 */
export async function watchBoard(
  place: Place,
  show: (shown: Shown) => void | Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let last: Board | undefined;
  let seen: string | undefined;
  let shownFor: string | undefined;
  let since = 0;
  while (!signal.aborted) {
    const started = performance.now();
    const now = quietFingerprint(place);
    const changing = now !== seen;
    if (now !== shownFor) since ||= started;
    if (now !== shownFor && (!changing || shownFor === undefined || started - since >= patience)) {
      const shown = await readShown(place, last);
      last = shown.board;
      await show(shown);
      shownFor = now;
      since = 0;
    }
    seen = now;
    const pause = Math.max(interval, Math.min((performance.now() - started) / share, patience));
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}

function quietFingerprint(place: Place): string {
  try {
    return fingerprint(place);
  } catch (error) {
    return `problem: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The board as it is now, or the last one with what keeps it from being read. */
export async function readShown(place: Place, last?: Board): Promise<Shown> {
  try {
    return { board: await readBoard(place) };
  } catch (error) {
    if (!isUntornError(error) && !(error instanceof Error && "code" in error)) throw error;
    return { board: last ?? emptyBoard(place), problem: error.message };
  }
}
