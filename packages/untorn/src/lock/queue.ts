import { onAbort } from "../atomic/index.ts";
import type { Port } from "../platform/index.ts";
import { conflict } from "./record.ts";

/**
 * The waiters of one process, first come first served, so that they do not poll against each other: only the first in
 * line looks at the disk. Shared waiters pass together. A port is a process of its own (the simulator has several).
 */
export interface Turn {
  readonly shared: boolean;
  granted: boolean;
  wake: (() => void) | undefined;
}

interface Line {
  readonly active: Set<Turn>;
  readonly waiting: Turn[];
}

const linesOf = new WeakMap<Port, Map<string, Line>>();

/** Stands in line for a lock folder; the turn may be granted at once. */
export function standInLine(port: Port, folder: string, shared: boolean): Turn {
  let lines = linesOf.get(port);
  if (lines === undefined) linesOf.set(port, (lines = new Map<string, Line>()));
  let line = lines.get(folder);
  if (line === undefined) lines.set(folder, (line = { active: new Set(), waiting: [] }));
  const turn: Turn = { shared, granted: false, wake: undefined };
  line.waiting.push(turn);
  grant(line);
  return turn;
}

/** Leaves, from the line or from the front of it; whoever is next is woken. */
export function leaveLine(port: Port, folder: string, turn: Turn): void {
  const lines = linesOf.get(port);
  const line = lines?.get(folder);
  if (lines === undefined || line === undefined) return;
  line.active.delete(turn);
  const place = line.waiting.indexOf(turn);
  if (place !== -1) line.waiting.splice(place, 1);
  grant(line);
  if (line.active.size === 0 && line.waiting.length === 0) lines.delete(folder);
}

function grant(line: Line): void {
  for (;;) {
    const next = line.waiting[0];
    if (next === undefined || [...line.active].some((other) => conflict(next, other))) return;
    line.waiting.shift();
    line.active.add(next);
    next.granted = true;
    next.wake?.();
  }
}

/** Resolves when the turn is granted, after `ms`, or when the signal aborts, whichever is first. */
export function comesUp(turn: Turn, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = Number.isFinite(ms) ? setTimeout(done, Math.min(ms, 2 ** 31 - 1)) : undefined;
    const forget = signal && onAbort(signal, done);
    turn.wake = done;
    if (turn.granted || signal?.aborted === true) done();
    function done(): void {
      clearTimeout(timer);
      forget?.();
      turn.wake = undefined;
      resolve();
    }
  });
}
