import type { Handle } from "../platform/index.ts";

/** How a file is opened: the flags of open(2). */
export interface OpenFlags {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly create?: boolean;
  readonly exclusive?: boolean;
  readonly truncate?: boolean;
  readonly append?: boolean;
  readonly noFollow?: boolean;
  readonly directory?: boolean;
}

/** An open file: what a handle stands for. */
export interface OpenFile {
  readonly ino: number;
  readonly flags: OpenFlags;
  readonly path: string;
  position: number;
  lock: "none" | "shared" | "exclusive";
  /** The process that opened it. */
  readonly process: object;
}

/** Handles and what they stand for, for all processes of one machine. */
export class OpenFiles {
  readonly #files = new Map<Handle, OpenFile>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get count(): number {
    return this.#files.size;
  }

  get full(): boolean {
    return this.#files.size >= this.#max;
  }

  /** The lowest number that is free, as POSIX requires; 0, 1 and 2 are taken in every process. */
  add(file: OpenFile): Handle {
    let handle = 3;
    while (this.#files.has(handle)) handle += 1;
    this.#files.set(handle, file);
    return handle;
  }

  get(handle: Handle): OpenFile | undefined {
    return this.#files.get(handle);
  }

  remove(handle: Handle): void {
    this.#files.delete(handle);
  }

  /** What the kernel does when a process ends. Returns the inodes that were open. */
  removeAllOf(process: object): number[] {
    const inos: number[] = [];
    for (const [handle, file] of this.#files) {
      if (file.process !== process) continue;
      this.#files.delete(handle);
      inos.push(file.ino);
    }
    return inos;
  }

  isOpen(ino: number): boolean {
    for (const file of this.#files.values()) if (file.ino === ino) return true;
    return false;
  }

  pathsOf(process: object): string[] {
    return [...this.#files.values()].filter((file) => file.process === process).map((file) => file.path);
  }

  /** A lock belongs to the open file, as with open-file-description locks (fcntl(2)): two handles of one process collide. */
  tryLock(file: OpenFile, shared: boolean): boolean {
    for (const other of this.#files.values()) {
      if (other === file || other.ino !== file.ino || other.lock === "none") continue;
      if (!shared || other.lock === "exclusive") return false;
    }
    file.lock = shared ? "shared" : "exclusive";
    return true;
  }

  unlock(file: OpenFile): void {
    file.lock = "none";
  }
}
