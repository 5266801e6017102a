import { channel } from "node:diagnostics_channel";
import { isUntornError } from "../platform/index.ts";
import type { ErrorCode, Outcome, Phase } from "../platform/index.ts";
import type { Effect, Protocol } from "../protocol/index.ts";
import type { Durability } from "./options.ts";
import type { Receipt } from "./receipt.ts";

/** Where the time of a write goes, milliseconds. */
export interface PhaseTimes {
  /** Looking up, creating, writing, metadata. */
  readonly stage: number;
  /** fsync of the file. */
  readonly sync: number;
  /** The replace itself. */
  readonly commit: number;
  /** fsync of directories. */
  readonly "sync-directory": number;
  /** Waiting: for the source of the data, or before another try. */
  readonly wait: number;
}

/** What subscribers of the `untorn:write` channel (node:diagnostics_channel) get when a write has ended. */
export interface WriteReport {
  readonly path: string;
  /** `unchanged`: it had this content already (`skipUnchanged`). */
  readonly outcome: "written" | "unchanged" | "failed";
  readonly durability: Durability;
  readonly bytes: number;
  readonly durationMs: number;
  readonly phases: PhaseTimes;
  /** Replaces tried; more than 1 only on Windows. */
  readonly attempts: number;
  readonly code: ErrorCode | undefined;
}

/** What subscribers of `untorn:refuse` get: a call that failed, and what is on disk. */
export interface RefusalReport {
  readonly operation: "write" | "update" | "recover";
  readonly path: string;
  readonly code: ErrorCode;
  readonly phase: Phase;
  readonly outcome: Outcome;
}

const writes = channel("untorn:write");
const refusals = channel("untorn:refuse");

/** One error is one refusal, through however many calls it passes. */
const told = new WeakSet<object>();

/** Publishes a failure; costs one property look-up when nobody listens. */
export function publishRefusal(operation: RefusalReport["operation"], error: unknown): void {
  if (!refusals.hasSubscribers || !isUntornError(error) || told.has(error)) return;
  told.add(error);
  const { path, code, phase, outcome } = error;
  const report: RefusalReport = { operation, path, code, phase, outcome };
  refusals.publish(report);
}

/** The same protocol, reported on when it ends; where nobody listens, the protocol itself. */
export function reportedWrite(
  protocol: Protocol<Receipt>,
  facts: { readonly path: string; readonly durability: Durability },
): Protocol<Receipt> {
  if (!writes.hasSubscribers && !refusals.hasSubscribers) return protocol;
  return timed(protocol, (durationMs, phases, receipt, error) => {
    const code = isUntornError(error) ? error.code : undefined;
    const outcome = receipt === undefined ? "failed" : receipt.changed ? "written" : "unchanged";
    const { bytes = 0, attempts = 0, path = facts.path } = receipt ?? {};
    const report: WriteReport = { ...facts, path, outcome, bytes, durationMs, phases, attempts, code };
    writes.publish(report);
    if (error !== undefined) publishRefusal("write", error);
  });
}

type PhaseName = keyof PhaseTimes;

const phaseOf: Readonly<Partial<Record<Effect["verb"], PhaseName>>> = {
  fsync: "sync",
  syncDirectory: "sync-directory",
  rename: "commit",
  link: "commit",
  pause: "wait",
  pull: "wait",
};

/** Passes every effect on and takes the time that the driver needs for it. */
function* timed<T>(
  protocol: Protocol<T>,
  end: (durationMs: number, phases: PhaseTimes, value: T | undefined, error: unknown) => void,
): Protocol<T> {
  const phases: Record<PhaseName, number> = { stage: 0, sync: 0, commit: 0, "sync-directory": 0, wait: 0 };
  const started = performance.now();
  try {
    let step = protocol.next();
    while (step.done !== true) {
      const began = performance.now();
      const phase = phaseOf[step.value.verb] ?? "stage";
      let value: unknown;
      try {
        value = yield step.value;
      } catch (error) {
        phases[phase] += performance.now() - began;
        step = protocol.throw(error);
        continue;
      }
      phases[phase] += performance.now() - began;
      step = protocol.next(value);
    }
    end(performance.now() - started, phases, step.value, undefined);
    return step.value;
  } catch (error) {
    end(performance.now() - started, phases, undefined, error ?? new Error("unknown"));
    throw error;
  }
}
