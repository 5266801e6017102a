import { inDirectory, knownSource, prepare, quietly, split, within } from "../atomic/index.ts";
import type { PreparedFile, WantedMetadata } from "../atomic/index.ts";
import { mountOf, systemCodeOf } from "../platform/index.ts";
import type { Port, Status } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { linkBeside } from "./apply.ts";
import type { Change } from "./changes.ts";
import type { PutStep } from "./journal.ts";
import type { Wish } from "./overlay.ts";
import { insideOf } from "./places.ts";
import type { Place, Root } from "./places.ts";
import type { Staged } from "./take-back.ts";

export type PutChange = Change & { readonly wish: Extract<Wish, { kind: "put" }> };

/**
 * Writes a new content where a rename can take it to its place: in the work folder, or, on another filesystem or mount below the root,
 * as near as there is a folder. What would refuse the rename after the commit is to refuse it here, where nothing has been changed.
 */
export function* stageChange(port: Port, root: Root, change: PutChange, staged: Staged): Protocol<PreparedFile> {
  const { place } = change;
  yield* within("stage", place.path, "unchanged", refuseUnlessGoing(port, place));
  const near = yield* within("stage", place.path, "unchanged", nearestFolder(place));
  const isThere = place.directoryStatus !== undefined;
  if (isThere ? near.status.dev === root.status.dev : isOnRootsMount(root, near, staged)) {
    const file = yield* stageIn(port, root, root.work, change, staged);
    const put = staged.puts.at(-1) as PutStep;
    if (!isThere || (yield* within("stage", place.path, "unchanged", linkBeside(root, put)))) return file;
    // A mount of the same filesystem: links and renames do not cross it (link(2), EXDEV).
    staged.puts.pop();
    staged.open.delete(file);
    yield* quietly(call("close", file.handle));
    yield* call("unlink", file.path);
  }
  return yield* stageIn(port, root, near.path, change, staged);
}

function* stageIn(
  port: Port,
  root: Root,
  directory: string,
  change: PutChange,
  staged: Staged,
): Protocol<PreparedFile> {
  const { wish, place, inside } = change;
  const file = yield* prepare(port, {
    target: place,
    kind: "part",
    directory,
    source: knownSource([wish.bytes], wish.etag),
    metadata: yield* metadataFor(wish, place),
    signal: undefined,
    check() {},
  });
  staged.open.add(file);
  staged.puts.push({ op: "put", path: inside, staged: insideOf(root, file.path), etag: wish.etag, before: null });
  return file;
}

function* metadataFor(wish: PutChange["wish"], place: Place): Protocol<WantedMetadata> {
  const path = wish.like ?? place.path;
  const before = wish.like === undefined ? place.before : yield* call("lstat", path);
  return { path, before, mode: wish.mode, owner: undefined };
}

interface Folder {
  readonly path: string;
  readonly status: Status;
}

/** The folder of a file, or the nearest above it that is there. That the names of those between are none too long is asked, too. */
function* nearestFolder({ directory, directoryStatus, path }: Place): Protocol<Folder> {
  if (directoryStatus !== undefined) return { path: directory, status: directoryStatus };
  const missing = [split(path).base];
  for (let above = directory; ;) {
    const { directory: next, base } = split(above);
    missing.push(base);
    const status = yield* call("stat", next);
    if (status === undefined) {
      above = next;
      continue;
    }
    for (const name of missing) yield* call("lstat", inDirectory(next, name));
    return { path: next, status };
  }
}

/**
 * Whether a folder below the root is on the root's mount, so that a rename gets there from the work folder. A link into it would tell
 * as well, but a crash would leave that where somebody lists folders.
 */
function isOnRootsMount(root: Root, near: Folder, { reached }: Staged): boolean {
  if (near.status.dev !== root.status.dev) return false;
  if (near.path === root.real || reached.has(near.path)) return true;
  // A mount may be of the same filesystem (a bind mount).
  const isOne = mountOf(near.path)?.at === mountOf(root.real)?.at;
  if (isOne) reached.add(near.path);
  return isOne;
}

/** The files that are only removed. (Folders are made before all else: where one is refused, nothing has been changed.) */
export function* refuseRemovals(port: Port, changes: readonly Change[]): Protocol<void> {
  for (const { wish, place } of changes) {
    if (wish.kind === "remove") yield* within("stage", place.path, "unchanged", refuseUnlessGoing(port, place));
  }
}

/**
 * Whether an entry may be replaced or removed: rmdir(2) of what is no directory is refused, but only after all has been asked that a
 * rename over it or an unlink needs as well (may_delete in fs/namei.c: write access to its folder, the sticky bit, immutable files).
 * Windows asks other things.
 */
function* refuseUnlessGoing(port: Port, { path, before }: Place): Protocol<void> {
  if (before?.kind !== "file" || port.traits.replaceMayBeRefused) return;
  try {
    yield* call("rmdir", path);
  } catch (error) {
    if (["EACCES", "EPERM", "EROFS"].includes(systemCodeOf(error) ?? "")) throw error;
  }
}
