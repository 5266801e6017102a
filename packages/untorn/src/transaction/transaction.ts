import { inDirectory, quietly, within } from "../atomic/index.ts";
import type { Data, FileContent } from "../atomic/index.ts";
import { acquire, release } from "../lock/index.ts";
import type { Held } from "../lock/index.ts";
import { isUntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { pull } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { commit } from "./commit.ts";
import type { TransactionReceipt } from "./commit.ts";
import { dryRun } from "./dry-run.ts";
import { openRoot } from "./places.ts";
import type { Root } from "./places.ts";
import { recoverRoot } from "./recover.ts";
import type { TransactionRecovery } from "./recover.ts";
import { reportedTransaction, reportSettled } from "./reports.ts";
import { inRounds } from "./rounds.ts";
import type { Session } from "./session.ts";
import type { TransactionWriteOptions } from "./write-options.ts";
import { makeWorkFolder, markDurable } from "./work-folder.ts";

export interface TransactionOptions {
  /** `full` (default): survives a power cut. `off`: nothing is synced: all or nothing across a crash of the process only. */
  readonly durability?: "full" | "off";
  /** When somebody without a lock changed what was read: run the function again (default), or fail. */
  readonly onConflict?: "retry" | "fail";
  /** How long to wait for another transaction in this root, and for the lock of each file, in milliseconds. */
  readonly lockTimeoutMs?: number;
  /** Shown to whoever waits. */
  readonly purpose?: string;
  /**
   * Of each file that gets another content, keep the one it had, and so many in all, as the option of the same name of `writeFile`
   * does. They are kept before the commit. Default 0.
   */
  readonly generations?: number;
  /**
   * Nothing is changed, no lock is taken, and no `.untorn` is made: the receipt says which files would have been changed. A commit that
   * is under way is waited for, and one that a crash left half done is completed. Default `false`.
   */
  readonly dryRun?: boolean;
}

/** What the function of a transaction works with. Paths are relative to the root, with `/`. */
export interface Transaction {
  /** The file's bytes, its own writes included; UNTORN_NOT_FOUND where there is none. */
  read(path: string): Promise<FileContent>;
  /** As `read`, decoded from UTF-8, strictly. */
  readText(path: string): Promise<FileContent<string>>;
  exists(path: string): Promise<boolean>;
  /** The file's whole new content; missing directories are made. Returns the etag that it will have. */
  write(path: string, data: Data, options?: TransactionWriteOptions): Promise<string>;
  /**
   * New text from old text; `undefined` where there is no file. The function is run again if another call has changed the file
   * meanwhile.
   */
  edit(path: string, edit: (text: string | undefined) => string | Promise<string>): Promise<void>;
  /**
   * New JSON from old JSON, touching only what differs (`editJson`); `undefined` where there is no file. A corrupt file is
   * UNTORN_CORRUPT. With `comments`, as in tsconfig.json; default: for `.jsonc`. The function is run again as that of `edit`.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- as of `updateJson`: `unknown` would make the shortest change a cast
  json<T = any>(
    path: string,
    change: (value: T | undefined) => T | Promise<T>,
    options?: { readonly comments?: boolean },
  ): Promise<void>;
  remove(path: string): Promise<void>;
  /** A file or a whole directory gets another name. */
  rename(from: string, to: string): Promise<void>;
  mkdir(path: string): Promise<void>;
  /** The names in a directory, its own changes included, sorted; `""` is the root. */
  list(path: string): Promise<string[]>;
}

/** As `Transaction`, on the calling thread. */
export type TransactionSync = {
  [Method in keyof Transaction]: (...args: Parameters<Transaction[Method]>) => Awaited<ReturnType<Transaction[Method]>>;
};

const defaultLockTimeoutMs = 10_000;

const methods = ["read", "readText", "exists", "write", "edit", "json", "remove", "rename", "mkdir", "list"] as const;

/** The session's protocols as calls, for one driver. */
export function bound(session: Session, run: (protocol: Protocol<unknown>) => unknown): unknown {
  return Object.fromEntries(
    methods.map((method) => {
      const protocol = session[method].bind(session) as (...args: unknown[]) => Protocol<unknown>;
      return [method, (...args: unknown[]) => run(protocol(...args))];
    }),
  );
}

/** Whether the calls block the thread: such a call never waits for another of its own process. */
export interface Blocking {
  readonly blocking?: boolean | undefined;
}

/** The whole of a transaction; `fn` is run again after a conflict. */
export function* transactionProtocol<T>(
  port: Port,
  path: string,
  fn: (session: Session) => T | Promise<T>,
  options: TransactionOptions & Blocking,
): Protocol<{ value: T; receipt: TransactionReceipt }> {
  const work = (session: Session): Protocol<T> => pull(() => fn(session), path);
  if (options.dryRun === true) {
    return yield* dryRun(port, path, work, options.onConflict, (directory) =>
      withHeldRoot(port, directory, options, nothing),
    );
  }
  return yield* withHeldRoot(port, path, options, (held) => commitHolding(held, work, options));
}

function* nothing(): Protocol<void> {}

/** A root whose lock is held, and in which nothing is left half done. */
export interface HeldRoot {
  readonly port: Port;
  readonly root: Root;
  readonly lock: Held;
  /** Whether the work folder's own entry is still to be synced. */
  readonly newWork: boolean;
}

/** Takes the lock of a root, completes or takes back what a crash left in it, and does `part`. */
export function* withHeldRoot<T>(
  port: Port,
  path: string,
  options: Pick<TransactionOptions, "lockTimeoutMs" | "purpose"> & Blocking,
  part: (held: HeldRoot) => Protocol<T>,
): Protocol<T> {
  const root = yield* within("resolve", path, "unchanged", openRoot(path));
  const newWork = yield* within("stage", path, "unchanged", makeWorkFolder(root));
  return yield* withRootLock(port, root, options, function* (lock) {
    reportSettled(yield* within("recover", path, "unchanged", recoverRoot(port, root)));
    return yield* part({ port, root, lock, newWork });
  });
}

/** A transaction in a root whose lock is held already; `work` is run again after a conflict. */
export function commitHolding<T>(
  held: HeldRoot,
  work: (session: Session) => Protocol<T>,
  options: TransactionOptions & Blocking,
): Protocol<{ value: T; receipt: TransactionReceipt }> {
  const facts = { root: held.root.path, durability: options.durability ?? "full" };
  return reportedTransaction(commitInRounds(held, work, options), facts);
}

function* commitInRounds<T>(
  { port, root, lock, newWork }: HeldRoot,
  work: (session: Session) => Protocol<T>,
  options: TransactionOptions & Blocking,
): Protocol<{ value: T; receipt: TransactionReceipt }> {
  const durable = options.durability !== "off";
  const { lockTimeoutMs = defaultLockTimeoutMs, generations = 0, blocking = false } = options;
  const settle = (directory: string): Protocol<void> => settleRoot(port, directory);
  const context = { lock, durable, newWork, lockTimeoutMs, generations, blocking, settle };
  const end = (session: Session): ReturnType<typeof commit> =>
    within("stage", root.path, "unchanged", commit(port, root, session.overlay, context));
  const { value, ended, attempts } = yield* inRounds(port, root, work, options.onConflict, end);
  if (newWork && durable && ended.syncs > 0) yield* markDurable(root);
  return { value, receipt: { ...ended, attempts } };
}

/** One transaction at a time in a root: the lock is the kernel's, so a crash frees it. */
export function* withRootLock<T>(
  port: Port,
  root: Root,
  options: Pick<TransactionOptions, "lockTimeoutMs" | "purpose"> & Blocking,
  part: (lock: Held) => Protocol<T>,
): Protocol<T> {
  const lock = yield* acquire(port, inDirectory(root.work, "transaction"), {
    purpose: options.purpose ?? "transaction",
    timeoutMs: options.lockTimeoutMs ?? defaultLockTimeoutMs,
    blocking: options.blocking,
    overJournals: true,
    mayRest: true,
  });
  try {
    return yield* part(lock);
  } finally {
    yield* quietly(release(port, lock));
  }
}

/** Completes or takes back what a crashed transaction left in a root; does nothing where one is at work. */
export function* settleRoot(port: Port, path: string): Protocol<void> {
  const root = yield* openRoot(path);
  try {
    const settle = (): Protocol<TransactionRecovery[]> => recoverRoot(port, root);
    reportSettled(yield* withRootLock(port, root, { purpose: "recovery", lockTimeoutMs: 0 }, settle));
  } catch (error) {
    if (!isUntornError(error) || error.code !== "UNTORN_LOCKED") throw error;
  }
}
