import { channel } from "node:diagnostics_channel";
import type { ActionOutcome } from "./carry-out.ts";

/** What subscribers of the `untorn:recover` channel (node:diagnostics_channel) get: one action of a recovery that is applied. */
export type RecoverReport = ActionOutcome;

const recoveries = channel("untorn:recover");

/** Costs one property look-up when nobody listens. */
export function publishAction(action: ActionOutcome): void {
  if (recoveries.hasSubscribers && action.outcome !== "planned") recoveries.publish(action);
}
