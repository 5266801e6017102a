import type { Entry } from "../platform/index.ts";
import type { Machine } from "./memory-machine.ts";
import { pathOf, walk } from "./path-walk.ts";
import type { Place } from "./path-walk.ts";
import { systemError } from "./system-error.ts";
import type { Inode, InodeFacts, Volume } from "./volume.ts";

type Fail = (code: string) => never;

/** The verbs on names: what they need, what they refuse, and with which error, as Linux does. */
export class MemoryNames {
  readonly machine: Machine;
  /** Who asks; handles belong to it. */
  readonly process: object;
  readonly uid: number;
  readonly gid: number;
  readonly umask: number;
  readonly cwd: string;

  constructor(machine: Machine, process: object) {
    const { uid = 1000, gid = 1000, umask = 0o022, cwd = "/" } = machine.options;
    this.machine = machine;
    this.process = process;
    this.uid = uid;
    this.gid = gid;
    this.umask = umask;
    this.cwd = cwd;
  }

  get volume(): Volume {
    return this.machine.volume;
  }

  rename(source: string, target: string): void {
    const fail = this.failure("rename", source, target);
    const from = this.walk(source, false, fail);
    const to = this.walk(target, false, fail);
    const moved = this.existing(from, fail);
    if (from.name === "" || to.name === "") fail("EBUSY");
    const replaced = to.ino === undefined ? undefined : this.volume.get(to.ino);
    if (moved.kind !== "directory" && to.slash) fail("ENOTDIR");
    this.mayChange(from.directory, moved, fail);
    this.mayChange(to.directory, replaced, fail);
    if (this.volume.get(from.directory).dev !== this.volume.get(to.directory).dev) fail("EXDEV");
    // Two names of one file: rename(2) does nothing, and both stay. A change of case only is a rename.
    const same = from.directory === to.directory && this.volume.key(from.name) === this.volume.key(to.name);
    if (replaced === moved && !(same && from.name !== to.name)) return;
    if (replaced !== undefined && replaced !== moved) this.mayReplace(moved, replaced, fail);
    if (moved.kind === "directory" && this.#isWithin(to.directory, moved.ino)) fail("EINVAL");
    this.machine.commit({
      kind: "rename",
      directory: from.directory,
      name: from.name,
      toDirectory: to.directory,
      toName: to.name,
      ino: moved.ino,
      moved: moved.kind,
      replaced: replaced === moved ? undefined : replaced?.ino,
    });
    if (replaced !== undefined && replaced !== moved) this.machine.release(replaced.ino);
  }

  link(source: string, target: string): void {
    const fail = this.failure("link", source, target);
    const from = this.walk(source, false, fail);
    const inode = this.existing(from, fail);
    const to = this.walk(target, false, fail);
    if (to.ino !== undefined) fail("EEXIST");
    if (to.slash) fail("ENOENT");
    if (inode.dev !== this.volume.get(to.directory).dev) fail("EXDEV");
    this.mayChange(to.directory, undefined, fail);
    if (inode.kind === "directory") fail("EPERM");
    this.machine.commit({ kind: "link", directory: to.directory, name: to.name, ino: inode.ino });
  }

  unlink(path: string): void {
    const fail = this.failure("unlink", path);
    const place = this.walk(path, false, fail);
    const inode = this.existing(place, fail);
    if (place.name === "") fail("EISDIR");
    this.mayChange(place.directory, inode, fail);
    if (inode.kind === "directory") fail("EISDIR");
    this.machine.commit({ kind: "unlink", directory: place.directory, name: place.name, ino: inode.ino });
    this.machine.release(inode.ino);
  }

  mkdir(path: string, mode: number): void {
    const fail = this.failure("mkdir", path);
    const place = this.walk(path, false, fail);
    if (place.ino !== undefined) fail("EEXIST");
    this.make(place, "directory", mode & 0o1777 & ~this.umask, fail);
  }

  rmdir(path: string): void {
    const fail = this.failure("rmdir", path);
    const place = this.walk(path, false, fail);
    const inode = this.existing(place, fail);
    if (place.name === "") fail(/(^|\/)\.\/*$/.test(path) ? "EINVAL" : path.endsWith("..") ? "ENOTEMPTY" : "EBUSY");
    if (inode.kind !== "directory") fail("ENOTDIR");
    this.mayChange(place.directory, inode, fail);
    if (inode.entries.size > 0) fail("ENOTEMPTY");
    this.machine.commit({ kind: "unlink", directory: place.directory, name: place.name, ino: inode.ino });
    this.machine.release(inode.ino);
  }

  readdir(path: string): string[] {
    return this.entries(path).map(({ name }) => name);
  }

  entries(path: string): Entry[] {
    const fail = this.failure("scandir", path);
    const inode = this.existing(this.walk(path, true, fail), fail);
    if (inode.kind !== "directory") fail("ENOTDIR");
    if (!this.permits(inode, 4)) fail("EACCES");
    const found = [...inode.entries.values()].map(({ name, ino }) => ({ name, kind: this.volume.get(ino).kind }));
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  readlink(path: string): string {
    const fail = this.failure("readlink", path);
    const inode = this.existing(this.walk(path, false, fail), fail);
    if (inode.kind !== "symlink") fail("EINVAL");
    return inode.target;
  }

  realpath(path: string): string {
    const fail = this.failure("realpath", path);
    const place = this.walk(path, true, fail);
    const inode = this.existing(place, fail);
    if (inode.kind === "directory") return pathOf(this.volume, inode.ino);
    const folder = pathOf(this.volume, place.directory);
    const name = this.volume.get(place.directory).entries.get(this.volume.key(place.name))?.name ?? place.name;
    return folder === "/" ? `/${name}` : `${folder}/${name}`;
  }

  /** Makes what a verb or a test asks for. Returns its inode number. */
  make(place: Place, kind: InodeFacts["kind"], mode: number, fail: Fail, target?: string): number {
    this.mayChange(place.directory, undefined, fail);
    const parent = this.volume.get(place.directory);
    // A setgid directory passes its group on (inode(7)), and to directories the bit too.
    const inherits = (parent.mode & 0o2000) !== 0;
    const inode: InodeFacts = {
      ino: this.volume.nextIno,
      kind,
      dev: parent.dev,
      mode: inherits && kind === "directory" ? mode | 0o2000 : mode,
      uid: this.uid,
      gid: inherits ? parent.gid : this.gid,
      parent: parent.ino,
      atMs: this.machine.clock.preciseMs,
      ...(target === undefined ? {} : { target }),
    };
    this.machine.commit({ kind: "make", directory: parent.ino, name: place.name, inode });
    return inode.ino;
  }

  protected walk(path: string, followLast: boolean, fail: Fail): Place {
    return walk(this, path, followLast, fail);
  }

  /** Whether this process has the rights `bits` (4 read, 2 write, 1 search) on an inode. */
  permits(inode: Inode, bits: number): boolean {
    if (this.uid === 0) return true;
    const shift = this.uid === inode.uid ? 6 : this.gid === inode.gid ? 3 : 0;
    return ((inode.mode >> shift) & bits) === bits;
  }

  protected failure(syscall: string, path: string, dest?: string): Fail {
    return (code) => {
      throw systemError(code, syscall, path, dest);
    };
  }

  protected existing(place: Place, fail: Fail): Inode {
    return place.ino === undefined ? fail("ENOENT") : this.volume.get(place.ino);
  }

  /** May an entry of this directory be made, or the one for `inode` be taken away? */
  protected mayChange(directory: number, inode: Inode | undefined, fail: Fail): void {
    const parent = this.volume.get(directory);
    if (this.machine.readOnly) fail("EROFS");
    // A directory that has been removed takes no new entries.
    if (parent.nlink < 2) fail("ENOENT");
    if (!this.permits(parent, 3)) fail("EACCES");
    if (inode === undefined) return;
    const sticky = (parent.mode & 0o1000) !== 0;
    if (sticky && this.uid !== 0 && this.uid !== inode.uid && this.uid !== parent.uid) fail("EPERM");
    if (this.volume.mounted.has(inode.ino)) fail("EBUSY");
  }

  protected mayReplace(moved: Inode, replaced: Inode, fail: Fail): void {
    if (moved.kind === "directory" && replaced.kind !== "directory") fail("ENOTDIR");
    if (moved.kind !== "directory" && replaced.kind === "directory") fail("EISDIR");
    if (replaced.entries.size > 0) fail("ENOTEMPTY");
    if (this.machine.options.replaceMayBeRefused === true && this.machine.files.isOpen(replaced.ino)) fail("EPERM");
  }

  #isWithin(directory: number, ancestor: number): boolean {
    for (let at = directory; ;) {
      if (at === ancestor) return true;
      const { parent } = this.volume.get(at);
      if (parent === at) return false;
      at = parent;
    }
  }
}
