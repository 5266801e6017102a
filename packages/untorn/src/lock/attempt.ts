import { systemCodeOf } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { announce, makeFolder, removeFolderIfEmpty, withdraw } from "./announce.ts";
import type { Announced } from "./announce.ts";
import { conflict, describeHolder } from "./record.ts";
import type { RecordName } from "./record.ts";
import { judge, recordsIn } from "./judge.ts";
import type { Judged } from "./judge.ts";
import type { Place } from "./place.ts";
import { wake } from "./rest.ts";

export interface Wish {
  readonly shared: boolean;
  readonly mayRest: boolean;
  readonly purpose: string | undefined;
}

/** We hold it, somebody else does, it is worth trying again at once, or the system refused and may not a moment later. */
export type Attempt =
  | { readonly held: Announced }
  | { readonly rivals: readonly Judged[] }
  | { readonly again: true }
  | { readonly refused: unknown };

/** How often the one with the smaller token looks whether the other has stepped back, without pausing in between. */
const looks = 20;

const tidied = 4;

/** Windows, while a handle that somebody else has open keeps a removed entry from vanishing. */
const passing = new Set(["EPERM", "EACCES", "EBUSY", "ENOTEMPTY"]);

/**
 * One try for the lock: announce ourselves, then look who else is there. The lock is had by whoever looks and finds
 * nobody in the way. Two can never both find that: of two records one was made later, and its maker, who looks after
 * having made it, sees the earlier one (readdir(3) returns every entry that exists during the whole of the reading).
 * Names are never used twice, so removing a dead record cannot remove anybody's who lives: there is no takeover to race.
 *
 * The try never pauses: a contender that waits has no record, so a waiting process that is stopped is in nobody's way.
 */
export function* attempt(port: Port, place: Place, wish: Wish): Protocol<Attempt> {
  try {
    let own = yield* wake(port, place, wish.mayRest && !wish.shared);
    // One that has just had the lock steps back before anybody whom it meets.
    const most = own === undefined ? looks : 1;
    if (own === undefined) {
      // Look first: who sees a holder need not disturb the folder.
      const records = yield* recordsIn(place.folder);
      const before = yield* rivalsIn(port, place, wish, records);
      if (before.length > 0) return { rivals: before };
      yield* tidy(port, place, wish, records);
      own = yield* announce(port, place, wish.shared);
      if (own === undefined) return { again: true };
    }
    const result = yield* contend(port, place, wish, own, most);
    // Else it is removed by whoever releases last; but the one we met may have left while we were in the folder.
    if (!("held" in result)) yield* removeFolderIfEmpty(place.folder);
    return result;
  } catch (error) {
    const code = systemCodeOf(error) ?? "";
    if (port.traits.replaceMayBeRefused && passing.has(code)) return { refused: error };
    if (code === "EACCES" || code === "EPERM") return yield* anothersFolder(place, error);
    throw error;
  }
}

/**
 * Permission was denied. In a folder that another user's process made we cannot make a record, but it goes when they are
 * done: if it is empty now, it is removed and made anew. Where it is gone, only making it tells whether it was that folder
 * which refused us or the one around it; in that no waiting helps.
 */
function* anothersFolder(place: Place, error: unknown): Protocol<Attempt> {
  if ((yield* call("lstat", place.folder)) !== undefined) {
    yield* removeFolderIfEmpty(place.folder);
    if ((yield* call("lstat", place.folder)) !== undefined) return { refused: error };
  }
  yield* makeFolder(place);
  return { again: true };
}

function* contend(port: Port, place: Place, wish: Wish, own: Announced, most: number): Protocol<Attempt> {
  let rivals: Judged[] = [];
  try {
    for (let look = 0; look < most; look++) {
      const records = yield* recordsIn(place.folder);
      if (!records.some(({ token }) => token === own.record.token)) {
        yield* withdraw(port, place, own);
        return { again: true };
      }
      rivals = yield* rivalsIn(port, place, wish, records, own.record);
      if (rivals.length === 0) {
        yield* describeHolder(port, own.handle, place, wish.purpose);
        return { held: own };
      }
      // Of several who announced themselves at once, the one with the smallest token stays and the others step back.
      if (rivals.some(({ record }) => record.token < own.record.token)) break;
    }
  } catch (error) {
    yield* withdraw(port, place, own);
    throw error;
  }
  yield* withdraw(port, place, own);
  return { rivals };
}

/** Shared holders are not in each other's way; so that killed ones do not pile up, each newcomer looks at a few. */
function* tidy(port: Port, place: Place, wish: Wish, records: readonly RecordName[]): Protocol<void> {
  const others = records.filter((record) => !conflict(record, wish));
  for (const record of others.slice(0, tidied)) yield* judge(port, place.folder, record, true);
}

function* rivalsIn(
  port: Port,
  place: Place,
  wish: Wish,
  records: readonly RecordName[],
  own?: RecordName,
): Protocol<Judged[]> {
  const rivals: Judged[] = [];
  for (const record of records) {
    if (record.token === own?.token || !conflict(record, wish)) continue;
    const state = yield* judge(port, place.folder, record, true);
    if (state !== "gone") rivals.push({ record, state });
  }
  return rivals;
}
