import { channel } from "node:diagnostics_channel";
import { isUntornError } from "../platform/index.ts";
import type { ErrorCode, Outcome, Phase } from "../platform/index.ts";
import type { Protocol } from "./protocol.ts";

/** What subscribers of `untorn:refuse` get: a call that failed, and what is on disk. */
export interface RefusalReport {
  /** What refused: of calls within calls the innermost. */
  readonly operation: "read" | "write" | "lock" | "update" | "transaction" | "recover";
  readonly path: string;
  readonly code: ErrorCode;
  readonly phase: Phase;
  readonly outcome: Outcome;
}

const refusals = channel("untorn:refuse");

/** Whether somebody listens. */
export function refusalsAreHeard(): boolean {
  return refusals.hasSubscribers;
}

/** One error is one refusal, through however many calls it passes. */
const published = new WeakSet<object>();

/** Publishes a failure; costs one property look-up when nobody listens. */
export function publishRefusal(operation: RefusalReport["operation"], error: unknown): void {
  if (!refusals.hasSubscribers || !isUntornError(error) || published.has(error)) return;
  // That there is no such file is what a read may well be made to find out.
  if (operation === "read" && error.code === "UNTORN_NOT_FOUND") return;
  published.add(error);
  const { path, code, phase, outcome } = error;
  const report: RefusalReport = { operation, path, code, phase, outcome };
  refusals.publish(report);
}

/** The same protocol, whose failure is published as a refusal. */
export function refusing<T>(operation: RefusalReport["operation"], protocol: Protocol<T>): Protocol<T> {
  return refusals.hasSubscribers ? told(operation, protocol) : protocol;
}

function* told<T>(operation: RefusalReport["operation"], protocol: Protocol<T>): Protocol<T> {
  try {
    return yield* protocol;
  } catch (error) {
    publishRefusal(operation, error);
    throw error;
  }
}
