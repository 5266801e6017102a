import { etagOf } from "../../atomic/index.ts";
import { isConflict } from "../../store/index.ts";
import type { Store, StoreChange } from "../../store/index.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { RecordedStoreCall, StoreCall } from "./linearizability.ts";

const keys = ["a", "b", "d/c"] as const;

/** Told of every call before and after it: whoever may be killed writes both down. */
export interface CallRecorder {
  readonly begin: (call: StoreCall) => void;
  readonly end: (call: StoreCall) => void;
}

/** Bun and Deno count from the start of the process there. */
const countsFromBoot = process.versions["bun"] === undefined && process.versions["deno"] === undefined;

/** Milliseconds on a clock that all processes of the machine share. */
export function sharedClockMs(): number {
  return countsFromBoot ? Number(process.hrtime.bigint()) / 1e6 : performance.timeOrigin + performance.now();
}

/** Makes so many random calls, one after the other, some with conditions on what it saw last. */
export async function runRandomClient(
  store: Store,
  name: string,
  random: SeededRandom,
  count: number,
  recorder: CallRecorder,
): Promise<void> {
  const seen = new Map<string, string | null>();
  for (let number = 1; number <= count; number += 1) {
    const key = keys[random.below(keys.length)] as string;
    const dice = random.below(10);
    if (dice < 3) {
      recorder.begin({ kind: "get", key, etag: null });
      const etag = (await store.get(key))?.etag ?? null;
      recorder.end({ kind: "get", key, etag });
      seen.set(key, etag);
    } else if (dice < 4) {
      recorder.begin({ kind: "list", keys: [], revision: 0 });
      recorder.end({ kind: "list", ...(await store.list()) });
    } else {
      await randomCommit(store, `${name} ${number}`, random, seen, recorder);
    }
  }
}

async function randomCommit(
  store: Store,
  text: string,
  random: SeededRandom,
  seen: Map<string, string | null>,
  recorder: CallRecorder,
): Promise<void> {
  const chosen = keys.filter(() => random.below(2) === 0);
  const changes = (chosen.length > 0 ? chosen : [keys[0]]).map((key) => {
    const remove = random.below(5) === 0;
    const from = random.below(2) === 0 ? seen.get(key) : undefined;
    return { key, to: remove ? null : etagOf(Buffer.from(`${text} ${key}`)), ...(from === undefined ? {} : { from }) };
  });
  const call = { kind: "commit", changes } as const;
  recorder.begin({ ...call, result: "unknown" });
  try {
    const { revision } = await store.commit(changes.map((change) => toChange(change, text)));
    for (const { key, to } of changes) seen.set(key, to);
    recorder.end({ ...call, result: "done", revision });
  } catch (error) {
    if (!isConflict(error)) throw error;
    recorder.end({ ...call, result: "conflict" });
  }
}

function toChange(
  { key, to, from }: { readonly key: string; readonly to: string | null; readonly from?: string | null },
  text: string,
): StoreChange {
  const action = to === null ? { remove: true as const } : { put: `${text} ${key}` };
  const condition = from === undefined ? {} : from === null ? { ifAbsent: true as const } : { ifMatch: from };
  return { key, ...action, ...condition };
}

/** Runs several clients at once in this process and returns what they recorded. */
export async function recordHistory(
  stores: readonly Store[],
  randomFor: (client: number) => SeededRandom,
  count: number,
): Promise<RecordedStoreCall[]> {
  const history: RecordedStoreCall[] = [];
  await Promise.all(
    stores.map((store, client) => {
      let begun = 0;
      const name = `client${client}`;
      return runRandomClient(store, name, randomFor(client), count, {
        begin: () => void (begun = sharedClockMs()),
        end: (call) => history.push({ client: name, begun, ended: sharedClockMs(), call }),
      });
    }),
  );
  return history;
}
