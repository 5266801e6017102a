import type { FilesystemName } from "./filesystems.ts";
import type { Effort } from "./states.ts";
import type { Fault } from "./untorn.ts";
import type { WorkloadName } from "./workloads/index.ts";

/** One recording and its exploration: a row of the table. */
export interface Cell {
  readonly filesystem: FilesystemName;
  readonly workload: WorkloadName;
  readonly fault: Fault;
  /** `damage`: the laboratory proves here that it sees something, and the row is wrong if nothing is found. */
  readonly expect: "good" | "damage";
  readonly seed: number;
}

/** How much is tried of each cell. */
export interface Amount {
  readonly versions: number;
  readonly effort: Effort;
  readonly verifyEvery: number;
  /** How long a write of the recorded disk takes, in microseconds; the more, the more flushes do not cover. */
  readonly delayUs: number;
  /** Every cell with so many seeds. */
  readonly rounds: number;
}

export const amounts: Readonly<Record<"quick" | "long", Amount>> = {
  quick: {
    versions: 3,
    effort: { exhaustive: 3, random: 3, torn: 2, limit: 6 },
    verifyEvery: 0,
    delayUs: 0,
    rounds: 1,
  },
  long: {
    versions: 9,
    effort: { exhaustive: 6, random: 30, torn: 20, limit: 60 },
    verifyEvery: 200,
    delayUs: 200,
    rounds: 2,
  },
};

const sound: readonly FilesystemName[] = ["ext4", "ext4-noauto", "ext4-writeback", "ext4-journal", "xfs", "btrfs"];
const everyWorkload: readonly WorkloadName[] = ["write", "create", "update", "append", "transaction"];

/** The library as it is, on every filesystem; then what must be found out. */
export function cellsOf(amount: Amount, seed: number): Cell[] {
  const cells: Cell[] = [];
  for (let round = 0; round < amount.rounds; round += 1) {
    for (const filesystem of sound) {
      for (const workload of everyWorkload) {
        cells.push({ filesystem, workload, fault: "none", expect: "good", seed: seed + round });
      }
    }
  }
  const wrong = { expect: "damage", seed } as const;
  for (const filesystem of ["ext4", "xfs", "btrfs"] as const) {
    cells.push({ ...wrong, filesystem, workload: "create", fault: "no-file-sync" });
    cells.push({ ...wrong, filesystem, workload: "write", fault: "no-directory-sync" });
    cells.push({ ...wrong, filesystem, workload: "transaction", fault: "no-file-sync" });
  }
  cells.push({ ...wrong, filesystem: "ext4-nobarrier", workload: "write", fault: "none" });
  return cells;
}
