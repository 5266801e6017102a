import { readdirSync, statSync } from "node:fs";
import { isUntornError, readFileSync, UntornError, writeFile } from "untorn";
import type { FileContent } from "untorn";
import { storeIn } from "untorn/store";
import type { DirectoryStore } from "untorn/store";
import type { Entry, Ground } from "./ground.ts";

/** This machine's files and clock. */
export const machine: Ground = {
  store,
  read,
  mode,
  write: (path, data, options = {}) => writeFile(path, data, options),
  list,
  now: () => new Date(),
};

/** By absolute path, as it was spelt: `link/..` is the parent of what the link points to. A store that was opened knows the log's end, and holds nothing open. */
const stores = new Map<string, DirectoryStore>();

function store(folder: string): DirectoryStore {
  // What a relative folder means depends on where the process is by now, so the store says what it is.
  const asked = storeIn(folder);
  const known = stores.get(asked.directory) ?? asked;
  stores.set(asked.directory, known);
  return known;
}

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

function mode(path: string): number {
  try {
    return statSync(path).mode & 0o7777;
  } catch (cause) {
    throw new UntornError({ code: "UNTORN_SYSTEM", path, phase: "read", outcome: "unchanged", cause });
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
      .map((entry) => ({ name: entry.name, directory: entry.isDirectory(), link: entry.isSymbolicLink() }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new UntornError({ code: "UNTORN_SYSTEM", path, phase: "read", outcome: "unchanged", cause: error });
  }
}
