import { setTimeout as sleep } from "node:timers/promises";
import { isUntornError } from "../platform/index.ts";
import { isConflict } from "../store/index.ts";

/** So often a change is made again on what somebody else has stored. */
const attemptLimit = 100;
const longestPauseMs = 100;

/** Does something once more if somebody else was first. */
export async function again<R>(attempt: () => Promise<R>): Promise<R> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof CallersError) throw error.cause;
      if (!isUntornError(error) || !isConflict(error) || count === attemptLimit) throw error;
      // Many who begin anew at once would be in each other's way again.
      await sleep(Math.random() * Math.min(longestPauseMs, 2 ** count));
    }
  }
}

/** What the caller's own function has thrown: whatever it is, it is no conflict of ours. */
class CallersError extends Error {}

/** Calls a function of the caller's. */
export async function callers<R>(work: () => R | Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (cause) {
    throw new CallersError("the caller's function failed", { cause });
  }
}
