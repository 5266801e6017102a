import type { Status } from "../platform/index.ts";

/** One name in a directory. The key in the map is the folded name where the file system ignores case. */
export interface Entry {
  readonly name: string;
  readonly ino: number;
}

/** A file, directory or symlink. Only a volume that owns it (see `Volume.own`) may change it. */
export interface Inode {
  owner: object;
  readonly ino: number;
  readonly kind: Status["kind"];
  readonly dev: number;
  mode: number;
  uid: number;
  gid: number;
  nlink: number;
  mtimeMs: number;
  ctimeMs: number;
  /** A file's content is the first `size` bytes; the buffer may be longer. */
  bytes: Uint8Array;
  bytesOwner: object;
  size: number;
  /** A directory's names. */
  entries: Map<string, Entry>;
  /** A directory's parent, for `..`. */
  parent: number;
  /** Where a symlink points. */
  readonly target: string;
  /** Extended attributes. */
  attributes: ReadonlyMap<string, Uint8Array>;
}

export const rootIno = 1;
const noBytes = new Uint8Array(0);
const noEntries = new Map<string, Entry>();
const noAttributes: ReadonlyMap<string, Uint8Array> = new Map();

/** What a new inode starts with. It has no name yet, so its link count is 0. */
export interface InodeFacts {
  readonly ino: number;
  readonly kind: Status["kind"];
  readonly dev: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly parent: number;
  readonly atMs: number;
  readonly target?: string;
}

/**
 * The content of a disk: inodes by number. `fork` is cheap (what is shared is copied only when one side changes it),
 * because a crash exploration makes a volume per state.
 */
export class Volume {
  #owner: object = {};
  #below: ReadonlyMap<number, Inode> = new Map();
  #own = new Map<number, Inode>();
  #nextIno: number = rootIno;

  readonly caseInsensitive: boolean;
  /** Inodes that are mounted by themselves: they can be neither renamed nor removed. The same for all copies. */
  mounted: Set<number> = new Set();

  constructor(caseInsensitive: boolean = false) {
    this.caseInsensitive = caseInsensitive;
  }

  /** A copy that changes independently of this one. */
  fork(): Volume {
    if (this.#own.size > 0) {
      const merged = this.#below.size === 0 ? this.#own : new Map([...this.#below, ...this.#own]);
      this.#below = merged;
      this.#own = new Map();
    }
    this.#owner = {};
    const copy = new Volume(this.caseInsensitive);
    copy.#below = this.#below;
    copy.#nextIno = this.#nextIno;
    copy.mounted = this.mounted;
    return copy;
  }

  get(ino: number): Inode {
    const inode = this.#own.get(ino) ?? this.#below.get(ino);
    if (inode === undefined) throw new Error(`no inode ${ino} in this volume`);
    return inode;
  }

  /** The inode, for changing everything but a file's bytes. */
  own(ino: number): Inode {
    const inode = this.get(ino);
    if (inode.owner === this.#owner) return inode;
    const copy: Inode = { ...inode, owner: this.#owner };
    if (inode.kind === "directory") copy.entries = new Map(inode.entries);
    this.#own.set(ino, copy);
    return copy;
  }

  /** The number that the next new inode gets. */
  get nextIno(): number {
    return this.#nextIno;
  }

  add(facts: InodeFacts): Inode {
    const { atMs, target = "", ...rest } = facts;
    const inode: Inode = {
      ...rest,
      target,
      owner: this.#owner,
      nlink: facts.kind === "directory" ? 1 : 0,
      mtimeMs: atMs,
      ctimeMs: atMs,
      bytes: noBytes,
      bytesOwner: noBytes,
      size: facts.kind === "symlink" ? Buffer.byteLength(target) : 0,
      entries: facts.kind === "directory" ? new Map() : noEntries,
      attributes: noAttributes,
    };
    this.#nextIno = Math.max(this.#nextIno, facts.ino + 1);
    this.#own.set(inode.ino, inode);
    return inode;
  }

  /** What a name is looked up by. */
  key(name: string): string {
    return this.caseInsensitive ? name.normalize("NFC").toLowerCase() : name;
  }

  /** Makes a directory name an inode; what it named before loses a link. */
  setEntry(directory: number, name: string, ino: number): void {
    this.removeEntry(directory, name);
    const parent = this.own(directory);
    parent.entries.set(this.key(name), { name, ino });
    const inode = this.own(ino);
    inode.nlink += 1;
    if (inode.kind !== "directory") return;
    inode.parent = directory;
    parent.nlink += 1;
  }

  /** Takes a name out of a directory, if it is there. */
  removeEntry(directory: number, name: string): void {
    const key = this.key(name);
    const entry = this.get(directory).entries.get(key);
    if (entry === undefined) return;
    const parent = this.own(directory);
    parent.entries.delete(key);
    const inode = this.own(entry.ino);
    inode.nlink -= 1;
    if (inode.kind === "directory") parent.nlink -= 1;
  }

  /** Forgets an inode that has no name and no handle left. */
  drop(ino: number): void {
    this.#own.delete(ino);
  }

  /** Puts bytes into a file; what lies between its end and `position` becomes zeros. */
  write(ino: number, bytes: Uint8Array, position: number): void {
    const inode = this.own(ino);
    const end = position + bytes.byteLength;
    this.#reserve(inode, end);
    inode.bytes.set(bytes, position);
    if (end > inode.size) inode.size = end;
  }

  truncate(ino: number, size: number): void {
    const inode = this.own(ino);
    this.#reserve(inode, size);
    if (size < inode.size) inode.bytes.fill(0, size, inode.size);
    inode.size = size;
  }

  /** Replaces the whole content; the caller gives the bytes away. */
  setContent(ino: number, bytes: Uint8Array): void {
    const inode = this.own(ino);
    inode.bytes = bytes;
    inode.bytesOwner = bytes;
    inode.size = bytes.byteLength;
  }

  /** Room for `size` bytes that this volume may change; bytes past the end of the file are always zero. */
  #reserve(inode: Inode, size: number): void {
    if (inode.bytesOwner === this.#owner && size <= inode.bytes.byteLength) return;
    const capacity = size <= inode.bytes.byteLength ? inode.bytes.byteLength : Math.max(64, size, inode.size * 2);
    const room = new Uint8Array(capacity);
    room.set(inode.bytes.subarray(0, inode.size));
    inode.bytes = room;
    inode.bytesOwner = this.#owner;
  }
}

/** A file's content; not to be changed. */
export function contentOf(inode: Inode): Uint8Array {
  return inode.bytes.subarray(0, inode.size);
}
