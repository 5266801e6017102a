export type { DirectoryLeaseOptions, DirectoryStore, LeaseHolder, StoreTransactionOptions } from "./directory-store.ts";
export type { EmbeddedOptions } from "./embedded-store.ts";
export { HeldLease } from "./held-lease.ts";
export type { LeaseCalls } from "./held-lease.ts";
export { fenced } from "./lease-book.ts";
export { checkChanges, checkKey, keyProblem } from "./keys.ts";
export { isConflict, openStoreOn, storeOn } from "./open-store.ts";
export type {
  CommitOptions,
  CommitReceipt,
  Fence,
  KeyList,
  Lease,
  LeaseOptions,
  Store,
  StoreChange,
  StoredValue,
  StoreEvent,
  WatchOptions,
} from "./store.ts";
