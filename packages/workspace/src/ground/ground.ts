import type { FileContent, Receipt, WriteOptions } from "untorn";
import type { DirectoryStore } from "untorn/store";

/** A name in a directory. */
export interface Entry {
  readonly name: string;
  readonly directory: boolean;
  /** It is a symbolic link, whatever that leads to. */
  readonly link: boolean;
}

/**
 * All that the systems of this package stand on: the store of a folder, and strict reads beside it. They know nothing of the
 * machine besides, so a test puts them on a file system in memory. docs/decisions/what-stands-on-what.md says which part does what.
 */
export interface Ground {
  /**
   * The store of a folder, the same one whenever it is asked for. All that changes several documents, or one that is read first,
   * is a transaction of it.
   */
  readonly store: (folder: string) => DirectoryStore;
  /** One file, strictly; `undefined` where there is none, and for nothing else (G7). */
  readonly read: (path: string) => FileContent | undefined;
  /** The permission bits of a file that is there. */
  readonly mode: (path: string) => number;
  /** One file, replaced whole: where there is no store, because the folder is not there yet, or is a user's own (a page). */
  readonly write: (path: string, data: string | Uint8Array, options?: WriteOptions) => Promise<Receipt>;
  /** The names in a directory, sorted; none where it is missing. */
  readonly list: (path: string) => readonly Entry[];
  readonly now: () => Date;
}
