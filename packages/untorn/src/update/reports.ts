import { channel } from "node:diagnostics_channel";
import { isUntornError } from "../platform/index.ts";
import type { ErrorCode } from "../platform/index.ts";
import { publishRefusal } from "../protocol/index.ts";

/** What subscribers of the `untorn:update` channel (node:diagnostics_channel) get when an update has ended. */
export interface UpdateReport {
  readonly path: string;
  /** `unchanged`: the function returned what was there. */
  readonly outcome: "updated" | "unchanged" | "failed";
  /** How often a writer without a lock had changed the file in between, so that the function was run again. */
  readonly conflicts: number;
  /** With the wait for the lock. */
  readonly durationMs: number;
  readonly code: ErrorCode | undefined;
}

const updates = channel("untorn:update");

export function reportUpdate(
  path: string,
  started: number,
  conflicts: number,
  outcome: UpdateReport["outcome"],
  error: unknown,
): void {
  if (error !== undefined) publishRefusal("update", error);
  if (!updates.hasSubscribers) return;
  const code = isUntornError(error) ? error.code : undefined;
  const report: UpdateReport = { path, outcome, conflicts, durationMs: performance.now() - started, code };
  updates.publish(report);
}
