import type { LaterFileSystem, Port, ProcessIdentity } from "../platform/index.ts";
import { metadataEffect } from "./effects.ts";
import { MemoryFileSystem } from "./memory-file-system.ts";
import { Machine } from "./memory-machine.ts";
import type { MachineOptions } from "./memory-machine.ts";
import { walk } from "./path-walk.ts";
import { systemError } from "./system-error.ts";
import { contentOf, rootIno } from "./volume.ts";
import type { Inode } from "./volume.ts";

/**
 * A whole `Port` in memory: files, directories, hard and symbolic links, owners and modes, locks, handles, a clock that
 * only waiting moves, and random names that a seed repeats. It answers as Linux does, errors included; the contract
 * suite (`fileSystemContract`) holds it to what the real file system does.
 *
 * Each port is one process of a simulated machine; `anotherProcess` makes a second one on the same disk.
 */
export class MemoryPort implements Port {
  readonly machine: Machine;
  readonly fs: MemoryFileSystem;
  readonly later: LaterFileSystem;
  readonly traits: Port["traits"];
  readonly identity: ProcessIdentity;

  constructor(machine: Machine) {
    const { boot = 1, firstPid = 100 } = machine.options;
    const pid = firstPid + machine.processes.size;
    const scope = (0x5eed_0000 + boot).toString(16);
    this.machine = machine;
    this.identity = { pid, startTime: pid.toString(36), scope };
    machine.processes.set(pid, this.identity.startTime);
    const fs = new MemoryFileSystem(machine, this.identity);
    this.fs = fs;
    this.later = laterOf(fs);
    this.traits = {
      replaceMayBeRefused: machine.options.replaceMayBeRefused ?? false,
      kernelLocks: machine.options.kernelLocks ?? true,
      locksRest: machine.options.locksRest ?? false,
    };
  }

  get clock(): Machine["clock"] {
    return this.machine.clock;
  }

  randomName(): string {
    return this.machine.random.name();
  }

  liveness(identity: ProcessIdentity): "alive" | "dead" | "unknown" {
    if (identity.scope !== this.identity.scope) return "unknown";
    const started = this.machine.processes.get(identity.pid) ?? "";
    const same = identity.startTime === "0" ? started !== "" : started === identity.startTime;
    return same ? "alive" : "dead";
  }

  /** A second process on the same disk. */
  anotherProcess(): MemoryPort {
    return new MemoryPort(this.machine);
  }

  /** Ends this process as SIGKILL does: its handles close, its locks are free, what it wrote is there. */
  kill(): void {
    this.machine.processes.set(this.identity.pid, "");
    for (const ino of this.machine.files.removeAllOf(this.identity)) this.machine.release(ino);
  }

  /** The paths of the handles that this process has open. */
  openPaths(): string[] {
    return this.machine.files.pathsOf(this.identity);
  }

  /** Makes a symbolic link; the port has no verb for it, because untorn makes none. */
  symlink(target: string, path: string): void {
    const fail = (code: string): never => {
      throw systemError(code, "symlink", target, path);
    };
    const place = walk(this.fs, path, false, fail);
    if (place.ino !== undefined) fail("EEXIST");
    this.fs.make(place, "symlink", 0o777, fail, target);
  }

  /** Makes something that is neither file, directory nor link: a device, pipe or socket. */
  special(path: string): void {
    const fail = (code: string): never => {
      throw systemError(code, "mknod", path);
    };
    const place = walk(this.fs, path, false, fail);
    if (place.ino !== undefined) fail("EEXIST");
    this.fs.make(place, "other", 0o644, fail);
  }

  /** Makes a file with this content, and the directories above it; replaces what is there, in place. */
  put(path: string, content: string | Uint8Array, mode: number = 0o644): void {
    this.putDirectory(path.slice(0, path.lastIndexOf("/")));
    const handle = this.fs.open(path, "lock", mode);
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    this.fs.truncate(handle, 0);
    this.fs.write(handle, bytes, 0);
    this.fs.close(handle);
  }

  /** Makes a directory and the ones above it, where they are missing. */
  putDirectory(path: string): void {
    if (path === "" || this.fs.stat(path) !== undefined) return;
    this.putDirectory(path.slice(0, path.lastIndexOf("/")));
    this.fs.mkdir(path, 0o777);
  }

  /** Sets owner and mode without asking for rights. */
  give(path: string, changes: { mode?: number; uid?: number; gid?: number }): void {
    this.machine.commit(metadataEffect(this.#inode(path), changes));
  }

  /** The extended attributes of a file; with `value`, sets one of them first. */
  attributes(path: string, name?: string, value?: Uint8Array): ReadonlyMap<string, Uint8Array> {
    if (name !== undefined && value !== undefined) {
      const attributes = new Map([...this.#inode(path).attributes, [name, value]]);
      this.machine.commit(metadataEffect(this.#inode(path), { attributes }));
    }
    return this.#inode(path).attributes;
  }

  /** Mounts a file or directory by itself, as containers do: replacing or removing it fails with EBUSY. */
  mount(path: string): void {
    this.machine.volume.mounted.add(this.#inode(path).ino);
  }

  /** Everything on the disk: path to content; `null` for a directory, `-> target` for a symlink. */
  tree(): Record<string, string | null> {
    const result: Record<string, string | null> = {};
    const visit = (path: string, inode: Inode): void => {
      for (const { name, ino } of [...inode.entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const child = this.machine.volume.get(ino);
        const at = `${path}/${name}`;
        if (child.kind === "file") result[at] = Buffer.from(contentOf(child)).toString();
        else result[at] = child.kind === "symlink" ? `-> ${child.target}` : null;
        if (child.kind === "directory") visit(at, child);
      }
    };
    visit("", this.machine.volume.get(rootIno));
    return result;
  }

  #inode(path: string): Inode {
    const fail = (code: string): never => {
      throw systemError(code, "stat", path);
    };
    const { ino } = walk(this.fs, path, true, fail);
    return this.machine.volume.get(ino ?? fail("ENOENT"));
  }
}

/** A machine with one process on it; its disk is empty but for the root directory. */
export function memoryPort(options: MachineOptions = {}): MemoryPort {
  return new MemoryPort(new Machine(options));
}

/** The verbs that may block, a microtask later: long enough that what was called after them can come first. */
function laterOf(fs: MemoryFileSystem): LaterFileSystem {
  const soon = Promise.resolve();
  return {
    read: (...args) => soon.then(() => fs.read(...args)),
    write: (...args) => soon.then(() => fs.write(...args)),
    fsync: (...args) => soon.then(() => fs.fsync(...args)),
    syncDirectory: (...args) => soon.then(() => fs.syncDirectory(...args)),
  };
}
