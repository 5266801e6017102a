import { channel } from "node:diagnostics_channel";

/** What subscribers of the `untorn:lock` channel (node:diagnostics_channel) get, once per acquisition and once per release. */
export interface LockReport {
  readonly outcome: "acquired" | "timed-out" | "aborted" | "failed" | "released" | "lost";
  /** The locked file, symbolic links followed. */
  readonly path: string;
  readonly shared: boolean;
  readonly purpose: string | undefined;
  /** From the call to its end, milliseconds; of a release: what the acquisition had taken. */
  readonly waitMs: number;
  /** From having it to giving it up, milliseconds; only of a release, also of one that `failed`: then its record may stand. */
  readonly holdMs?: number;
}

const reports = channel("untorn:lock");

/** Costs one property look-up when nobody listens. */
export function report(make: () => LockReport): void {
  if (reports.hasSubscribers) reports.publish(make());
}
