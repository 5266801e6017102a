import type { Store, StoreChange } from "../store/index.ts";

/** An earlier content of a state. */
export interface HistoryEntry {
  /** Counted up, never used twice while later ones are kept. */
  readonly number: number;
  /** The store's key that holds it. */
  readonly key: string;
}

const digits = 12;

function prefixOf(key: string): string {
  return `.history/${key}/`;
}

/** The earlier contents of a key, oldest first. */
export async function historyOf(store: Pick<Store, "list">, key: string): Promise<HistoryEntry[]> {
  const prefix = prefixOf(key);
  const { keys } = await store.list(prefix);
  return keys.flatMap((each) => {
    const name = each.slice(prefix.length);
    return /^\d{12}$/.test(name) ? [{ number: Number(name), key: each }] : [];
  });
}

/** What a commit adds so that the old content is kept, and only the newest `keep` of them. */
export function keeping(
  key: string,
  history: readonly HistoryEntry[],
  old: Uint8Array,
  keep: number,
): readonly StoreChange[] {
  if (keep === 0) return [];
  const number = (history.at(-1)?.number ?? 0) + 1;
  const added: StoreChange = {
    key: `${prefixOf(key)}${String(number).padStart(digits, "0")}`,
    put: old,
    ifAbsent: true,
  };
  const removed = history.slice(0, Math.max(0, history.length + 1 - keep));
  return [added, ...removed.map((entry): StoreChange => ({ key: entry.key, remove: true }))];
}
