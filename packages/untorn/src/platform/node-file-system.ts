import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsync as fsyncCallback,
  fsyncSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  read as readCallback,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  write as writeCallback,
  writeSync,
} from "node:fs";
import type { Dirent, Stats } from "node:fs";
import { join } from "node:path";
import { copyAttributes } from "./attributes.ts";
import { systemCodeOf } from "./errors.ts";
import type { Entry, FileSystem, Handle, LaterFileSystem, OpenMode, Status, SyncOutcome } from "./file-system.ts";
import { kernelUnlock, tryKernelLock } from "./kernel-lock.ts";
import { canonicalPath, closer, refuseDirectory, refuseFile, syncUnsupported } from "./quiet-runtimes.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_WRONLY } = constants;
// Undefined on Windows, where symbolic links need a privilege to be made and pipes have no place among files.
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as { O_NOFOLLOW?: number; O_NONBLOCK?: number };

const openFlags: Readonly<Record<OpenMode, number>> = {
  // Opening a pipe would wait for its other end (fifo(7)); on files the flag means nothing.
  read: O_RDONLY | O_NONBLOCK,
  sync: process.platform === "win32" ? O_RDWR : O_RDONLY | O_NONBLOCK,
  create: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
  overwrite: O_RDWR | O_NOFOLLOW,
  append: O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK,
  lock: O_RDWR | O_CREAT | O_NOFOLLOW,
};

const noThrow = { throwIfNoEntry: false } as const;

/** Windows has no sync of a directory: opening or flushing one is refused. */
const directorySyncRefused = new Set(["EPERM", "EACCES", "EISDIR", "EBADF"]);
/** And none of a read-only file. */
const fileSyncRefused = new Set(["EPERM"]);

/** The file system of this machine, through `node:fs`. */
export const nodeFileSystem: FileSystem = {
  open(path, how, mode) {
    try {
      return openSync(path, openFlags[how], mode);
    } catch (error) {
      if (process.platform !== "win32" || how !== "sync" || systemCodeOf(error) !== "EPERM") throw error;
      // A read-only file: its sync will be refused, which `fsync` reports.
      return openSync(path, openFlags.read, mode);
    }
  },
  close: closer.close,
  read: (handle, into, position) => readSync(handle, into, 0, into.byteLength, position),
  write(handle, bytes, position) {
    closer.written(handle);
    return writeSync(handle, bytes, 0, bytes.byteLength, position);
  },
  truncate(handle, size) {
    closer.written(handle);
    ftruncateSync(handle, size);
  },
  fstat: (handle) => toStatus(fstatSync(handle)),
  lstat: (path) => toStatusIfAny(lstatSync(path, noThrow)),
  stat: (path) => toStatusIfAny(statSync(path, noThrow)),
  chmod: fchmodSync,
  chown: fchownSync,
  copyAttributes,
  fsync(handle) {
    try {
      fsyncSync(handle);
      closer.synced(handle);
      return "synced";
    } catch (error) {
      return unsupportedOrThrow(error, false);
    }
  },
  syncDirectory(path) {
    let handle: Handle | undefined;
    try {
      handle = openSync(path, O_RDONLY);
      fsyncSync(handle);
      return "synced";
    } catch (error) {
      return unsupportedOrThrow(error, true);
    } finally {
      if (handle !== undefined) closeSync(handle);
    }
  },
  rename: renameSync,
  link: linkSync,
  unlink(path) {
    refuseDirectory(path);
    try {
      unlinkSync(path);
    } catch (error) {
      if (process.platform !== "win32" || systemCodeOf(error) !== "EPERM") throw error;
      // Windows refuses to remove a read-only file.
      chmodSync(path, 0o666);
      unlinkSync(path);
    }
  },
  mkdir(path, mode) {
    mkdirSync(path, { mode });
  },
  rmdir(path) {
    refuseFile(path);
    rmdirSync(path);
  },
  readdir: (path) => readdirSync(path),
  entries(path) {
    try {
      return readdirSync(path, { withFileTypes: true }).map(toEntry);
    } catch (error) {
      // A file system that keeps no kinds: Node looks at each name, and one that has gone in between fails the whole.
      if ((error as NodeJS.ErrnoException).syscall !== "lstat") throw error;
      return readdirSync(path).flatMap((name) => {
        const kind = toStatusIfAny(lstatSync(join(path, name), noThrow))?.kind;
        return kind === undefined ? [] : [{ name, kind }];
      });
    }
  },
  readInto(path, into) {
    const handle = openSync(path, openFlags.read);
    try {
      let length = 0;
      while (length < into.byteLength) {
        const count = readSync(handle, into, length, into.byteLength - length, length);
        if (count === 0) break;
        length += count;
      }
      return length;
    } finally {
      closeSync(handle);
    }
  },
  readlink: (path) => readlinkSync(path),
  realpath: canonicalPath(process.platform === "win32" ? windowsRealpath : realpathSync.native),
  tryLock: tryKernelLock,
  unlock: kernelUnlock,
};

