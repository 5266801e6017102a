import { inspect } from "node:util";
import { assert, property as given, uint8Array } from "fast-check";

/** Decisions drawn from random bytes: generators become plain code, and shrinking the bytes shrinks the case. */
export class Choices {
  readonly #bytes: Uint8Array;
  #next = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** 0 to `limit` - 1; 0 once the bytes are used up. */
  below(limit: number): number {
    return (this.#bytes[this.#next++] ?? 0) % limit;
  }

  chance(percent: number): boolean {
    return this.below(100) >= 100 - percent;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** The next decisions, for somebody else. */
  take(count: number): Choices {
    const taken = new Choices(this.#bytes.subarray(this.#next, this.#next + count));
    this.#next += count;
    return taken;
  }

  get left(): number {
    return Math.max(this.#bytes.length - this.#next, 0);
  }
}

/** The seed of this run: UNTORN_SEED repeats one that failed. */
export const seed = Number(process.env["UNTORN_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** Runs `check` on random decisions, in slices so that a test-runner timeout can act between them. */
export function property(
  name: string,
  cases: number,
  maxBytes: number,
  check: (choices: Choices, note: (facts: object) => void) => void,
): void {
  const bytes = uint8Array({ minLength: Math.min(24, maxBytes), maxLength: maxBytes, size: "max" });
  console.log(`${name}: ${cases} cases, UNTORN_SEED=${seed}`);
  // Many cases end in an error on purpose, and a stack for each would take most of the time.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  assert(
    given(bytes, (array) => {
      let facts: object = {};
      try {
        check(new Choices(array), (more) => (facts = { ...facts, ...more }));
      } catch (error) {
        throw new Error(`${String(error)}\n${inspect(facts, { depth: 20 })}`, { cause: error });
      }
    }),
    { seed, numRuns: cases, includeErrorInReport: true },
  );
  Error.stackTraceLimit = limit;
}
