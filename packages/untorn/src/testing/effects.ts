import type { Inode, InodeFacts, Volume } from "./volume.ts";

/**
 * What a call did to the disk, by inode number. The memory file system changes its volume only through these, and a
 * crash simulation replays a choice of them, so what a state holds is computed by the code that computed the original.
 */
export type Effect =
  | { readonly kind: "make"; readonly directory: number; readonly name: string; readonly inode: InodeFacts }
  | { readonly kind: "link"; readonly directory: number; readonly name: string; readonly ino: number }
  | { readonly kind: "unlink"; readonly directory: number; readonly name: string; readonly ino: number }
  | Rename
  | { readonly kind: "write"; readonly ino: number; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly ino: number; readonly size: number }
  | Metadata
  | { readonly kind: "sync"; readonly ino: number };

/** Mode, owner and attributes as they are afterwards. */
export interface Metadata {
  readonly kind: "metadata";
  readonly ino: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly attributes: ReadonlyMap<string, Uint8Array>;
}

export interface Rename {
  readonly kind: "rename";
  readonly directory: number;
  readonly name: string;
  readonly toDirectory: number;
  readonly toName: string;
  readonly ino: number;
  readonly moved: Inode["kind"];
  /** What `toName` named before. */
  readonly replaced: number | undefined;
}

/** The effect of changing some of an inode's metadata. */
export function metadataEffect(
  inode: Inode,
  changes: Partial<Pick<Metadata, "mode" | "uid" | "gid" | "attributes">>,
): Metadata {
  const { ino, mode, uid, gid, attributes } = inode;
  return { kind: "metadata", ino, mode, uid, gid, attributes, ...changes };
}

/** Carries an effect out. `atMs` becomes the time stamp of what changed. */
export function applyEffect(volume: Volume, effect: Effect, atMs: number): void {
  switch (effect.kind) {
    case "make":
      volume.add(effect.inode);
      volume.setEntry(effect.directory, effect.name, effect.inode.ino);
      return stamp(volume, effect.directory, atMs);
    case "link":
      volume.setEntry(effect.directory, effect.name, effect.ino);
      return stamp(volume, effect.directory, atMs);
    case "unlink":
      volume.removeEntry(effect.directory, effect.name);
      return stamp(volume, effect.directory, atMs);
    case "rename":
      volume.removeEntry(effect.directory, effect.name);
      volume.setEntry(effect.toDirectory, effect.toName, effect.ino);
      stamp(volume, effect.directory, atMs);
      return stamp(volume, effect.toDirectory, atMs);
    case "write":
      volume.write(effect.ino, effect.bytes, effect.position);
      return stamp(volume, effect.ino, atMs);
    case "truncate":
      volume.truncate(effect.ino, effect.size);
      return stamp(volume, effect.ino, atMs);
    case "metadata": {
      const inode = volume.own(effect.ino);
      inode.mode = effect.mode;
      inode.uid = effect.uid;
      inode.gid = effect.gid;
      inode.attributes = effect.attributes;
      inode.ctimeMs = atMs;
      return;
    }
    case "sync":
  }
}

function stamp(volume: Volume, ino: number, atMs: number): void {
  const inode = volume.own(ino);
  inode.mtimeMs = atMs;
  inode.ctimeMs = atMs;
}
