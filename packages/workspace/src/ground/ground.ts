import type { FileContent, Receipt, Transactions, WriteOptions } from "untorn";

/** A name in a directory. */
export interface Entry {
  readonly name: string;
  readonly directory: boolean;
}

/**
 * All that the systems of this package stand on. They know nothing of the machine besides, so a test puts them on a
 * file system in memory, and another store can take the place of the directory.
 */
export interface Ground {
  /** Several files change together, or none does (G8). */
  readonly transaction: Transactions["transaction"];
  /** Several files as one commit left them. */
  readonly readTogether: Transactions["readTogether"];
  /** One file, strictly; `undefined` where there is none, and for nothing else (G7). */
  readonly read: (path: string) => FileContent | undefined;
  /** One file, replaced whole. */
  readonly write: (path: string, data: string | Uint8Array, options?: WriteOptions) => Promise<Receipt>;
  /** The names in a directory, sorted; none where it is missing. */
  readonly list: (path: string) => readonly Entry[];
  readonly now: () => Date;
}
