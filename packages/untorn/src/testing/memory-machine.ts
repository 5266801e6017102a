import { applyEffect } from "./effects.ts";
import type { Effect } from "./effects.ts";
import { OpenFiles } from "./open-files.ts";
import { SeededRandom } from "./seeded-random.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { rootIno, Volume } from "./volume.ts";
import type { Inode } from "./volume.ts";

/** What kind of machine and disk to simulate. Everything has the value of an ordinary Linux machine by default. */
export interface MachineOptions {
  /** The user that the process runs as; 0 may do everything. Default 1000. */
  readonly uid?: number;
  readonly gid?: number;
  /** Taken off the mode of what is made. Default 0o022. */
  readonly umask?: number;
  /** Where relative paths start. Default "/". */
  readonly cwd?: string;
  /** Random names repeat with the seed. Default 1. */
  readonly seed?: number;
  /** Names that differ only in case are one name (APFS, NTFS). Default false. */
  readonly caseInsensitive?: boolean;
  /** Windows: a replace fails with EPERM while somebody has the target open. Default false. */
  readonly replaceMayBeRefused?: boolean;
  /** Whether `tryLock` works. Default true. */
  readonly kernelLocks?: boolean;
  /** Whether a lock that is taken again and again leaves its record there for a moment, as on a real machine. Default false. */
  readonly locksRest?: boolean;
  /** Whether directories can be synced (not on Windows). Default true. */
  readonly directorySync?: boolean;
  /** Whether extended attributes can be copied. Default true. */
  readonly attributes?: boolean;
  /** Handles of all processes together before EMFILE. Default 1024. */
  readonly openFilesMax?: number;
  /** Bytes of file content before ENOSPC. Default: no limit. */
  readonly capacityBytes?: number;
  /** Where time starts, milliseconds since 1970. Default 2026-01-01. */
  readonly startMs?: number;
  /** How often the machine has been started: processes of an earlier boot are unknown. Default 1. */
  readonly boot?: number;
  /** The first process id. Default 100. */
  readonly firstPid?: number;
}

/** One machine: a disk, its open files and its clock. Processes on it are made by `memoryPort`. */
export class Machine {
  readonly options: MachineOptions;
  readonly volume: Volume;
  readonly files: OpenFiles;
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  /** Start times of the processes that live, by pid. */
  readonly processes = new Map<number, string>();
  /** Set by `remountReadOnly`. */
  readOnly = false;
  /** Told of every effect, after it has happened. */
  observe: ((effect: Effect, atMs: number) => void) | undefined;
  #usedBytes = 0;

  constructor(options: MachineOptions, volume?: Volume) {
    this.options = options;
    this.volume = volume ?? emptyVolume(options);
    this.files = new OpenFiles(options.openFilesMax ?? 1024);
    this.clock = new VirtualClock(options.startMs);
    this.random = new SeededRandom(options.seed ?? 1);
  }

  /** Carries an effect out, now. */
  commit(effect: Effect): void {
    // Every effect is a little later than the one before, so that "newest" has a meaning.
    this.clock.advance(0.01);
    const atMs = this.clock.preciseMs;
    applyEffect(this.volume, effect, atMs);
    this.observe?.(effect, atMs);
  }

  /** Forgets the content of a file that nothing leads to any more. */
  release(ino: number): void {
    const inode = this.volume.get(ino);
    if (inode.kind === "directory" ? inode.nlink > 1 : inode.nlink > 0) return;
    if (this.files.isOpen(ino)) return;
    this.#usedBytes -= inode.size;
    this.volume.drop(ino);
  }

  /** How many of `wanted` more bytes the disk has room for. */
  roomFor(inode: Inode, end: number): number {
    const { capacityBytes } = this.options;
    const growth = Math.max(0, end - inode.size);
    if (capacityBytes === undefined) return growth;
    return Math.min(growth, Math.max(0, capacityBytes - this.#usedBytes));
  }

  use(bytes: number): void {
    this.#usedBytes += bytes;
  }
}

function emptyVolume(options: MachineOptions): Volume {
  const volume = new Volume(options.caseInsensitive ?? false);
  const root = volume.add({
    ino: rootIno,
    kind: "directory",
    dev: 1,
    mode: 0o755,
    uid: options.uid ?? 1000,
    gid: options.gid ?? 1000,
    parent: rootIno,
    atMs: options.startMs ?? 0,
  });
  root.nlink = 2;
  return volume;
}
