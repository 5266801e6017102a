import type { Files } from "./atomic/index.ts";
import { lockOn } from "./lock/index.ts";
import type { Locks } from "./lock/index.ts";
import { files } from "./machine.ts";
import { recoveryOn } from "./recovery/index.ts";
import type { Recoveries } from "./recovery/index.ts";
import { settleRoot, transactionsOn } from "./transaction/index.ts";
import type { Transactions } from "./transaction/index.ts";
import { updatesOn } from "./update/index.ts";
import type { Updates } from "./update/index.ts";

export type {
  Chunk,
  Data,
  Durability,
  EntryReceipt,
  FileContent,
  PhaseTimes,
  ReadOptions,
  Receipt,
  RemoveOptions,
  RenameOptions,
  SymlinkPolicy,
  SyncState,
  WriteOptions,
  WriteReport,
} from "./atomic/index.ts";
export type { FileLock, ListedLock, LockList, LockOptions, LockReport, Locks } from "./lock/index.ts";
export type {
  Transaction,
  TransactionOptions,
  TransactionReceipt,
  TransactionReport,
  Transactions,
  TransactionSync,
  TransactionWriteOptions,
} from "./transaction/index.ts";
export type {
  StandardIssue,
  StandardResult,
  StandardSchema,
  Update,
  UpdateOptions,
  Updates,
  UpdateReport,
  UpdateSync,
  Validator,
} from "./update/index.ts";
export type { Dropped } from "./quarantine/index.ts";
export type {
  Action,
  Finding,
  FindingKind,
  History,
  ActionOutcome,
  Progress,
  Recoveries,
  RecoverOptions,
  RecoverReport,
  RecoveryPolicy,
  RecoveryReport,
  Restored,
  RestoreOptions,
  Revision,
  ScanOptions,
  ScanReport,
  Skipped,
} from "./recovery/index.ts";
export { registerFormat } from "./formats/index.ts";
export type { Format, Problem } from "./formats/index.ts";
export type { RefusalReport } from "./protocol/index.ts";
export { issueText } from "./update/index.ts";
export { isUntornError, printable, UntornError } from "./platform/index.ts";
export type { ErrorCode, LockHolder, Outcome, Phase } from "./platform/index.ts";

export const writeFile: Files["writeFile"] = files.writeFile.bind(files);
export const writeFileSync: Files["writeFileSync"] = files.writeFileSync.bind(files);
export const readFile: Files["readFile"] = files.readFile.bind(files);
export const readFileSync: Files["readFileSync"] = files.readFileSync.bind(files);
export const removeFile: Files["removeFile"] = files.removeFile.bind(files);
export const removeFileSync: Files["removeFileSync"] = files.removeFileSync.bind(files);
export const renameFile: Files["renameFile"] = files.renameFile.bind(files);
export const renameFileSync: Files["renameFileSync"] = files.renameFileSync.bind(files);

const locks = lockOn(files.port, (root) => settleRoot(files.port, root));

export const lock: Locks["lock"] = locks.lock;
export const withLock: Locks["withLock"] = locks.withLock;
export const lockSync: Locks["lockSync"] = locks.lockSync;
export const listLocks: Locks["listLocks"] = locks.listLocks;
export const breakLock: Locks["breakLock"] = locks.breakLock;

const transactions = transactionsOn(files.port);

export const transaction: Transactions["transaction"] = transactions.transaction;
export const transactionSync: Transactions["transactionSync"] = transactions.transactionSync;
export const readTogether: Transactions["readTogether"] = transactions.readTogether;
export const readTogetherSync: Transactions["readTogetherSync"] = transactions.readTogetherSync;

const updates = updatesOn(files);

export const updateFile: Updates["updateFile"] = updates.updateFile;
export const updateFileSync: Updates["updateFileSync"] = updates.updateFileSync;
export const updateBytes: Updates["updateBytes"] = updates.updateBytes;
export const updateBytesSync: Updates["updateBytesSync"] = updates.updateBytesSync;

/** This process's own user; Windows has no numbers for users. */
const ownUser = process.getuid === undefined ? [] : [process.getuid()];
const recoveries = recoveryOn(files, ownUser);

export const scan: Recoveries["scan"] = recoveries.scan;
export const scanSync: Recoveries["scanSync"] = recoveries.scanSync;
export const recover: Recoveries["recover"] = recoveries.recover;
export const recoverSync: Recoveries["recoverSync"] = recoveries.recoverSync;
export const history: Recoveries["history"] = recoveries.history;
export const readGeneration: Recoveries["readGeneration"] = recoveries.readGeneration;
export const restore: Recoveries["restore"] = recoveries.restore;
