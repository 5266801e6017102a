import type { WriteReport } from "../atomic/index.ts";
import type { LockReport } from "../lock/index.ts";
import type { TransactionReport } from "../transaction/index.ts";
import type { RefusalReport } from "../protocol/index.ts";
import type { RecoverReport } from "../recovery/index.ts";
import type { UpdateReport } from "../update/index.ts";

/** The metrics: name, what it is, and what it counts. Paths are no labels: there may be any number of them. */
export const metrics = {
  untorn_writes_total: ["counter", "Replaces, appends, removals and renames, by outcome and durability."],
  untorn_write_seconds: ["histogram", "Time of a write, by operation and durability."],
  untorn_write_phase_seconds: ["histogram", "Time of a write's phases, by operation, durability and phase."],
  untorn_write_bytes_total: ["counter", "Bytes of content written."],
  untorn_write_retries_total: ["counter", "Replaces that had to be tried again."],
  untorn_updates_total: ["counter", "Updates (read, change, save), by outcome."],
  untorn_update_seconds: ["histogram", "Time of an update, with the wait for its lock."],
  untorn_update_conflicts_total: [
    "counter",
    "Updates that were run again because a writer without a lock had come in between.",
  ],
  untorn_transactions_total: ["counter", "Transactions, by outcome and durability."],
  untorn_transaction_seconds: ["histogram", "Time of a transaction, with its function, by durability."],
  untorn_transaction_files_total: ["counter", "Files that transactions wrote or removed."],
  untorn_transaction_conflicts_total: [
    "counter",
    "Transactions that were run again because somebody else came in between.",
  ],
  untorn_locks_total: ["counter", "Locks, by outcome."],
  untorn_lock_wait_seconds: ["histogram", "Time that a call waited for a lock, by outcome."],
  untorn_lock_hold_seconds: ["histogram", "Time that a lock was held."],
  untorn_recoveries_total: ["counter", "Actions of recoveries, by kind and outcome."],
  untorn_refusals_total: ["counter", "Calls that failed, by operation and code."],
} as const satisfies Record<string, readonly ["counter" | "histogram", string]>;

/** The names of the metrics. */
export type MetricName = keyof typeof metrics;

/** What tells the series of a metric apart. */
export type Labels = Readonly<Record<string, string>>;

/** One number that an event tells. Times are in seconds. */
export interface Measurement {
  readonly name: MetricName;
  readonly value: number;
  readonly labels: Labels;
}

/** What each channel's messages tell. */
export const channels: Readonly<Record<string, (message: never) => Measurement[]>> = {
  "untorn:write": (report: WriteReport) => {
    const { operation, durability, outcome, bytes, durationMs, phases, attempts } = report;
    const found: Measurement[] = [
      { name: "untorn_writes_total", value: 1, labels: { operation, outcome, durability } },
      { name: "untorn_write_seconds", value: durationMs / 1000, labels: { operation, durability } },
    ];
    for (const [phase, ms] of Object.entries(phases)) {
      const labels = { operation, durability, phase };
      if (ms > 0) found.push({ name: "untorn_write_phase_seconds", value: ms / 1000, labels });
    }
    if (outcome === "written" && bytes > 0)
      found.push({ name: "untorn_write_bytes_total", value: bytes, labels: { operation } });
    if (attempts > 1) found.push({ name: "untorn_write_retries_total", value: attempts - 1, labels: {} });
    return found;
  },
  "untorn:update": ({ outcome, durationMs, conflicts }: UpdateReport): Measurement[] => [
    { name: "untorn_updates_total", value: 1, labels: { outcome } },
    { name: "untorn_update_seconds", value: durationMs / 1000, labels: {} },
    ...(conflicts > 0 ? [{ name: "untorn_update_conflicts_total", value: conflicts, labels: {} } as const] : []),
  ],
  "untorn:transaction": ({ outcome, durability, durationMs, written, removed, attempts }: TransactionReport) => {
    const files = (change: string, value: number): Measurement[] =>
      value > 0 ? [{ name: "untorn_transaction_files_total", value, labels: { change } }] : [];
    const again = Math.max(0, attempts - 1);
    return [
      { name: "untorn_transactions_total", value: 1, labels: { outcome, durability } },
      { name: "untorn_transaction_seconds", value: durationMs / 1000, labels: { durability } },
      ...files("written", written),
      ...files("removed", removed),
      ...(again > 0 ? [{ name: "untorn_transaction_conflicts_total", value: again, labels: {} } as const] : []),
    ];
  },
  "untorn:lock": ({ outcome, waitMs, holdMs }: LockReport) => {
    const total: Measurement = { name: "untorn_locks_total", value: 1, labels: { outcome } };
    if (holdMs !== undefined) return [total, { name: "untorn_lock_hold_seconds", value: holdMs / 1000, labels: {} }];
    return [total, { name: "untorn_lock_wait_seconds", value: waitMs / 1000, labels: { outcome } }];
  },
  "untorn:recover": ({ kind, outcome }: RecoverReport): Measurement[] => [
    { name: "untorn_recoveries_total", value: 1, labels: { kind, outcome } },
  ],
  "untorn:refuse": ({ operation, code }: RefusalReport): Measurement[] => [
    { name: "untorn_refusals_total", value: 1, labels: { operation, code } },
  ],
};
