import { lockOn } from "./lock/index.ts";
import { nodePort } from "./platform/index.ts";

export { holderSentence } from "./lock/index.ts";
export type { FileLock, ListedLock, LockList, LockOptions, LockReport } from "./lock/index.ts";
export { isUntornError, UntornError } from "./platform/index.ts";
export type { LockHolder } from "./platform/index.ts";

export const { lock, withLock, lockSync, listLocks, breakLock } = lockOn(nodePort);
