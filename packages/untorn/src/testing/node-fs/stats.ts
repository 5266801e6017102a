import type { Status } from "../../platform/index.ts";

const typeBits: Readonly<Record<Status["kind"], number>> = {
  file: 0o100000,
  directory: 0o40000,
  symlink: 0o120000,
  other: 0o10000,
};

/** What `fs.stat` answers with. */
export class MemoryStats {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number = 0;
  readonly size: number;
  readonly blksize: number = 4096;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;

  constructor(status: Status) {
    this.dev = status.dev;
    this.ino = status.ino;
    this.mode = status.mode | typeBits[status.kind];
    this.nlink = status.nlink;
    this.uid = status.uid;
    this.gid = status.gid;
    this.size = status.size;
    this.blocks = Math.ceil(status.size / 512);
    this.atimeMs = status.mtimeMs;
    this.mtimeMs = status.mtimeMs;
    this.ctimeMs = status.ctimeMs;
    this.birthtimeMs = status.ctimeMs;
  }

  get atime(): Date {
    return new Date(this.atimeMs);
  }
  get mtime(): Date {
    return new Date(this.mtimeMs);
  }
  get ctime(): Date {
    return new Date(this.ctimeMs);
  }
  get birthtime(): Date {
    return new Date(this.birthtimeMs);
  }

  isFile(): boolean {
    return this.#is(typeBits.file);
  }
  isDirectory(): boolean {
    return this.#is(typeBits.directory);
  }
  isSymbolicLink(): boolean {
    return this.#is(typeBits.symlink);
  }
  isFIFO(): boolean {
    return this.#is(typeBits.other);
  }
  isSocket(): boolean {
    return false;
  }
  isBlockDevice(): boolean {
    return false;
  }
  isCharacterDevice(): boolean {
    return false;
  }

  #is(type: number): boolean {
    return (this.mode & 0o170000) === type;
  }
}

/** As `MemoryStats`, with the numbers as bigints and times in nanoseconds (`{ bigint: true }`). */
export function bigStats(stats: MemoryStats): object {
  const big = Object.create(stats) as Record<string, unknown>;
  for (const [name, value] of Object.entries(stats)) {
    if (typeof value !== "number") continue;
    big[name] = BigInt(Math.floor(value));
    if (name.endsWith("Ms")) big[name.replace("Ms", "Ns")] = BigInt(Math.floor(value * 1000)) * 1000n;
  }
  return big;
}

/** What `fs.readdir` answers with if types are asked for. */
export class MemoryDirent {
  readonly name: string;
  readonly parentPath: string;
  readonly path: string;
  readonly #kind: Status["kind"];

  constructor(name: string, parentPath: string, kind: Status["kind"]) {
    this.name = name;
    this.parentPath = parentPath;
    this.path = parentPath;
    this.#kind = kind;
  }

  isFile(): boolean {
    return this.#kind === "file";
  }
  isDirectory(): boolean {
    return this.#kind === "directory";
  }
  isSymbolicLink(): boolean {
    return this.#kind === "symlink";
  }
  isFIFO(): boolean {
    return this.#kind === "other";
  }
  isSocket(): boolean {
    return false;
  }
  isBlockDevice(): boolean {
    return false;
  }
  isCharacterDevice(): boolean {
    return false;
  }
}
