import { nodePort } from "./platform/index.ts";
import { openStoreOn, storeOn } from "./store/index.ts";
import type { DirectoryStore, EmbeddedOptions } from "./store/index.ts";

export { checkKey, keyProblem } from "./store/index.ts";
export type {
  CommitOptions,
  CommitReceipt,
  DirectoryLeaseOptions,
  DirectoryStore,
  EmbeddedOptions,
  Fence,
  KeyList,
  Lease,
  LeaseHolder,
  LeaseOptions,
  Store,
  StoreChange,
  StoredValue,
  StoreEvent,
  StoreTransactionOptions,
  WatchOptions,
} from "./store/index.ts";

/**
 * Opens the store in a directory that exists. Its documents are plain files, and their keys the paths below it: other
 * programs may read and write them, `watch` shows what they did, and `ifMatch` guards against it. Beside them is only
 * `.untorn/`: the lock, the log of changes, the leases. Several processes of one machine may have it open.
 *
 * On disk after a commit: every file whole, durable, and the change in the log, durable. A crash at any point leaves all of
 * a commit or nothing; the next call in that directory completes or takes back what was under way (G8).
 */
export function openStore(directory: string, options: EmbeddedOptions = {}): Promise<DirectoryStore> {
  return openStoreOn(nodePort, directory, options);
}

/**
 * The store in a directory, without looking at it yet: what a program takes that makes one commit and ends. `openStore` compares
 * every file with the log first; here `list` and `watch` do, when they are called. The directory need not exist before the first
 * call on the store does (UNTORN_NOT_FOUND, phase `resolve`).
 */
export function storeIn(directory: string, options: EmbeddedOptions = {}): DirectoryStore {
  return storeOn(nodePort, directory, options);
}
