import { isDeepStrictEqual } from "node:util";

/**
 * A schema may drop the fields that it does not know, and turn others into something else (text into a Date). So a
 * document is kept in three forms: `raw`, what the file says; `seen`, what the schema made of it; and the draft that is
 * handed out, of which it is remembered which raw and seen value each of its objects stands for.
 */
interface Origin {
  readonly raw: unknown;
  readonly seen: unknown;
}

/** What every object in a draft came from, so that it is found again wherever it is moved. */
export class Origins {
  readonly #origins = new WeakMap<object, Origin>();

  constructor(raw: unknown, seen: unknown, draft: unknown) {
    this.#note(raw, seen, draft);
  }

  /** The value to be saved for a new value: what did not change as the file says it, with the fields the schema dropped. */
  carryOver(raw: unknown, seen: unknown, next: unknown): unknown {
    if (isDeepStrictEqual(seen, next)) return raw;
    if (Array.isArray(next))
      return Array.isArray(raw) && Array.isArray(seen) ? this.#list(raw, seen, next) : this.#new(next);
    if (!isPlain(next)) return next;
    if (!isPlain(raw) || !isPlain(seen)) return this.#new(next);
    const kept = Object.entries(raw).filter(([key]) => !Object.hasOwn(seen, key) && !Object.hasOwn(next, key));
    const members = Object.entries(next).map(([key, value]): [string, unknown] => {
      const known = Object.hasOwn(raw, key) && Object.hasOwn(seen, key);
      return [key, known ? this.carryOver(raw[key], seen[key], value) : this.#new(value)];
    });
    return Object.fromEntries([...members, ...kept]);
  }

  #note(raw: unknown, seen: unknown, draft: unknown): void {
    if (typeof draft !== "object" || draft === null) return;
    this.#origins.set(draft, { raw, seen });
    if (Array.isArray(raw) && Array.isArray(seen) && Array.isArray(draft)) {
      for (const [index, each] of draft.entries()) this.#note(raw[index], seen[index], each);
    } else if (isPlain(raw) && isPlain(seen) && isPlain(draft)) {
      for (const [key, each] of Object.entries(draft))
        if (Object.hasOwn(raw, key)) this.#note(raw[key], seen[key], each);
    }
  }

  /** A value in a place that was not there: it may hold objects that were elsewhere. */
  #new(next: unknown): unknown {
    const origin = typeof next === "object" && next !== null ? this.#origins.get(next) : undefined;
    if (origin !== undefined) return this.carryOver(origin.raw, origin.seen, next);
    if (Array.isArray(next)) return next.map((each) => this.#new(each));
    if (!isPlain(next)) return next;
    return Object.fromEntries(Object.entries(next).map(([key, value]) => [key, this.#new(value)]));
  }

  /** An element is known by identity; a copy of one by its `id`, `key` or `name`, or by its place if none came or went. */
  #list(raw: readonly unknown[], seen: readonly unknown[], next: readonly unknown[]): unknown[] {
    return next.map((each, index) => {
      if (typeof each === "object" && each !== null && this.#origins.has(each)) return this.#new(each);
      const named = placeByName(seen, each);
      const place = named ?? (next.length === seen.length && !hasName(each) ? index : undefined);
      return place === undefined ? this.#new(each) : this.carryOver(raw[place], seen[place], each);
    });
  }
}

const names = ["id", "key", "name"] as const;

function hasName(value: unknown): boolean {
  return isPlain(value) && names.some((name) => Object.hasOwn(value, name));
}

function placeByName(list: readonly unknown[], value: unknown): number | undefined {
  if (!isPlain(value)) return undefined;
  const name = names.find((each) => Object.hasOwn(value, each));
  if (name === undefined) return undefined;
  const places = [...list.keys()].filter((index) => {
    const each = list[index];
    return isPlain(each) && Object.hasOwn(each, name) && each[name] === value[name];
  });
  return places.length === 1 ? places[0] : undefined;
}

export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
