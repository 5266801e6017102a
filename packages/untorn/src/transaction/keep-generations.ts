import { inDirectory } from "../atomic/index.ts";
import { beginKeeping, endKeeping, noteRemoval, outcomeOf } from "../generations/index.ts";
import type { Keeping } from "../generations/index.ts";
import type { Outcome, Port } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Change } from "./changes.ts";
import type { CommitContext } from "./commit.ts";
import type { Step } from "./journal.ts";
import type { Root } from "./places.ts";

/**
 * Runs a commit whose files keep generations. `keep` is for the moment in which nobody who takes locks can change them any more; it
 * takes the lock of each file's generations, in the order of the paths, and they are held until the commit has ended: of two
 * writers each keeps what the other wrote.
 */
export function* keepingGenerations(
  port: Port,
  changes: readonly Change[],
  { generations, durable, blocking }: Pick<CommitContext, "generations" | "durable" | "blocking">,
  commit: (keep: () => Protocol<void>) => Protocol<void>,
): Protocol<void> {
  const keepings: Keeping[] = [];
  let outcome: Outcome = "unknown";
  const keep = function* (): Protocol<void> {
    const options = { durability: durable ? "full" : "off" } as const;
    for (const { wish, place } of changes) {
      const count = wish.kind === "put" ? (wish.generations ?? generations) : 0;
      // In a directory that is still to be made there is nothing to keep.
      if (count === 0 || place.directoryStatus === undefined) continue;
      keepings.push(yield* beginKeeping(port, { path: place.path, count, options }, blocking));
    }
  };
  try {
    yield* commit(keep);
    outcome = "replaced";
  } catch (error) {
    outcome = outcomeOf(error);
    throw error;
  } finally {
    for (const keeping of keepings) yield* endKeeping(port, keeping, outcome);
  }
}

/** Files that are gone are gone on purpose; can be done again. What could not be noted is no reason to stop halfway. */
export function* noteRemovals(port: Port, root: Root, steps: readonly Step[], sync: boolean): Protocol<void> {
  for (const step of steps) {
    if (step.op === "remove") yield* noteRemoval(port, inDirectory(root.real, step.path), sync ? "full" : "off");
  }
}
