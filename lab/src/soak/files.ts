/** How many files there are of each kind; some 200 in all. What is done with them is in `operations.ts`. */
export const counts = {
  counter: 50,
  log: 30,
  whole: 50,
  group: 10,
  key: 10,
  kept: 10,
  locked: 10,
  passing: 10,
} as const;

/** Every file of a group changes together with the others. */
export const groupSize = 5;

export const fileOf = {
  counter: (n: number) => `counters/${n}.json`,
  log: (n: number) => `logs/${n}.jsonl`,
  whole: (n: number) => `whole/${n}.txt`,
  group: (n: number, part: number) => `groups/${n}/${part % 2 === 0 ? "even/" : ""}${part}.json`,
  key: (n: number) => `store/${n % 3}/${n}.json`,
  kept: (n: number) => `kept/${n}.txt`,
  locked: (n: number) => `locked/${n}.json`,
  passing: (n: number) => `passing/${n}.txt`,
} as const;

/** Every file that is there from the beginning to the end, by its path: all but what is passing. */
export function lastingFiles(): string[] {
  const kinds = ["counter", "log", "whole", "key", "kept", "locked"] as const;
  const single = kinds.flatMap((kind) => Array.from({ length: counts[kind] }, (_, n) => fileOf[kind](n)));
  const grouped = Array.from({ length: counts.group * groupSize }, (_, at) =>
    fileOf.group(Math.floor(at / groupSize), at % groupSize),
  );
  return [...single, ...grouped];
}
