import { toUntornError } from "../platform/index.ts";
import type { Outcome, Phase } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";

/** Runs a part of a protocol; a system error from it becomes an `UntornError` of this phase and outcome. */
export function* within<T>(phase: Phase, path: string, outcome: Outcome, part: Protocol<T>): Protocol<T> {
  try {
    return yield* part;
  } catch (error) {
    throw toUntornError(error, { path, phase, outcome });
  }
}

/** Runs a part that tidies up after a failure: what fails here would only hide the failure that matters. */
export function* quietly(part: Protocol<unknown>): Protocol<void> {
  try {
    yield* part;
  } catch {}
}
