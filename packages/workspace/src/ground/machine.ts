import { readdirSync, statSync } from "node:fs";
import { isUntornError, readFileSync, readTogether, transaction, writeFile } from "untorn";
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
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND") return undefined;
    throw error;
  }
}

function list(path: string): Entry[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .map((entry) => ({ name: entry.name, directory: entry.isDirectory() }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
