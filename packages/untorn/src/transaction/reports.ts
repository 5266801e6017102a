import { channel } from "node:diagnostics_channel";
import { isUntornError } from "../platform/index.ts";
import type { ErrorCode } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { TransactionReceipt } from "./commit.ts";
import type { TransactionRecovery } from "./recover.ts";

/** What subscribers of the `untorn:transaction` channel (node:diagnostics_channel) get when a transaction has ended. */
export interface TransactionReport {
  readonly root: string;
  /** `unchanged`: everything was as it should be already. `failed`: the error's `outcome` says what is on disk. */
  readonly outcome: "committed" | "unchanged" | "failed";
  readonly durability: "full" | "off";
  /** Files with new content, and files that are gone. */
  readonly written: number;
  readonly removed: number;
  readonly syncs: number;
  /** How often its function ran; 0 where it failed. */
  readonly attempts: number;
  /** From the root's lock to the end, with its function, milliseconds. */
  readonly durationMs: number;
  readonly code: ErrorCode | undefined;
}

const transactions = channel("untorn:transaction");
const recoveries = channel("untorn:recover");

/** The same protocol, reported on when it ends; where nobody listens, the protocol itself. */
export function reportedTransaction<T extends { readonly receipt: TransactionReceipt }>(
  protocol: Protocol<T>,
  facts: Pick<TransactionReport, "root" | "durability">,
): Protocol<T> {
  return transactions.hasSubscribers ? reported(protocol, facts) : protocol;
}

function* reported<T extends { readonly receipt: TransactionReceipt }>(
  protocol: Protocol<T>,
  facts: Pick<TransactionReport, "root" | "durability">,
): Protocol<T> {
  const started = performance.now();
  const tell = (rest: Pick<TransactionReport, "outcome" | "code">, receipt?: TransactionReceipt): void => {
    const [written, removed] = [receipt?.written.length ?? 0, receipt?.removed.length ?? 0];
    const { syncs = 0, attempts = 0 } = receipt ?? {};
    const durationMs = performance.now() - started;
    const report: TransactionReport = { ...facts, ...rest, written, removed, syncs, attempts, durationMs };
    transactions.publish(report);
  };
  try {
    const value = yield* protocol;
    const { written, removed } = value.receipt;
    const outcome = written.length + removed.length > 0 ? "committed" : "unchanged";
    tell({ outcome, code: undefined }, value.receipt);
    return value;
  } catch (error) {
    tell({ outcome: "failed", code: isUntornError(error) ? error.code : undefined });
    throw error;
  }
}

/** What a verdict means, for people. */
export const verdictMeans: Readonly<Record<TransactionRecovery["verdict"], string>> = {
  forward: "a committed transaction is completed",
  back: "a transaction that never committed is taken back",
  unfinished: "a transaction that never committed is taken back",
  over: "what is left of a transaction that has ended, or had not begun, is removed",
  torn: "the journal of a transaction is not whole, so it is set aside with what was staged",
  contradictory: "a transaction was interrupted and cannot be completed",
  newer: "a newer version of untorn left a transaction",
};

/** Tells subscribers of `untorn:recover` what was settled on the way to something else; `recover` reports its own actions. */
export function reportSettled(done: readonly TransactionRecovery[]): void {
  if (!recoveries.hasSubscribers) return;
  for (const { path, verdict, details } of done) {
    const reason = `${verdictMeans[verdict]} (${details.join("; ")})`;
    recoveries.publish({ kind: "settle", path, reason, outcome: "done" });
  }
}
