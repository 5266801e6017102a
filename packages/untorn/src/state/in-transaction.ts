import { invalidArgument, isUntornError, UntornError } from "../platform/index.ts";
import type { Store, StoreChange, StoredValue } from "../store/index.ts";
import type { Transaction } from "../transaction/index.ts";

/** What a state asks of what it is in. */
export interface StateStore extends Pick<Store, "list" | "commit" | "watch"> {
  /** `path` is what errors name, where it is not the key. */
  get(key: string): Promise<(StoredValue & { readonly path?: string }) | undefined>;
}

/** A transaction as a store: what is committed becomes part of the transaction, and is undone with it. */
export function storeOf(tx: Transaction): StateStore {
  const get: StateStore["get"] = async (key) => {
    try {
      const { data, etag, path } = await tx.read(key);
      return { bytes: data, etag, path };
    } catch (error) {
      if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND") return undefined;
      throw error;
    }
  };
  return {
    get,
    async list(prefix = "") {
      const keys = await keysBelow(tx, prefix.slice(0, prefix.lastIndexOf("/") + 1));
      return { keys: keys.filter((key) => key.startsWith(prefix)), revision: 0 };
    },
    async commit(changes) {
      const before = ends.get(tx) ?? Promise.resolve();
      const commit = before.then(() => commitTo(tx, get, changes));
      ends.set(
        tx,
        commit.catch(() => {}),
      );
      return { etags: await commit, revision: 0 };
    },
    watch(prefix) {
      throw invalidArgument(prefix, "a transaction has nothing to watch", "Watch the state of the store.");
    },
  };
}

/**
 * Per transaction, when the last commit of a state in it is over: each one compares and then writes, in several steps, and changes
 * that a function makes side by side must not come between them.
 */
const ends = new WeakMap<Transaction, Promise<unknown>>();

/** All conditions before the first write: what is refused has changed nothing. */
async function commitTo(
  tx: Transaction,
  get: StateStore["get"],
  changes: readonly StoreChange[],
): Promise<(string | null)[]> {
  const gone = new Set<string>();
  for (const change of changes) {
    const before = (await get(change.key))?.etag ?? null;
    check(change, before);
    if (before === null) gone.add(change.key);
  }
  const etags: (string | null)[] = [];
  for (const { key, put, remove } of changes) {
    if (put !== undefined) {
      etags.push(await tx.write(key, put));
      continue;
    }
    if (remove === true && !gone.has(key)) await tx.remove(key);
    etags.push(remove === true ? null : ((await get(key))?.etag ?? null));
  }
  return etags;
}

async function keysBelow(tx: Transaction, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await tx.list(folder.replace(/\/$/, ""))) {
    const key = folder + name;
    const below = await keysBelow(tx, `${key}/`);
    if (below.length > 0) found.push(...below);
    else found.push(key);
  }
  return found;
}

function check({ key, ifMatch, ifAbsent }: StoreChange, before: string | null): void {
  if ((ifMatch === undefined || ifMatch === before) && (ifAbsent !== true || before === null)) return;
  throw new UntornError({
    code: "UNTORN_CONFLICT",
    path: key,
    phase: "commit",
    outcome: "unchanged",
    problem: "the transaction itself has changed it since it was read",
  });
}
