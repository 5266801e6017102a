import { basename, dirname, join } from "node:path";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

/** The folder in a transaction's root that holds its journal. */
export const workFolder = ".untorn";

const journal = /^(tx-[0-9a-z]+-[0-9a-z]+-[0-9a-f]{8}-[0-9a-z]+)\.journal$/;

/** The transaction that a file in a work folder is the journal of. */
export function transactionOf(name: string): string | undefined {
  return journal.exec(name)?.[1];
}

/**
 * The root above a file in which a transaction is being committed, or was left unfinished by a crash. Nobody gets the lock
 * of a file there: the transaction counts on the files to stay as they are, and what a crash left is completed first.
 * `except` is a root whose journal does not matter: one's own.
 */
export function* committingAbove(path: string, except?: string): Protocol<string | undefined> {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const work = join(directory, workFolder);
    const isOwn = basename(directory) === workFolder || directory === except;
    if (!isOwn && (yield* call("lstat", work))?.kind === "directory") {
      if ((yield* call("readdir", work)).some((name) => journal.test(name))) return directory;
    }
    if (dirname(directory) === directory) return undefined;
  }
}
