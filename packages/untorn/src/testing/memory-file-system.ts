import type { AttributeOutcome, FileSystem, Handle, OpenMode, Status, SyncOutcome } from "../platform/index.ts";
import { metadataEffect } from "./effects.ts";
import { MemoryNames } from "./memory-names.ts";
import type { OpenFile, OpenFlags } from "./open-files.ts";
import { systemError } from "./system-error.ts";
import { contentOf } from "./volume.ts";
import type { Inode } from "./volume.ts";

const openFlags: Readonly<Record<OpenMode, OpenFlags>> = {
  read: { read: true },
  sync: { read: true },
  create: { write: true, create: true, exclusive: true },
  overwrite: { read: true, write: true, noFollow: true },
  append: { write: true, create: true, append: true },
  lock: { read: true, write: true, create: true, noFollow: true },
};

/** Stands for ENOENT where that is an answer and not an error. */
const absent = new Error("absent");

/** The verbs on open files; those on names are in `MemoryNames`. Each answers as Linux does (the man page of its call). */
export class MemoryFileSystem extends MemoryNames implements FileSystem {
  open(path: string, how: OpenMode, mode: number): Handle {
    return this.openWith(path, openFlags[how], mode);
  }

  /** open(2) itself, for callers that need other flags than the port's. */
  openWith(path: string, flags: OpenFlags, mode: number): Handle {
    const fail = this.failure("open", path);
    const { machine } = this;
    if (machine.files.full) fail("EMFILE");
    const exclusive = flags.create === true && flags.exclusive === true;
    const place = this.walk(path, !exclusive && flags.noFollow !== true, fail);
    let ino = place.ino;
    if (ino === undefined) {
      if (flags.create !== true) fail("ENOENT");
      if (place.slash) fail("EISDIR");
      ino = this.make(place, "file", mode & 0o7777 & ~this.umask, fail);
    } else {
      if (exclusive) fail("EEXIST");
      this.#mayOpen(machine.volume.get(ino), flags, fail);
    }
    return machine.files.add({ ino, flags, path, position: 0, lock: "none", process: this.process });
  }

