import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { history, isUntornError, readFile, readGeneration, withLock, writeFile } from "untorn";
import type { Recoveries, WriteOptions } from "untorn";
import { machine } from "../ground/index.ts";
import type { Ground } from "../ground/index.ts";

/** What a state stands on: files with generations, locks, and a clock. */
export interface StateGround {
  /** `undefined` where there is no file, and for nothing else (G7). */
  readonly read: (path: string) => Promise<{ readonly data: Uint8Array } | undefined>;
  /** Whether a file has just this content; by its bytes, not by its times. */
  readonly holds: (path: string, content: Uint8Array) => boolean;
  readonly write: (path: string, content: Uint8Array, options: WriteOptions) => Promise<unknown>;
  readonly history: Recoveries["history"];
  readonly readGeneration: Recoveries["readGeneration"];
  readonly withLock: <T>(path: string, options: { purpose: string }, work: () => Promise<T>) => Promise<T>;
  readonly store: Ground["store"];
  readonly now: () => Date;
}

/** This machine's files and clock. */
export const thisMachine: StateGround = {
  async read(path) {
    try {
      return await readFile(path);
    } catch (error) {
      if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND") return undefined;
      throw error;
    }
  },
  holds,
  write: writeFile,
  history,
  readGeneration,
  withLock: async (path, options, work) => await withLock(path, options, work),
  store: machine.store,
  now: () => new Date(),
};

/** What is read at a time: a large file is compared without room for a second one. */
const piece = Buffer.allocUnsafe(256 * 1024);

function holds(path: string, content: Uint8Array): boolean {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
  try {
    if (fstatSync(file).size !== content.byteLength) return false;
    for (let at = 0; at < content.byteLength;) {
      const count = readSync(file, piece, 0, Math.min(piece.length, content.byteLength - at), at);
      if (count === 0 || Buffer.compare(piece.subarray(0, count), content.subarray(at, at + count)) !== 0) return false;
      at += count;
    }
    return true;
  } finally {
    closeSync(file);
  }
}
