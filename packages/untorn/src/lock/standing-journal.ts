import { basename, dirname } from "node:path";
import { inDirectory } from "../atomic/index.ts";
import { isForeign, systemCodeOf } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { workFolder } from "./work-folder.ts";

const journal = /^(tx-[0-9a-z]+-[0-9a-z]+-[0-9a-f]{8}-[0-9a-z]+)\.journal$/;

/** The transaction that a file in a work folder is the journal of. */
export function transactionOf(name: string): string | undefined {
  return journal.exec(name)?.[1];
}

/**
 * The names of the journals in a directory's work folder, sorted. Nobody's count who has no say in the directory: in /tmp
 * anybody may make a work folder, and a journal in it would be carried out by whoever works below.
 */
export function* journalsIn(directory: string): Protocol<string[]> {
  const work = inDirectory(directory, workFolder);
  const folder = yield* call("lstat", work);
  if (folder?.kind !== "directory") return [];
  let names: string[];
  try {
    names = (yield* call("readdir", work)).filter((name) => journal.test(name)).toSorted();
  } catch (error) {
    // Another user's, who lets nobody look into it.
    const around = systemCodeOf(error) === "EACCES" ? yield* call("lstat", directory) : undefined;
    if (around !== undefined && isForeign(around, folder)) return [];
    throw error;
  }
  const above = names.length === 0 ? undefined : yield* call("lstat", directory);
  if (above === undefined || isForeign(above, folder)) return [];
  const trusted: string[] = [];
  for (const name of names) {
    const status = yield* call("lstat", inDirectory(work, name));
    if (status?.kind === "file" && !isForeign(above, status)) trusted.push(name);
  }
  return trusted;
}

/**
 * The root above a file in which a transaction is being committed, or was left unfinished by a crash. Nobody gets the lock
 * of a file there: the transaction counts on the files to stay as they are, and what a crash left is completed first.
 * `except` is a root whose journal does not matter: one's own.
 */
export function* committingAbove(path: string, except?: string): Protocol<string | undefined> {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const isOwn = basename(directory) === workFolder || directory === except;
    if (!isOwn && (yield* journalsIn(directory)).length > 0) return directory;
    if (dirname(directory) === directory) return undefined;
  }
}
