import type { PendingWrite } from "./epochs.ts";

/** The bytes `from` to `to` of a record. */
export interface Part {
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

/** What of the pending writes is on the disk, in the order in which it is applied. */
export type DiskState = readonly Part[];

/** Where and how finely writes are torn. */
export interface Tearing {
  /** So many bytes are old or new, never a mix. */
  readonly unit: number;
  /** Writes that begin below this offset are not torn. */
  readonly from: number;
}

export interface Effort {
  /** So many pending writes at most have every subset tried. */
  readonly exhaustive: number;
  /** Random subsets of more writes than that. */
  readonly random: number;
  /** Torn writes. */
  readonly torn: number;
  /** States of one epoch at most; the rest is left to chance. */
  readonly limit: number;
}

/**
 * The states that are tried of one epoch: nothing, every prefix, subsets (so that a later write is there and an earlier is
 * not), and torn writes: of one write only some units, from either end. All of the writes is the next epoch's business,
 * unless there is none.
 */
export function statesOf(
  pending: readonly PendingWrite[],
  options: {
    readonly effort: Effort;
    readonly tearing: Tearing;
    readonly random: () => number;
    /** Whether there is no next epoch. */
    readonly last: boolean;
  },
): DiskState[] {
  const { effort, random, tearing } = options;
  const chosen = new Map<string, DiskState>();
  const add = (state: DiskState): void => void chosen.set(JSON.stringify(state), state);
  const whole = (writes: readonly PendingWrite[]): DiskState => writes.map(wholeOf);
  add([]);
  if (pending.length <= effort.exhaustive) {
    for (let mask = 0; mask < 2 ** pending.length; mask += 1) {
      add(whole(pending.filter((_, index) => (mask & (1 << index)) !== 0)));
    }
  } else {
    for (let count = 1; count <= pending.length; count += 1) add(whole(pending.slice(0, count)));
    for (let index = 0; index < effort.random; index += 1) {
      const share = 0.1 + 0.8 * random();
      add(whole(pending.filter(() => random() < share)));
    }
  }
  const tearable = pending.filter((each) => each.length > tearing.unit && each.offset >= tearing.from);
  for (let index = 0; index < effort.torn && tearable.length > 0; index += 1) {
    const torn = tearable[Math.floor(random() * tearable.length)] as PendingWrite;
    add(tear(pending, torn, tearing.unit, random));
  }
  if (!options.last) chosen.delete(JSON.stringify(whole(pending)));
  if (pending.length === 0) add([]);
  const [first, ...rest] = chosen.values();
  if (first === undefined) return [];
  return [first, ...shuffled(rest, random).slice(0, effort.limit - 1)];
}

function wholeOf({ number, length }: PendingWrite): Part {
  return { number, from: 0, to: length };
}

/** One write in part, after all before it or after some of the others. */
function tear(pending: readonly PendingWrite[], torn: PendingWrite, unit: number, random: () => number): DiskState {
  const cut = unit * (1 + Math.floor(random() * (Math.ceil(torn.length / unit) - 1)));
  const part = random() < 0.5 ? { from: 0, to: cut } : { from: cut, to: torn.length };
  const inOrder = random() < 0.5;
  return pending.flatMap((each) => {
    if (each === torn) return [{ number: each.number, ...part }];
    const there = inOrder ? each.number < torn.number : random() < 0.5;
    return there ? [wholeOf(each)] : [];
  });
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.toSorted((a, b) => a.key - b.key).map(({ item }) => item);
}
