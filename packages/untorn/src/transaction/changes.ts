import { hasJust, inDirectory, notAFile, within } from "../atomic/index.ts";
import { invalidArgument } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { conflict, etagAt } from "./apply.ts";
import type { Overlay, Wish } from "./overlay.ts";
import { placeIn } from "./places.ts";
import type { KnownDirectories, Place, Root } from "./places.ts";
import { refuseSecondName, refuseTwoSpellings } from "./spellings.ts";

/** One file that will be another than it is. */
export interface Change {
  /** As the transaction names it. */
  readonly path: string;
  /** Relative to the root, symbolic links followed. */
  readonly inside: string;
  readonly wish: Wish;
  readonly place: Place;
  /** The etag of what it replaces, if that had to be read to know whether there is anything to do. */
  readonly known: string | undefined;
}

/** Looks every file up that the transaction wants to change; one that is as it should be already is left out. */
export function* planChanges(root: Root, overlay: Overlay): Protocol<Change[]> {
  const changes: Change[] = [];
  const directories: KnownDirectories = new Map([[root.real, { status: root.status, real: root.real }]]);
  yield* refuseFileAndFolder(root, overlay);
  yield* refuseTwoSpellings(root, overlay.wishes.keys());
  const names = new Map<string, string>();
  for (const [path, wish] of [...overlay.wishes].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const place = yield* within("resolve", inDirectory(root.path, path), "unchanged", placeIn(root, path, directories));
    refuseSecondName(root, names, place.inside, path);
    const { before } = place;
    if (before !== undefined && before.kind !== "file") throw notAFile(place.path, before, "resolve");
    const { inside } = place;
    if (wish.kind === "remove") {
      if (before !== undefined) changes.push({ path, inside, wish, place, known: undefined });
      continue;
    }
    // Another size is another content, and needs no reading.
    const maybeSame = before?.size === wish.bytes.byteLength && wish.mode === undefined && wish.like === undefined;
    // What was read, or is expected, is compared at the commit.
    const known = maybeSame ? (overlay.seen.get(path) ?? (yield* etagAt(place.path)) ?? undefined) : undefined;
    if (known !== wish.etag) changes.push({ path, inside, wish, place, known });
  }
  return changes;
}

/**
 * One path cannot be a file and the folder of another, nor the folder where a file is that is removed: folders are made first, and
 * it would be found out after the commit.
 */
function* refuseFileAndFolder(root: Root, { wishes, made }: Overlay): Protocol<void> {
  const puts = [...wishes.keys()].filter((path) => wishes.get(path)?.kind === "put");
  for (const path of puts.concat([...made].map((each) => `${each}/`))) {
    for (let cut = path.indexOf("/"); cut !== -1; cut = path.indexOf("/", cut + 1)) {
      const folder = path.slice(0, cut);
      const wish = wishes.get(folder);
      if (wish === undefined) continue;
      const there = inDirectory(root.real, folder);
      if (wish.kind === "remove" && (yield* call("lstat", there)) === undefined) continue;
      const problem =
        wish.kind === "remove"
          ? "the file is to be removed, and a folder made in its place, in one transaction"
          : "it is to be a file and a folder in one transaction";
      const next = wish.kind === "remove" ? "Remove it in a transaction of its own first." : "";
      throw invalidArgument(inDirectory(root.path, folder), problem, next);
    }
  }
}

/** What was read must still be what is there: by content, not by times (G6). */
export function* compareSeen(root: Root, overlay: Overlay, changes: readonly Change[]): Protocol<void> {
  const names = new Map(changes.map((change) => [change.inside, change.path]));
  for (const [path, seen] of overlay.seen) {
    const place = yield* placeIn(root, path);
    // What is only read may be read under all its names.
    if (names.has(place.inside)) refuseSecondName(root, names, place.inside, path);
    const content = overlay.contents.get(path);
    if (content !== undefined && (yield* hasJust(place.path, content))) continue;
    const now = yield* etagAt(place.path);
    if (now === seen) continue;
    const what = now === null ? "it is gone" : seen === null ? "it has been created" : "its content is another";
    throw conflict(inDirectory(root.path, path), `it is not what the transaction read or expects: ${what}`);
  }
}

/** The contents that will be replaced, as they are now that nobody else may change them. What was seen is not read twice: it has been compared. */
export function* refreshChanges(
  root: Root,
  { seen }: Overlay,
  changes: readonly Change[],
): Protocol<Map<string, string | null>> {
  const current = new Map<string, string | null>();
  for (const change of changes) {
    const { path } = change.place;
    let now = seen.get(change.inside);
    // What the transaction has not read it may replace whatever it is; that it is there matters for its mode and owner.
    if (now === undefined && change.known !== undefined)
      now = (yield* call("lstat", path)) === undefined ? null : change.known;
    if (now === undefined) now = yield* etagAt(path);
    if (now === null && change.place.before !== undefined && change.wish.kind === "put") {
      throw conflict(inDirectory(root.path, change.inside), "it was removed while the transaction was prepared");
    }
    current.set(change.inside, now);
  }
  return current;
}
