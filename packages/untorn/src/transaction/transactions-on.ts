import { invalidArgument } from "../platform/index.ts";
import { checkOptions, optionNames } from "../atomic/index.ts";
import type { FileContent } from "../atomic/index.ts";
import type { Port } from "../platform/index.ts";
import { refusing, runAsync, runSync } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { TransactionReceipt } from "./commit.ts";
import { readTogetherProtocol } from "./read-together.ts";
import { bound, transactionProtocol } from "./transaction.ts";
import type { Transaction, TransactionOptions, TransactionSync } from "./transaction.ts";

/** The calls on several files, for one port. */
export interface Transactions {
  /**
   * Changes several files in a directory together: all of them or none, also across a crash at any point (G8). `fn` sees
   * its own writes; nobody else sees anything before the commit. Whatever an earlier process left half done in this root
   * is completed or taken back first. After a conflict `fn` is run again, so it should do nothing but work on `tx`.
   *
   * On disk afterwards: if it resolves, everything, durable. If it rejects, the error's `outcome` tells: `unchanged`:
   * nothing; `replaced`: everything, but a sync failed; `unknown` (UNTORN_INCOMPLETE): committed and partly applied; the
   * next transaction or `untorn recover` completes it.
   */
  readonly transaction: <T>(
    root: string,
    fn: (tx: Transaction) => T | Promise<T>,
    options?: TransactionOptions,
  ) => Promise<{ value: T; receipt: TransactionReceipt }>;
  /** As `transaction`, on the calling thread. */
  readonly transactionSync: <T>(
    root: string,
    fn: (tx: TransactionSync) => T,
    options?: TransactionOptions,
  ) => { value: T; receipt: TransactionReceipt };
  /**
   * Reads several files of a root as one commit left them, beside transactions that go on; `undefined` for a file that
   * does not exist. What a crashed transaction left half done is completed or taken back first.
   */
  readonly readTogether: (root: string, paths: readonly string[]) => Promise<(FileContent | undefined)[]>;
  /** As `readTogether`, on the calling thread. */
  readonly readTogetherSync: (root: string, paths: readonly string[]) => (FileContent | undefined)[];
}

export function transactionsOn(port: Port): Transactions {
  const later = <T>(protocol: Protocol<T>): Promise<T> => runAsync(port, protocol);
  const now = <T>(protocol: Protocol<T>): T => runSync(port, protocol);
  const whole = <T>(protocol: Protocol<T>): Protocol<T> => refusing("transaction", protocol);
  return {
    transaction: async (root, fn, options = {}) => {
      check(root, fn, options);
      return later(
        whole(transactionProtocol(port, root, (session) => fn(bound(session, later) as Transaction), options)),
      );
    },
    transactionSync: (root, fn, options = {}) => {
      check(root, fn, options);
      const blocking = { ...options, blocking: true };
      return now(
        whole(transactionProtocol(port, root, (session) => fn(bound(session, now) as TransactionSync), blocking)),
      );
    },
    readTogether: (root, paths) => later(whole(readTogetherProtocol(port, root, paths))),
    readTogetherSync: (root, paths) => now(whole(readTogetherProtocol(port, root, paths, true))),
  };
}

/** Before anything is touched; a misspelt option is answered with the right spelling. */
function check(root: unknown, fn: unknown, options: TransactionOptions): void {
  checkOptions(root, options, optionNames.transaction);
  if (typeof fn !== "function") throw invalidArgument(root, "a transaction takes a function");
  if ((options.durability as string | undefined) === "normal")
    throw invalidArgument(root, "option durability takes 'full' or 'off' in a transaction: half of it is none");
}
