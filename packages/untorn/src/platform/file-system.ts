/**
 * The port: every file-system effect that untorn needs, one verb each, named as POSIX names it.
 * Nothing outside this folder touches `node:fs`; a simulator, a fault plan or another runtime stands in by
 * implementing this interface. Verbs throw the system's error (`code`, `errno`, `syscall`), never an `UntornError`:
 * only a protocol knows which step failed and what that leaves on disk.
 */

/** An open file. A number, as in POSIX; only the file system that gave it knows what it means. */
export type Handle = number;

/**
 * How a file is opened.
 * - `read`: existing, for reading; a symlink is followed.
 * - `sync`: existing, to be synced and nothing else: Windows flushes only what may be written (FlushFileBuffers).
 * - `create`: for writing; fails with EEXIST if the name is taken, also by a symlink (O_EXCL, POSIX open(2)).
 * - `overwrite`: existing, for reading and writing in place; a symlink in the last component is refused (O_NOFOLLOW).
 * - `append`: created if absent, every write goes to the end (O_APPEND).
 * - `lock`: created if absent, for reading and writing, never truncated; a symlink in the last component is refused.
 */
export type OpenMode = "read" | "sync" | "create" | "overwrite" | "append" | "lock";

export interface Status {
  readonly kind: "file" | "directory" | "symlink" | "other";
  /** Bytes. */
  readonly size: number;
  /** Permission bits, with setuid, setgid and sticky: `0o7777`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly dev: number;
  readonly ino: number;
  readonly nlink: number;
  /** Milliseconds since 1970, with fractions where the platform has them. */
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

/** A name in a directory and what it stands for, a symlink not followed. */
export interface Entry {
  readonly name: string;
  readonly kind: Status["kind"];
}

/** What became of extended attributes (with POSIX ACLs): kept, none there, or lost with the reason. */
export type AttributeOutcome = { readonly kept: number } | { readonly kept: number; readonly lost: string };

/** Whether the platform carried a sync out; a reason where it cannot (an I/O error throws instead). */
export type SyncOutcome = "synced" | { readonly unsupported: string };

export interface FileSystem {
  open(path: string, how: OpenMode, mode: number): Handle;
  close(handle: Handle): void;
  /** Reads up to `into.byteLength` bytes at `position`; returns the count, 0 at the end. */
  read(handle: Handle, into: Uint8Array, position: number): number;
  /** Writes at `position` (`null`: where the handle stands); returns the count written, which may be short. */
  write(handle: Handle, bytes: Uint8Array, position: number | null): number;
  truncate(handle: Handle, size: number): void;
  fstat(handle: Handle): Status;
  /** The entry itself, a symlink not followed; `undefined` where there is none (ENOENT and nothing else). */
  lstat(path: string): Status | undefined;
  /** As `lstat`, with symlinks followed. */
  stat(path: string): Status | undefined;
  chmod(handle: Handle, mode: number): void;
  chown(handle: Handle, uid: number, gid: number): void;
  /** Copies every extended attribute, POSIX ACLs among them, from the file at `source` to an open file. */
  copyAttributes(source: string, target: Handle): AttributeOutcome;
  /** Data and metadata of the file reach the medium (fsync(2)). Throws EIO and the like: final for that file. */
  fsync(handle: Handle): SyncOutcome;
  /** The entries of the directory reach the medium (fsync(2) of the directory). */
  syncDirectory(path: string): SyncOutcome;
  /** Atomically replaces `target` (rename(2)). */
  rename(source: string, target: string): void;
  /** A second name; fails with EEXIST if `target` is taken (link(2)). */
  link(source: string, target: string): void;
  unlink(path: string): void;
  mkdir(path: string, mode: number): void;
  rmdir(path: string): void;
  readdir(path: string): string[];
  /** As `readdir`, with the kinds, which most file systems keep in the directory itself (`d_type`, readdir(3)). */
  entries(path: string): Entry[];
  /**
   * Opens a file for reading, reads from its start until its end or until `into` is full, and closes it; returns the count. In one
   * verb, for those who look at thousands of small files.
   */
  readInto(path: string, into: Uint8Array): number;
  readlink(path: string): string;
  /** The canonical path: absolute, without symlinks, `.` or `..`. */
  realpath(path: string): string;
  /**
   * A lock that the kernel releases when the handle closes or its process ends; `false` where another handle holds it,
   * also one of this process. ENOSYS where there are none, ENOTSUP where they may not reach every machine that sees the file.
   */
  tryLock(handle: Handle, shared: boolean): boolean;
  /** Gives a lock of `tryLock` up while the handle stays open. */
  unlock(handle: Handle): void;
}

export type Verb = keyof FileSystem;

/** The same verbs off the calling thread; a file system offers those that may block for long. */
export type LaterFileSystem = {
  readonly [V in Verb]?: (...args: Parameters<FileSystem[V]>) => Promise<ReturnType<FileSystem[V]>>;
};

/** Facts of the file system's platform that a protocol must know. */
export interface Traits {
  /** Windows: a replace fails while another handle holds the target, and may pass a moment later. */
  readonly replaceMayBeRefused: boolean;
  /** Whether `tryLock` works here: kernel-released locks. */
  readonly kernelLocks: boolean;
  /** Whether a lock that is taken again and again may leave its record and its folder there for a moment: see `lock/rest.ts`. */
  readonly locksRest: boolean;
}

/** Time, in milliseconds since 1970, and waiting. */
export interface Clock {
  now(): number;
  /** Blocks the thread. */
  pause(ms: number): void;
  /** With `cut`: until that aborts, and nothing of the wait stays. */
  later(ms: number, cut?: AbortSignal): Promise<void>;
}

/** Which process this is, as far as another process can check it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, in the platform's own unit, base 36; tells a reused pid apart. "0" where unknown. */
  readonly startTime: string;
  /** Digest of boot and pid namespace: pids may be compared only where this is equal. 8 hex digits. */
  readonly scope: string;
}

/** Everything a protocol may touch. */
export interface Port {
  readonly fs: FileSystem;
  readonly later: LaterFileSystem;
  readonly traits: Traits;
  readonly clock: Clock;
  /** 64 unpredictable bits, as 16 lower-case hexadecimal digits. */
  randomName(): string;
  readonly identity: ProcessIdentity;
  /** Whether a process is there: `unknown` where it cannot be told (another host, boot or pid namespace). */
  liveness(identity: ProcessIdentity): "alive" | "dead" | "unknown";
}
