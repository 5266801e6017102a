import type { FilesystemName } from "./filesystems.ts";
import type { Effort } from "./states.ts";
import type { Fault } from "./untorn.ts";
import type { WorkloadName } from "./workloads/index.ts";

/** One recording and its exploration: a row of the table. */
export interface Cell {
  readonly filesystem: FilesystemName;
  readonly workload: WorkloadName;
  readonly fault: Fault;
  /** Whether the power is cut during the calls, or once more during the recovery from that. */
  readonly during: "calls" | "recovery";
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
  /** So many recoveries are recorded of a cell that is about recovery, on these filesystems. */
  readonly recoveries: number;
  readonly recoveredOn: readonly FilesystemName[];
  /** Every cell with so many seeds. */
  readonly rounds: number;
}

const sound: readonly FilesystemName[] = ["ext4", "ext4-noauto", "ext4-writeback", "ext4-journal", "xfs", "btrfs"];

export const amounts: Readonly<Record<"quick" | "long", Amount>> = {
  quick: {
    versions: 3,
    effort: { exhaustive: 3, random: 3, torn: 2, limit: 6 },
    verifyEvery: 0,
    delayUs: 0,
    recoveries: 2,
    recoveredOn: ["ext4", "xfs", "btrfs"],
    rounds: 1,
  },
  long: {
    versions: 9,
    effort: { exhaustive: 6, random: 30, torn: 20, limit: 60 },
    verifyEvery: 200,
    delayUs: 200,
    recoveries: 20,
    recoveredOn: sound,
    rounds: 1,
  },
};

const everyWorkload: readonly WorkloadName[] = ["write", "create", "update", "append", "transaction", "item"];

/** The library as it is, on every filesystem; then what must be found out. */
export function cellsOf(amount: Amount, seed: number): Cell[] {
  const cells: Cell[] = [];
  const right = { fault: "none", during: "calls", expect: "good" } as const;
  for (let round = 0; round < amount.rounds; round += 1) {
    for (const filesystem of sound) {
      for (const workload of everyWorkload) {
        cells.push({ ...right, filesystem, workload, seed: seed + round });
      }
      if (!amount.recoveredOn.includes(filesystem)) continue;
      cells.push({ ...right, filesystem, workload: "transaction", during: "recovery", seed: seed + round });
    }
  }
  const wrong = { during: "calls", expect: "damage", seed } as const;
  for (const filesystem of ["ext4", "xfs", "btrfs"] as const) {
    cells.push({ ...wrong, filesystem, workload: "create", fault: "no-file-sync" });
    cells.push({ ...wrong, filesystem, workload: "write", fault: "no-directory-sync" });
    cells.push({ ...wrong, filesystem, workload: "transaction", fault: "no-file-sync" });
    cells.push({ ...wrong, filesystem, workload: "transaction", fault: "no-recovery" });
    cells.push({ ...wrong, filesystem, workload: "item", fault: "no-recovery" });
  }
  cells.push({ ...wrong, filesystem: "ext4-nobarrier", workload: "write", fault: "none" });
  return cells;
}

/** What a cell is called on the command line. */
export function nameOf({ filesystem, workload, fault, during }: Cell): string {
  const parts = [
    filesystem,
    workload,
    ...(during === "recovery" ? [during] : []),
    ...(fault === "none" ? [] : [fault]),
  ];
  return parts.join("/");
}
