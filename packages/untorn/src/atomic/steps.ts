import { toUntornError } from "../platform/index.ts";
import type { Outcome, Phase, SyncOutcome } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
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

/** Syncs the content of a file that somebody else wrote. */
export function* syncFile(path: string): Protocol<SyncOutcome> {
  const handle = yield* call("open", path, "read", 0);
  try {
    return yield* call("fsync", handle);
  } finally {
    yield* quietly(call("close", handle));
  }
}
