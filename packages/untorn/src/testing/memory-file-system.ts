import type { AttributeOutcome, FileSystem, Handle, OpenMode, Status, SyncOutcome } from "../platform/index.ts";
import { metadataEffect } from "./effects.ts";
import { MemoryNames } from "./memory-names.ts";
import type { OpenFile } from "./open-files.ts";
import { systemError } from "./system-error.ts";
import { contentOf } from "./volume.ts";
import type { Inode } from "./volume.ts";

const readable = new Set<OpenMode>(["read", "overwrite", "lock"]);

/** Stands for ENOENT where that is an answer and not an error. */
const absent = new Error("absent");

/** The verbs on open files; those on names are in `MemoryNames`. Each answers as Linux does (the man page of its call). */
export class MemoryFileSystem extends MemoryNames implements FileSystem {
  open(path: string, how: OpenMode, mode: number): Handle {
    const fail = this.failure("open", path);
    const { machine } = this;
    if (machine.files.full) fail("EMFILE");
    const makes = how === "create" || how === "append" || how === "lock";
    const place = this.walk(path, how === "read" || how === "append", fail);
    let ino = place.ino;
    if (ino === undefined) {
      if (!makes) fail("ENOENT");
      if (place.slash) fail("EISDIR");
      ino = this.make(place, "file", mode & 0o7777 & ~this.umask, fail);
    } else {
      if (how === "create") fail("EEXIST");
      const inode = machine.volume.get(ino);
      if (inode.kind === "symlink") fail("ELOOP");
      if (inode.kind === "directory" && how !== "read") fail("EISDIR");
      if (how !== "read" && machine.readOnly) fail("EROFS");
      const bits = how === "read" ? 4 : how === "append" ? 2 : 6;
      if (!this.permits(inode, bits)) fail("EACCES");
    }
    return machine.files.add({ ino, how, path, position: 0, lock: "none", process: this.process });
  }

  close(handle: Handle): void {
    const file = this.#file(handle, "close");
    this.machine.files.remove(handle);
    this.machine.release(file.ino);
  }

  read(handle: Handle, into: Uint8Array, position: number): number {
    const { file, inode } = this.#opened(handle, "read");
    if (inode.kind === "directory") throw systemError("EISDIR", "read");
    if (!readable.has(file.how)) throw systemError("EBADF", "read");
    const from = contentOf(inode).subarray(position, position + into.byteLength);
    into.set(from);
    return from.byteLength;
  }

  write(handle: Handle, bytes: Uint8Array, position: number | null): number {
    const { file, inode } = this.#opened(handle, "write");
    if (file.how === "read") throw systemError("EBADF", "write");
    const at = file.how === "append" ? inode.size : (position ?? file.position);
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
    if (file.how === "read") throw systemError("EINVAL", "ftruncate");
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
