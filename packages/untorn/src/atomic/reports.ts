import { channel } from "node:diagnostics_channel";
import { isUntornError } from "../platform/index.ts";
import type { ErrorCode } from "../platform/index.ts";
import { publishRefusal, refusalsAreHeard } from "../protocol/index.ts";
import type { Effect, Protocol } from "../protocol/index.ts";
import type { Durability } from "./options.ts";

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
  /** `replace`: a whole file (`writeFile`, an update). `append`: lines at the end of a log. */
  readonly operation: "replace" | "append" | "remove" | "rename";
  readonly path: string;
  /** `unchanged`: it had this content already (`skipUnchanged`), or there was nothing to remove or rename. */
  readonly outcome: "written" | "unchanged" | "failed";
  readonly durability: Durability;
  /** What was written: of a log only what was appended, of a removal nothing. */
  readonly bytes: number;
  readonly durationMs: number;
  readonly phases: PhaseTimes;
  /** Replaces tried; more than 1 only on Windows. */
  readonly attempts: number;
  readonly code: ErrorCode | undefined;
}

const writes = channel("untorn:write");

/** What a write has come to, as far as its receipt tells. */
type Written = Pick<WriteReport, "bytes" | "attempts"> & { readonly path: string; readonly changed: boolean };

/** The same protocol, reported on when it ends; where nobody listens, the protocol itself. */
export function reportedWrite<T>(
  protocol: Protocol<T>,
  facts: Pick<WriteReport, "operation" | "path" | "durability">,
  written: (receipt: T) => Written,
): Protocol<T> {
  if (!writes.hasSubscribers && !refusalsAreHeard()) return protocol;
  return timed(protocol, (durationMs, phases, receipt, error) => {
    const code = isUntornError(error) ? error.code : undefined;
    const found = receipt === undefined ? undefined : written(receipt);
    const outcome = found === undefined ? "failed" : found.changed ? "written" : "unchanged";
    const { bytes = 0, attempts = 0, path = facts.path } = found ?? {};
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
