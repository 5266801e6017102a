export type { TransactionReceipt } from "./commit.ts";
export { insidePath, openRoot } from "./places.ts";
export type { Root } from "./places.ts";
export { readTogetherProtocol } from "./read-together.ts";
export { abandonRoot, examineRoot, recoverRoot } from "./recover.ts";
export type { LeftTransaction, TransactionRecovery } from "./recover.ts";
export { verdictMeans } from "./reports.ts";
export type { TransactionReport } from "./reports.ts";

export { Session } from "./session.ts";
export { bound, commitHolding, settleRoot, withHeldRoot, withRootLock } from "./transaction.ts";
export type { HeldRoot } from "./transaction.ts";
export type { Transaction, TransactionOptions, TransactionSync } from "./transaction.ts";
export { transactionsOn } from "./transactions-on.ts";
export type { Transactions } from "./transactions-on.ts";
export { markDurable, quarantine } from "./work-folder.ts";
export type { TransactionWriteOptions } from "./write-options.ts";
