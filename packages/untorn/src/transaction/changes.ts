import { inDirectory } from "../atomic/index.ts";
import { UntornError } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { conflict, etagAt } from "./apply.ts";
import type { Overlay, Wish } from "./overlay.ts";
import { placeIn } from "./places.ts";
import type { KnownDirectories, Place, Root } from "./places.ts";
import { refuseTwoSpellings } from "./spellings.ts";

/** One file that will be another than it is. */
export interface Change {
  /** Relative to the root, symbolic links followed. */
  readonly inside: string;
  readonly wish: Wish;
  readonly place: Place;
  readonly beforeEtag: string | null;
}

/** Looks every file up that the transaction wants to change; one that is as it should be already is left out. */
export function* planChanges(root: Root, overlay: Overlay): Protocol<Change[]> {
  const changes: Change[] = [];
  const directories: KnownDirectories = new Map();
  yield* refuseTwoSpellings(root, overlay.wishes.keys());
  for (const [path, wish] of [...overlay.wishes].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const place = yield* placeIn(root, path, directories);
    const { before } = place;
    if (before !== undefined && before.kind !== "file") {
      const code = before.kind === "directory" ? "UNTORN_IS_DIRECTORY" : "UNTORN_NOT_A_FILE";
      throw new UntornError({ code, path: place.path, phase: "resolve", outcome: "unchanged" });
    }
    const change = {
      inside: place.inside,
      wish,
      place,
      beforeEtag: before === undefined ? null : yield* etagAt(place.path),
    };
    if (!isDone(change)) changes.push(change);
  }
  return changes;
}

function isDone({ wish, beforeEtag }: Change): boolean {
  if (wish.kind === "remove") return beforeEtag === null;
  return wish.etag === beforeEtag && wish.mode === undefined && wish.like === undefined;
}

/** What was read must still be what is there: by content, not by times (G6). */
export function* compareSeen(root: Root, overlay: Overlay): Protocol<void> {
  for (const [path, seen] of overlay.seen) {
    const now = yield* etagAt((yield* placeIn(root, path)).path);
    if (now === seen) continue;
    const what = now === null ? "it is gone" : seen === null ? "it has been created" : "its content has changed";
    throw conflict(inDirectory(root.path, path), `since the transaction read it, ${what}`);
  }
}

/** The contents that will be replaced, as they are now that nobody else may change them. */
export function* refreshChanges(root: Root, changes: readonly Change[]): Protocol<Map<string, string | null>> {
  const current = new Map<string, string | null>();
  for (const change of changes) {
    const now = yield* etagAt(change.place.path);
    if (now === null && change.beforeEtag !== null && change.wish.kind === "put") {
      throw conflict(inDirectory(root.path, change.inside), "it was removed while the transaction was prepared");
    }
    current.set(change.inside, now);
  }
  return current;
}
