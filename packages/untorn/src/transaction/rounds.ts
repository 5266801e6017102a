import { isUntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Root } from "./places.ts";
import { Session } from "./session.ts";

/** So often a function is run again before a conflict is given up. */
const attemptLimit = 10;

/**
 * Runs the function of a transaction and what ends it, and both again if the end finds that somebody else has changed what the
 * function relied on.
 */
export function* inRounds<T, E>(
  { clock }: Pick<Port, "clock">,
  root: Root,
  work: (session: Session) => Protocol<T>,
  onConflict: "retry" | "fail" | undefined,
  end: (session: Session) => Protocol<E>,
): Protocol<{ value: T; ended: E; attempts: number }> {
  for (let attempts = 1; ; attempts += 1) {
    const session = new Session(root, clock, attempts > 1);
    let value: T;
    try {
      value = yield* work(session);
    } finally {
      session.close();
    }
    try {
      return { value, ended: yield* end(session), attempts };
    } catch (error) {
      const conflict = isUntornError(error) && error.code === "UNTORN_CONFLICT";
      if (!conflict || onConflict === "fail" || attempts === attemptLimit) throw error;
    }
  }
}
