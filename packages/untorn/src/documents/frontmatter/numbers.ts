import { isDeepStrictEqual } from "node:util";
import { align } from "../align.ts";
import { Digits } from "../digits.ts";
import { put } from "./plain.ts";
import type { Data } from "./read.ts";

/** A value of the frontmatter: as JavaScript reads it, and with the digits that a double cannot hold. */
export interface Pair {
  readonly read: unknown;
  readonly exact: unknown;
}

/**
 * Gives numbers their digits back: those of the value at the same place, or, for what moved, those of the one number in the frontmatter
 * that reads as this double. A BigInt is the integer that it is. Where two numbers read as the same double and the place does not
 * tell which is meant, `ambiguous` is thrown.
 */
export class DigitsBack {
  readonly #known = new Map<number, Digits | "exact" | "several">();
  readonly #ambiguous: (value: number) => Error;
  /** Whether any number in the old frontmatter is one that a double cannot hold. */
  readonly #needed: boolean;

  constructor(exact: unknown, ambiguous: (value: number) => Error) {
    this.#ambiguous = ambiguous;
    this.#needed = someDigits(exact);
    if (this.#needed) this.#learn(exact);
  }

  /** `fresh`, which is to stand where `old` is. */
  of(fresh: unknown, old: Pair | undefined): unknown {
    if (typeof fresh === "bigint") {
      const value = Number(fresh);
      return BigInt(value) === fresh && Number.isSafeInteger(value) ? value : new Digits(String(fresh));
    }
    if (old !== undefined && this.#needed && isDeepStrictEqual(fresh, old.read)) return old.exact;
    if (typeof fresh === "number") return this.#moved(fresh);
    if (typeof fresh !== "object" || fresh === null || fresh instanceof Digits) return fresh;
    if (Array.isArray(fresh)) return this.#list(fresh, old);
    const copy = {};
    for (const [key, item] of Object.entries(fresh)) put(copy, key, this.of(item, member(old, key)));
    return copy;
  }

  #list(fresh: readonly unknown[], old: Pair | undefined): unknown[] {
    const read: readonly unknown[] = Array.isArray(old?.read) ? (old.read as unknown[]) : [];
    const places = new Map<number, number>();
    if (this.#needed) {
      const equal = (i: number, j: number): boolean => isDeepStrictEqual(read[i], fresh[j]);
      for (const match of align({ oldLength: read.length, old: (i) => read[i], fresh, equal })) {
        // Of elements that are not the same any more only the place can tell, and only where none went or came.
        if (match.equal || (match.old === match.fresh && read.length === fresh.length)) {
          places.set(match.fresh, match.old);
        }
      }
    }
    return fresh.map((item, at) => {
      const place = places.get(at);
      return this.of(item, place === undefined ? undefined : member(old, String(place)));
    });
  }

  #moved(value: number): number | Digits {
    const known = this.#known.get(value);
    if (known === undefined || known === "exact") return value;
    if (known === "several") throw this.#ambiguous(value);
    return known;
  }

  #learn(exact: unknown): void {
    if (typeof exact === "number" || exact instanceof Digits) {
      const value = typeof exact === "number" ? exact : exact.toJSON();
      // What is too small for a double reads as 0, and a plain 0 must stay one.
      if (value === 0) return;
      const mine = exact instanceof Digits ? exact : "exact";
      const known = this.#known.get(value) ?? mine;
      this.#known.set(value, isDeepStrictEqual(known, mine) ? known : "several");
    } else if (typeof exact === "object" && exact !== null) {
      for (const item of Object.values(exact)) this.#learn(item);
    }
  }
}

function member(old: Pair | undefined, key: string): Pair | undefined {
  const { read, exact } = old ?? {};
  if (typeof read !== "object" || read === null || !Object.hasOwn(read, key)) return undefined;
  return { read: (read as Data)[key], exact: (exact as Data)[key] };
}

function someDigits(value: unknown): boolean {
  if (value instanceof Digits) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(someDigits);
}

/** The value with its integers as BigInts where a double cannot hold them, and its other numbers as JavaScript reads them. */
export function withBigInts(exact: unknown): unknown {
  if (exact instanceof Digits) return exact.toBigInt() ?? exact.toJSON();
  if (typeof exact !== "object" || exact === null) return exact;
  if (Array.isArray(exact)) return exact.map(withBigInts);
  const copy = {};
  for (const [key, item] of Object.entries(exact)) put(copy, key, withBigInts(item));
  return copy;
}
