import { inspect } from "node:util";
import { assert as assertProperty, property as propertyOf, uint8Array } from "fast-check";

/** Decisions drawn from random bytes: a generator is plain code, and fast-check shrinks a case by shrinking the bytes. */
export class Choices {
  readonly #bytes: Uint8Array;
  #next = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** 0 to `limit` - 1; 0 once the bytes are used up. */
  below(limit: number): number {
    const byte = this.#bytes[this.#next++] ?? 0;
    return limit > 128 ? (byte * 256 + (this.#bytes[this.#next++] ?? 0)) % limit : byte % limit;
  }

  chance(percent: number): boolean {
    return this.below(100) >= 100 - percent;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

const seed = Number(process.env["UNTORN_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** Runs `check` on random decisions; UNTORN_SEED repeats a run. */
export function property(
  name: string,
  cases: number,
  check: (choices: Choices, note: (facts: object) => void) => void,
): void {
  console.log(`${name}: ${cases} cases, UNTORN_SEED=${seed}`);
  assertProperty(
    propertyOf(uint8Array({ minLength: 8, maxLength: 80, size: "max" }), (bytes) => {
      let facts: object = {};
      try {
        check(new Choices(bytes), (more) => (facts = { ...facts, ...more }));
      } catch (error) {
        throw new Error(`${String(error)}\n${inspect(facts, { depth: 9, maxStringLength: 4000 })}`, { cause: error });
      }
    }),
    { seed, numRuns: cases, includeErrorInReport: true },
  );
}
