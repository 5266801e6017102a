import { Digits } from "./digits.ts";
import { Pool } from "./pool.ts";

/** What an alignment may ask about the two lists. */
export interface Lists {
  readonly oldLength: number;
  /** An old element's value, if it can be had cheaply. */
  readonly old: (i: number) => unknown;
  readonly fresh: readonly unknown[];
  /** Whether old element `i` means new element `j`. */
  readonly equal: (i: number, j: number) => boolean;
  /** What is left alone if it moved (its text goes to its new place), and not made into another element. */
  readonly moves?: "all" | "objects and lists";
}

/** Old element, new element, and whether they are known to be equal. */
export interface Match {
  readonly old: number;
  readonly fresh: number;
  readonly equal: boolean;
}

/** Elements whose text is longer are not fingerprinted: nested arrays of arrays would be read once per level. */
export const FINGERPRINT_LIMIT = 16_384;

/**
 * Which old element becomes which new one, both rising. Equal ones first (from the end, then by content), then those
 * with the same `id`, `name` or `key`, then in order. An element that moved keeps its bytes this way, also when others
 * went or came (a list cut to its last 50 entries).
 */
export function align(lists: Lists): Match[] {
  const { old, fresh, equal } = lists;
  let oldEnd = lists.oldLength;
  let freshEnd = fresh.length;
  const middle: Match[] = [];
  let start = 0;
  // What differs in front may be no more than an object with a repeated name, which one pass cannot judge.
  while (start < oldEnd && start < freshEnd && equal(start, start))
    middle.push({ old: start, fresh: start++, equal: true });
  const suffix: Match[] = [];
  while (oldEnd > start && freshEnd > start && equal(oldEnd - 1, freshEnd - 1)) {
    suffix.push({ old: --oldEnd, fresh: --freshEnd, equal: true });
  }
  // A list that lost a few at its front (the newest N are kept) needs no fingerprints.
  let from = start;
  for (const skip of [1, 2, 3, 4, 5, 6, 7, 8]) {
    if (from !== start || start + skip >= oldEnd || start >= freshEnd) break;
    for (let i = start + skip, j = start; i < oldEnd && j < freshEnd && equal(i, j); from = ++i) {
      middle.push({ old: i, fresh: j++, equal: true });
    }
  }
  const to = from === start ? start : (middle.at(-1)?.fresh ?? 0) + 1;
  if (oldEnd > from + 1 || freshEnd > to + 1) {
    const oldKeys = keysOf(from, oldEnd, old);
    const freshKeys = keysOf(to, freshEnd, (j) => fresh[j]);
    const anchors = rising(oldKeys.content, freshKeys.content, from, oldEnd, to, freshEnd)
      .filter(([i, j]) => equal(i, j))
      .map(([i, j]) => ({ old: i, fresh: j, equal: true }));
    const away = lists.moves === undefined ? undefined : moved(lists, oldKeys.content, freshKeys.content, anchors);
    // What moves with its text needs no partner, and so keeps none from one that moved and changed.
    const oldNames = oldKeys.identity.map((name, i) => (away?.old.has(i) === true ? undefined : name));
    const freshNames = freshKeys.identity.map((name, j) => (away?.fresh.has(j) === true ? undefined : name));
    const byName = (i0: number, i1: number, j0: number, j1: number) => {
      const named = rising(oldNames, freshNames, i0, i1, j0, j1);
      const pairs = named.map(([i, j]) => ({ old: i, fresh: j, equal: false }));
      between(pairs, i1, j1, middle, (a0, a1, b0, b1) => inOrder(a0, a1, b0, b1, middle, away), i0, j0);
    };
    between(anchors, oldEnd, freshEnd, middle, byName, from, to);
  } else {
    inOrder(from, oldEnd, to, freshEnd, middle);
  }
  return [...middle, ...suffix.toReversed()];
}

/** Puts the anchors into `out`, and calls `fill` for each stretch between them. */
function between(
  anchors: readonly Match[],
  oldEnd: number,
  freshEnd: number,
  out: Match[],
  fill: (i0: number, i1: number, j0: number, j1: number) => void,
  oldStart: number,
  freshStart: number,
): void {
  let i = oldStart;
  let j = freshStart;
  for (const anchor of anchors) {
    fill(i, anchor.old, j, anchor.fresh);
    out.push(anchor);
    i = anchor.old + 1;
    j = anchor.fresh + 1;
  }
  fill(i, oldEnd, j, freshEnd);
}