  #mayOpen(inode: Inode, flags: OpenFlags, fail: (code: string) => never): void {
    const { machine } = this;
    const writes = flags.write === true;
    if (inode.kind === "symlink") fail("ELOOP");
    if (inode.kind === "directory" && (writes || flags.create === true)) fail("EISDIR");
    if (inode.kind !== "directory" && flags.directory === true) fail("ENOTDIR");
    if (writes && machine.readOnly) fail("EROFS");
    if (!this.permits(inode, (flags.read === true ? 4 : 0) | (writes ? 2 : 0))) fail("EACCES");
    if (!writes || flags.truncate !== true || inode.size === 0) return;
    machine.use(-inode.size);
    machine.commit({ kind: "truncate", ino: inode.ino, size: 0 });
  }

  close(handle: Handle): void {
    const file = this.#file(handle, "close");
    this.machine.files.remove(handle);
    this.machine.release(file.ino);
  }

  /** `position` may be `null`, for where the handle stands. */
  read(handle: Handle, into: Uint8Array, position: number | null): number {
    const { file, inode } = this.#opened(handle, "read");
    if (inode.kind === "directory") throw systemError("EISDIR", "read");
    if (file.flags.read !== true) throw systemError("EBADF", "read");
    const at = position ?? file.position;
    const from = contentOf(inode).subarray(at, at + into.byteLength);
    into.set(from);
    if (position === null) file.position = at + from.byteLength;
    return from.byteLength;
  }

  readInto(path: string, into: Uint8Array): number {
    const handle = this.open(path, "read", 0);
    try {
      return this.read(handle, into, 0);
    } finally {
      this.close(handle);
    }
  }

  write(handle: Handle, bytes: Uint8Array, position: number | null): number {
    const { file, inode } = this.#opened(handle, "write");
    if (file.flags.write !== true) throw systemError("EBADF", "write");
    const at = file.flags.append === true ? inode.size : (position ?? file.position);
    const end = at + bytes.byteLength;
    const missing = Math.max(0, end - inode.size) - this.machine.roomFor(inode, end);
    const count = bytes.byteLength - missing;
    if (count <= 0 && bytes.byteLength > 0) throw systemError("ENOSPC", "write");
    if (count > 0) {
      this.machine.use(Math.max(0, at + count - inode.size));
      this.machine.commit({ kind: "write", ino: file.ino, position: at, bytes: bytes.slice(0, count) });
    }
    if (position === null) file.position = at + count;
    return count;
  }

  truncate(handle: Handle, size: number): void {
    const { file, inode } = this.#opened(handle, "ftruncate");
    if (file.flags.write !== true) throw systemError("EINVAL", "ftruncate");
    if (size === inode.size) return;
    this.machine.use(size - inode.size);
    this.machine.commit({ kind: "truncate", ino: file.ino, size });
  }

  fstat(handle: Handle): Status {
    return toStatus(this.#opened(handle, "fstat").inode);
  }

  lstat(path: string): Status | undefined {
    return this.#status(path, false, "lstat");
  }

  stat(path: string): Status | undefined {
    return this.#status(path, true, "stat");
  }

  chmod(handle: Handle, mode: number): void {
    const { inode } = this.#opened(handle, "fchmod");
    if (this.machine.readOnly) throw systemError("EROFS", "fchmod");
    if (this.uid !== 0 && this.uid !== inode.uid) throw systemError("EPERM", "fchmod");
    // chmod(2): the setgid bit is cleared if the file's group is not the caller's.
    const kept = this.uid !== 0 && this.gid !== inode.gid ? mode & ~0o2000 : mode;
    this.machine.commit(metadataEffect(inode, { mode: kept & 0o7777 }));
  }

  chown(handle: Handle, uid: number, gid: number): void {
    const { inode } = this.#opened(handle, "fchown");
    if (this.machine.readOnly) throw systemError("EROFS", "fchown");
    const owner = uid < 0 || uid === 0xffff_ffff ? inode.uid : uid;
    const group = gid < 0 || gid === 0xffff_ffff ? inode.gid : gid;
    const own = this.uid === inode.uid && owner === inode.uid && (group === inode.gid || group === this.gid);
    if (this.uid !== 0 && !own) throw systemError("EPERM", "fchown");
    // chown(2): for executables setuid and setgid are cleared, for root too (Linux since 2.2.13).
    let mode = inode.mode & ~0o4000;
    if ((mode & 0o010) !== 0) mode &= ~0o2000;
    this.machine.commit(
      metadataEffect(inode, { mode: inode.kind === "directory" ? inode.mode : mode, uid: owner, gid: group }),
    );
  }

  copyAttributes(source: string, target: Handle): AttributeOutcome {
    const { inode } = this.#opened(target, "fsetxattr");
    if (this.machine.options.attributes === false) {
      return { kept: 0, lost: "extended attributes were not looked at: this file system was made without them" };
    }
    let from: Inode | undefined;
    try {
      const fail = this.failure("open", source);
      const { ino } = this.walk(source, false, fail);
      from = ino === undefined ? fail("ENOENT") : this.machine.volume.get(ino);
      if (from.kind === "symlink") fail("ELOOP");
      if (!this.permits(from, 4)) fail("EACCES");
    } catch (error) {
      return { kept: 0, lost: `extended attributes could not be read (${(error as NodeJS.ErrnoException).code})` };
    }
    if (from.attributes.size > 0 || inode.attributes.size > 0) {
      this.machine.commit(metadataEffect(inode, { attributes: new Map([...inode.attributes, ...from.attributes]) }));
    }
    return { kept: from.attributes.size };
  }

  fsync(handle: Handle): SyncOutcome {
    const { file } = this.#opened(handle, "fsync");
    this.machine.commit({ kind: "sync", ino: file.ino });
    return "synced";
  }

  syncDirectory(path: string): SyncOutcome {
    if (this.machine.options.directorySync === false)
      return { unsupported: "directories cannot be synced here (EPERM)" };
    const handle = this.open(path, "read", 0);
    try {
      return this.fsync(handle);
    } finally {
      this.close(handle);
    }
  }

  tryLock(handle: Handle, shared: boolean): boolean {
    const file = this.#file(handle, "lock");
    if (this.machine.options.kernelLocks === false) throw systemError("ENOSYS", "lock");
    return this.machine.files.tryLock(file, shared);
  }

  unlock(handle: Handle): void {
    this.machine.files.unlock(this.#file(handle, "unlock"));
  }

  #status(path: string, follow: boolean, syscall: string): Status | undefined {
    try {
      const { ino } = this.walk(path, follow, (code) => {
        throw code === "ENOENT" ? absent : systemError(code, syscall, path);
      });
      return ino === undefined ? undefined : toStatus(this.machine.volume.get(ino));
    } catch (error) {
      if (error === absent) return undefined;
      throw error;
    }
  }

  #file(handle: Handle, syscall: string): OpenFile {
    const file = this.machine.files.get(handle);
    if (file === undefined || file.process !== this.process) throw systemError("EBADF", syscall);
    return file;
  }

  #opened(handle: Handle, syscall: string): { file: OpenFile; inode: Inode } {
    const file = this.#file(handle, syscall);
    return { file, inode: this.machine.volume.get(file.ino) };
  }
}

function toStatus(inode: Inode): Status {
  const { kind, mode, uid, gid, dev, ino, nlink, mtimeMs, ctimeMs } = inode;
  const size = kind === "directory" ? 4096 : inode.size;
  return { kind, size, mode, uid, gid, dev, ino, nlink, mtimeMs, ctimeMs };
}
