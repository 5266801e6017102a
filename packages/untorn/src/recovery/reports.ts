import { channel } from "node:diagnostics_channel";
import type { Outcome } from "./carry-out.ts";

/** What subscribers of the `untorn:recover` channel (node:diagnostics_channel) get: one action of a recovery that is applied. */
export type RecoverReport = Outcome;

const recoveries = channel("untorn:recover");

/** Costs one property look-up when nobody listens. */
export function publishAction(action: Outcome): void {
  if (recoveries.hasSubscribers && action.outcome !== "planned") recoveries.publish(action);
}