function inOrder(i0: number, i1: number, j0: number, j1: number, out: Match[], away?: Moved): void {
  for (let i = i0, j = j0; i < i1 && j < j1;) {
    if (away?.old.has(i) === true) i++;
    else if (away?.fresh.has(j) === true) j++;
    else out.push({ old: i++, fresh: j++, equal: false });
  }
}

/** Elements that are still there, but not in the old order. */
interface Moved {
  readonly old: ReadonlySet<number>;
  readonly fresh: ReadonlySet<number>;
}

function moved(
  { moves, equal }: Lists,
  oldKeys: Keys["content"],
  freshKeys: Keys["content"],
  anchors: readonly Match[],
): Moved {
  const pool = new Pool<number>();
  const isIn = new Set(anchors.map((anchor) => anchor.fresh));
  freshKeys.forEach((key, j) => {
    if (!isIn.has(j) && (moves === "all" || /^[{[]/.test(key ?? ""))) pool.add(key, j);
  });
  const away = { old: new Set<number>(), fresh: new Set<number>() };
  const wasIn = new Set(anchors.map((anchor) => anchor.old));
  oldKeys.forEach((key, i) => {
    const j = wasIn.has(i) ? undefined : pool.take(key, (at) => equal(i, at));
    if (j === undefined) return;
    away.old.add(i);
    away.fresh.add(j);
  });
  return away;
}

interface Keys {
  readonly content: readonly (string | undefined)[];
  readonly identity: readonly (string | undefined)[];
}

function keysOf(start: number, end: number, read: (i: number) => unknown): Keys {
  const content: (string | undefined)[] = Array.from({ length: start });
  const identity: (string | undefined)[] = Array.from({ length: start });
  for (let i = start; i < end; i++) {
    let key: string | undefined;
    let name: string | undefined;
    try {
      const value = read(i);
      key = fingerprint(value);
      name = identityOf(value);
    } catch {
      // A value that cannot be saved is found, and named, when it is compared.
    }
    content.push(key);
    identity.push(name);
  }
  return { content, identity };
}

/**
 * What a value looks like down to four levels and a hundred members: enough to find candidates, which are then compared
 * in full. Bounded, because JSON.stringify takes quadratic time on deep nesting (its check for cycles).
 */
export function fingerprint(value: unknown, budget = { left: 100 }, depth = 4): string | undefined {
  if (typeof value === "string") return `string:${value}`;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return `${value}`;
  if (value === null) return "null";
  if (typeof value !== "object") return undefined;
  if (depth === 0 || budget.left <= 0) return "...";
  const keys = Object.keys(value);
  let print = `${Array.isArray(value) ? "[" : "{"}${keys.length}`;
  for (const key of keys) {
    if (budget.left-- <= 0) break;
    print += `,${key}=${fingerprint((value as Record<string, unknown>)[key], budget, depth - 1)}`;
  }
  return print;
}

function identityOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  for (const name of ["id", "name", "key"]) {
    const own = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    if (typeof own === "string" || typeof own === "number") return `${name}=${JSON.stringify(own)}`;
    if (own instanceof Digits) return `${name}=${own.canonical}`;
  }
  return undefined;
}

/** The longest rising sequence of pairs with equal keys (patience: n log n); each new element is offered once. */
function rising(
  oldKeys: readonly (string | undefined)[],
  freshKeys: readonly (string | undefined)[],
  i0: number,
  i1: number,
  j0: number,
  j1: number,
): [number, number][] {
  const places = new Map<string, number[]>();
  for (let j = j1 - 1; j >= j0; j--) {
    const key = freshKeys[j];
    if (key === undefined) continue;
    const list = places.get(key);
    if (list === undefined) places.set(key, [j]);
    else list.push(j);
  }
  const pairs: [number, number][] = [];
  for (let i = i0; i < i1; i++) {
    const key = oldKeys[i];
    const j = key === undefined ? undefined : places.get(key)?.pop();
    if (j !== undefined) pairs.push([i, j]);
  }
  return longestRising(pairs);
}

function longestRising(pairs: readonly [number, number][]): [number, number][] {
  const tails: number[] = [];
  const previous: number[] = [];
  pairs.forEach(([, j], at) => {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[tails[middle] ?? 0]?.[1] ?? 0) < j) low = middle + 1;
      else high = middle;
    }
    previous.push(low === 0 ? -1 : (tails[low - 1] ?? -1));
    tails[low] = at;
  });
  const out: [number, number][] = [];
  for (let at = tails.at(-1) ?? -1; at !== -1; at = previous[at] ?? -1) out.push(pairs[at] as [number, number]);
  return out.toReversed();
}
