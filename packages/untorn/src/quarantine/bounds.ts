import { inDirectory, split } from "../atomic/index.ts";
import { isOthersWorkFolder } from "../lock/index.ts";
import { call, namesIn } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { quarantineIn } from "./set-aside.ts";

/** What one quarantine holds at most: files, and bytes. Without a bound it fills the disk (51 GB have been seen). */
export const quarantineBounds = { files: 1000, bytes: 256 * 1024 * 1024 } as const;

/** How full a quarantine is. */
export interface QuarantineSize {
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
}

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly sinceMs: number;
}

/** How much a work folder's quarantine holds; `undefined` where there is none. */
export function* measureQuarantine(work: string): Protocol<QuarantineSize | undefined> {
  const path = quarantineIn(work);
  const entries = yield* entriesOf(path);
  if (entries === undefined) return undefined;
  return { path, files: entries.length, bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** What was dropped to keep a quarantine within its bounds. */
export interface Dropped {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Drops what has been there longest until the bounds hold, and says what. The newest file stays, however large it is. What is
 * somebody else's, or behind a link, is no quarantine: nothing is dropped there.
 */
export function* boundQuarantine(work: string): Protocol<Dropped[]> {
  if (yield* isOthersWorkFolder(split(work).directory)) return [];
  const entries = (yield* entriesOf(quarantineIn(work))) ?? [];
  let files = entries.length;
  let bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (files <= quarantineBounds.files && bytes <= quarantineBounds.bytes) return [];
  const dropped: Dropped[] = [];
  entries.sort((a, b) => a.sinceMs - b.sinceMs || (a.path < b.path ? -1 : 1));
  for (const entry of entries.slice(0, -1)) {
    if (files <= quarantineBounds.files && bytes <= quarantineBounds.bytes) break;
    yield* call("unlink", entry.path);
    files -= 1;
    bytes -= entry.bytes;
    dropped.push({ path: entry.path, bytes: entry.bytes });
  }
  return dropped;
}

/** `ctime` is when the file got its name here (rename(2), link(2)). */
function* entriesOf(folder: string): Protocol<Entry[] | undefined> {
  if ((yield* call("lstat", folder))?.kind !== "directory") return undefined;
  const entries: Entry[] = [];
  for (const name of yield* namesIn(folder)) {
    const path = inDirectory(folder, name);
    const status = yield* call("lstat", path);
    if (status?.kind === "file") entries.push({ path, bytes: status.size, sinceMs: status.ctimeMs });
  }
  return entries;
}
