import { nodePort } from "../platform/index.ts";
import type { FileSystem, Handle, Port } from "../platform/index.ts";
import { call, runSync } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { removeFolderIfEmpty, withdraw } from "./announce.ts";
import type { Announced } from "./announce.ts";
import type { Place } from "./place.ts";

/**
 * Making and removing files and folders costs more than all the rest of a lock (ext4: a new inode takes 50 to 200 us, as
 * the kernel steps over those that were freed in the last seconds, `recently_deleted` in fs/ext4/ialloc.c). So a lock that is
 * taken again within this many milliseconds of its release keeps its folder, and, where the caller allows it, its record:
 * the kernel's lock on it is given up, which makes it a dead one to everybody. Whoever comes removes it, as they do with the
 * record of a killed process; if nobody did, its owner takes the kernel's lock again and looks, as with a new record.
 * Both go when they have rested for this long, or when the process exits. A lock taken once goes at once.
 */
const restMs = 25;

/**
 * A process without the kernel's locks takes a resting record for a holder, since its process lives. So that it gets its
 * turn beside one that never stops, only so many of so many releases in a row leave the record there.
 */
const round = 50;
const restsInRound = 40;

interface Rest {
  readonly timer: NodeJS.Timeout | undefined;
  releases: number;
  asleep: { readonly place: Place; readonly announced: Announced } | undefined;
}

/** By file system: that is what a process is, also where a port is wrapped. */
const restsOf = new WeakMap<FileSystem, Map<string, Rest>>();

/** What is still to be ended by a timer, or when the process exits. */
const timed = new Map<Rest, () => void>();
let listening = false;

function restsIn(port: Port): Map<string, Rest> {
  let rests = restsOf.get(port.fs);
  if (rests === undefined) restsOf.set(port.fs, (rests = new Map<string, Rest>()));
  return rests;
}

/** Gives a lock up; `false` if it was lost. `keep`: its record may rest. */
export function* giveUp(port: Port, place: Place, announced: Announced, keep: boolean): Protocol<boolean> {
  const rest = restsIn(port).get(place.folder);
  if (rest === undefined) {
    const had = yield* withdraw(port, place, announced);
    if (port.traits.locksRest) remember(port, place.folder);
    yield* removeFolderIfEmpty(place.folder);
    return had;
  }
  rest.timer?.refresh();
  rest.releases += 1;
  const mayRest = keep && announced.record.kernel && rest.releases % round < restsInRound;
  // On Windows a file that is open is not gone when it is removed.
  if (!mayRest || rest.asleep !== undefined || port.traits.replaceMayBeRefused) {
    return yield* withdraw(port, place, announced);
  }
  if (!(yield* fellAsleep(announced.handle))) return yield* withdraw(port, place, announced);
  rest.asleep = { place, announced };
  return true;
}

function* fellAsleep(handle: Handle): Protocol<boolean> {
  try {
    const { nlink, mode } = yield* call("fstat", handle);
    // Removed by somebody; or another user could want the lock, who cannot remove a record of ours.
    if (nlink === 0 || (mode & 0o022) !== 0) return false;
    yield* call("unlock", handle);
    return true;
  } catch {
    // A disk that answers nothing any more: what is open must be closed.
    return false;
  }
}

/** Takes a record that rests, with the kernel's lock on it; `undefined` if there is none, or it may not be used, or is gone. */
export function* wake(port: Port, place: Place, use: boolean): Protocol<Announced | undefined> {
  const rest = restsIn(port).get(place.folder);
  const asleep = rest?.asleep;
  if (rest === undefined || asleep === undefined) return undefined;
  rest.asleep = undefined;
  const { announced } = asleep;
  try {
    // Somebody who is just removing it has a lock on it.
    if (use && (yield* call("tryLock", announced.handle, false))) return announced;
  } catch {
    // Then it is removed.
  }
  yield* withdraw(port, asleep.place, announced);
  return undefined;
}

/** Removes whatever rests. A real process does so by itself, with timers and when it exits. */
export function* endRests(port: Port): Protocol<void> {
  for (const folder of restsIn(port).keys()) yield* endRest(port, folder);
}

function* endRest(port: Port, folder: string): Protocol<void> {
  const rests = restsIn(port);
  const rest = rests.get(folder);
  const asleep = rest?.asleep;
  rests.delete(folder);
  if (rest !== undefined) timed.delete(rest);
  try {
    if (asleep !== undefined) yield* withdraw(port, asleep.place, asleep.announced);
  } catch {
    // The record stays. It is dead and hinders nobody.
  }
  yield* removeFolderIfEmpty(folder);
}

function remember(port: Port, folder: string): void {
  const end = (): void => runSync(port, endRest(port, folder));
  // A simulated machine has a clock of its own, and no timers.
  const isTimed = port.clock === nodePort.clock;
  const rest: Rest = { timer: isTimed ? setTimeout(end, restMs).unref() : undefined, releases: 0, asleep: undefined };
  restsIn(port).set(folder, rest);
  if (!isTimed) return;
  timed.set(rest, end);
  if (listening) return;
  listening = true;
  process.once("exit", () => {
    for (const end of timed.values()) end();
  });
}
