import { writeProtocol } from "../atomic/index.ts";
import type { Receipt, Target, WriteRequest } from "../atomic/index.ts";
import type { Outcome, Port } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { beginKeeping, endKeeping, outcomeOf } from "./keeping.ts";
import type { Keeping } from "./keeping.ts";

/** The write protocol, with the old content kept as a generation right before the commit (`generations`). */
export function* writeKeeping(port: Port, request: WriteRequest, blocking: boolean | undefined): Protocol<Receipt> {
  const { generations: count } = request.options;
  if (count === undefined || count === 0) return yield* writeProtocol(port, request);
  let keeping: Keeping | undefined;
  let outcome: Outcome = "unknown";
  const guard = function* (target: Target): Protocol<void> {
    // Also where there was no file at the start: another process may have put one there since.
    const { options, control } = request;
    if (options.ifAbsent !== true) {
      // From here to the commit the lock is held, for which a synchronous call could not wait: it must not run this one again.
      control.check();
      control.enter("committing");
      keeping = yield* beginKeeping(port, { path: target.path, count, options }, blocking);
    }
    if (request.guard !== undefined) yield* request.guard(target);
  };
  try {
    const receipt = yield* writeProtocol(port, { ...request, guard });
    outcome = receipt.changed ? "replaced" : "unchanged";
    return receipt;
  } catch (error) {
    outcome = outcomeOf(error);
    throw error;
  } finally {
    if (keeping !== undefined) yield* endKeeping(port, keeping, outcome);
  }
}
