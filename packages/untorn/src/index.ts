import { Files } from "./atomic/index.ts";
import { lockOn } from "./lock/index.ts";
import { nodePort } from "./platform/index.ts";
import { settleRoot, transactionsOn } from "./transaction/index.ts";
import { updatesOn } from "./update/index.ts";

export type {
  Chunk,
  Data,
  Durability,
  EntryReceipt,
  FileContent,
  ReadOptions,
  Receipt,
  RemoveOptions,
  RenameOptions,
  SymlinkPolicy,
  SyncState,
  WriteOptions,
} from "./atomic/index.ts";
export { holderSentence } from "./lock/index.ts";
export type { FileLock, ListedLock, LockList, LockOptions, LockReport } from "./lock/index.ts";
export type {
  Transaction,
  TransactionOptions,
  TransactionReceipt,
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
  UpdateSync,
  Validator,
} from "./update/index.ts";
export { isUntornError, printable, UntornError } from "./platform/index.ts";
export type { ErrorCode, LockHolder, Outcome, Phase } from "./platform/index.ts";

const files = new Files(nodePort);

export const writeFile: Files["writeFile"] = files.writeFile.bind(files);
export const writeFileSync: Files["writeFileSync"] = files.writeFileSync.bind(files);
export const readFile: Files["readFile"] = files.readFile.bind(files);
export const readFileSync: Files["readFileSync"] = files.readFileSync.bind(files);
export const removeFile: Files["removeFile"] = files.removeFile.bind(files);
export const removeFileSync: Files["removeFileSync"] = files.removeFileSync.bind(files);
export const renameFile: Files["renameFile"] = files.renameFile.bind(files);
export const renameFileSync: Files["renameFileSync"] = files.renameFileSync.bind(files);

export const { lock, withLock, lockSync, listLocks, breakLock } = lockOn(files.port, (root) =>
  settleRoot(files.port, root),
);

export const { transaction, transactionSync, readTogether, readTogetherSync } = transactionsOn(files.port);

export const { updateFile, updateFileSync, updateBytes, updateBytesSync } = updatesOn(files);
