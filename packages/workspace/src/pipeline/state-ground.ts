import { statSync } from "node:fs";
import { history, isUntornError, readFile, readGeneration, withLock, writeFile } from "untorn";
import type { Recoveries, WriteOptions } from "untorn";
import { machine } from "../ground/index.ts";
import type { Ground } from "../ground/index.ts";

/** What a state stands on: files with generations, locks, and a clock. */
export interface StateGround {
  /** `undefined` where there is no file, and for nothing else (G7). */
  readonly read: (path: string) => Promise<{ readonly data: string } | undefined>;
  /** Another one whenever the file was replaced; `undefined` where there is none. */
  readonly stamp: (path: string) => string | undefined;
  readonly write: (path: string, text: string, options: WriteOptions) => Promise<unknown>;
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
      return await readFile(path, { encoding: "utf8" });
    } catch (error) {
      if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND") return undefined;
      throw error;
    }
  },
  stamp(path) {
    const status = statSync(path, { bigint: true, throwIfNoEntry: false });
    return status && [status.dev, status.ino, status.size, status.mtimeNs, status.ctimeNs].join(" ");
  },
  write: writeFile,
  history,
  readGeneration,
  withLock: async (path, options, work) => await withLock(path, options, work),
  store: machine.store,
  now: () => new Date(),
};
