import { history, isUntornError, readFile, readGeneration, transaction, withLock, writeFile } from "untorn";
import type { FileContent, Recoveries, Transactions, WriteOptions } from "untorn";

/** What a state stands on: files with generations, locks, and a clock. */
export interface StateGround {
  /** `undefined` where there is no file, and for nothing else (G7). */
  readonly read: (path: string) => Promise<FileContent<string> | undefined>;
  readonly write: (path: string, text: string, options: WriteOptions) => Promise<{ readonly etag: string }>;
  readonly history: Recoveries["history"];
  readonly readGeneration: Recoveries["readGeneration"];
  readonly withLock: <T>(path: string, options: { purpose: string }, work: () => Promise<T>) => Promise<T>;
  readonly transaction: Transactions["transaction"];
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
  write: writeFile,
  history,
  readGeneration,
  withLock: async (path, options, work) => await withLock(path, options, work),
  transaction,
  now: () => new Date(),
};