/** The verbs that may block for long, through libuv's thread pool. */
export const nodeFileSystemLater: LaterFileSystem = {
  read: (handle, into, position) =>
    new Promise((resolve, reject) => {
      readCallback(handle, into, 0, into.byteLength, position, (error, count) =>
        error ? reject(error) : resolve(count),
      );
    }),
  write: (handle, bytes, position) =>
    new Promise((resolve, reject) => {
      closer.written(handle);
      writeCallback(handle, bytes, 0, bytes.byteLength, position, (error, count) =>
        error ? reject(error) : resolve(count),
      );
    }),
  async fsync(handle) {
    const outcome = await fsyncLater(handle, false);
    if (outcome === "synced") closer.synced(handle);
    return outcome;
  },
  async syncDirectory(path) {
    let handle: Handle;
    try {
      handle = openSync(path, O_RDONLY);
    } catch (error) {
      return unsupportedOrThrow(error, true);
    }
    try {
      return await fsyncLater(handle, true);
    } finally {
      closeSync(handle);
    }
  },
};

/** Windows cannot always tell (RAM disks, network drives, paths of more than 260 characters under Wine); then it is walked. */
function windowsRealpath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") throw error;
    return realpathSync(path);
  }
}

function fsyncLater(handle: Handle, directory: boolean): Promise<SyncOutcome> {
  return new Promise((resolve, reject) => {
    fsyncCallback(handle, (error) => {
      if (!error) return resolve("synced");
      try {
        resolve(unsupportedOrThrow(error, directory));
      } catch (refused) {
        reject(refused);
      }
    });
  });
}

function unsupportedOrThrow(error: unknown, directory: boolean): SyncOutcome {
  const code = systemCodeOf(error) ?? "";
  const refusals = directory ? directorySyncRefused : fileSyncRefused;
  const refused = process.platform === "win32" && refusals.has(code);
  if (refused || syncUnsupported.has(code)) {
    return { unsupported: `${directory ? "directories" : "files"} cannot be synced here (${code})` };
  }
  throw error;
}

function toEntry(entry: Dirent): Entry {
  const { name } = entry;
  if (entry.isFile()) return { name, kind: "file" };
  return { name, kind: entry.isDirectory() ? "directory" : entry.isSymbolicLink() ? "symlink" : "other" };
}

function toStatusIfAny(stats: Stats | undefined): Status | undefined {
  return stats === undefined ? undefined : toStatus(stats);
}

const kinds: Readonly<Record<number, Status["kind"]>> = {
  [constants.S_IFREG]: "file",
  [constants.S_IFDIR]: "directory",
  [constants.S_IFLNK]: "symlink",
};

function toStatus(stats: Stats): Status {
  return {
    kind: kinds[stats.mode & constants.S_IFMT] ?? "other",
    size: stats.size,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    dev: stats.dev,
    ino: stats.ino,
    nlink: stats.nlink,
    mtimeMs: stats.mtimeMs,
    ctimeMs: stats.ctimeMs,
  };
}
