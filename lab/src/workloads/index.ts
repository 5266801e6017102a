import { appendRecords } from "./append.ts";
import { create, update, write } from "./files.ts";
import { item } from "./item.ts";
import { transaction } from "./transaction.ts";
import type { Workload } from "./workload.ts";

export const workloads = { write, create, update, append: appendRecords, transaction, item } as const satisfies Record<
  string,
  Workload
>;

export type WorkloadName = keyof typeof workloads;
export type { Damage, Place, Workload } from "./workload.ts";
