import { readdirSync, statSync } from "node:fs";
import { isUntornError, readFileSync, readTogether, transaction, UntornError, writeFile } from "untorn";
import type { FileContent } from "untorn";
import type { Entry, Ground } from "./ground.ts";

/** This machine's files and clock. */
export const machine: Ground = {
  transaction,
  readTogether,
  read,
  write: (path, data, options = {}) => writeFile(path, data, options),
  list,
  now: () => new Date(),
};

function read(path: string): FileContent | undefined {
  // Of three artifacts an item may have, most are missing; an error that is made and thrown costs more than all else.
  if (isMissing(path)) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND") return undefined;
    throw error;
  }
}

function isMissing(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    // The read that follows says what is wrong.
    return false;
  }
}

function list(path: string): Entry[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .map((entry) => ({ name: entry.name, directory: entry.isDirectory() }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new UntornError({ code: "UNTORN_SYSTEM", path, phase: "read", outcome: "unchanged", cause: error });
  }
}
