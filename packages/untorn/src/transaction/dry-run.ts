import { inDirectory, within } from "../atomic/index.ts";
import type { Port } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { conflict } from "./apply.ts";
import { compareSeen, planChanges } from "./changes.ts";
import { receiptOf } from "./commit.ts";
import type { TransactionReceipt } from "./commit.ts";
import { journalAbove } from "./journal-above.ts";
import { openRoot } from "./places.ts";
import { inRounds } from "./rounds.ts";
import type { Session } from "./session.ts";

/**
 * All of a transaction but its commit. Without a lock, so what it read is compared at the end, as a commit does. `settle` waits for a
 * commit that is under way, and completes one that a crash left half done: of neither there is anything to see.
 */
export function* dryRun<T>(
  port: Port,
  path: string,
  work: (session: Session) => Protocol<T>,
  onConflict: "retry" | "fail" | undefined,
  settle: (directory: string) => Protocol<unknown>,
): Protocol<{ value: T; receipt: TransactionReceipt }> {
  const root = yield* within("resolve", path, "unchanged", openRoot(path));
  const standing = function* (paths: readonly string[]): Protocol<string | undefined> {
    return yield* within("recover", path, "unchanged", journalAbove(root, paths));
  };
  const look = function* ({ overlay }: Session): Protocol<Omit<TransactionReceipt, "attempts">> {
    const changes = yield* planChanges(root, overlay);
    const read = [...overlay.seen.keys()].map((each) => inDirectory(root.real, each));
    const committing = yield* standing([...read, ...changes.map(({ place }) => place.path)]);
    if (committing !== undefined) {
      yield* settle(committing);
      throw conflict(path, "a transaction was committed meanwhile");
    }
    // After the look for a journal: see `read-together.ts`.
    yield* compareSeen(root, overlay, changes);
    return receiptOf(root, changes, 0);
  };
  const before = yield* standing([]);
  if (before !== undefined) yield* settle(before);
  const { value, ended, attempts } = yield* inRounds(port, root, work, onConflict, (session) =>
    within("stage", path, "unchanged", look(session)),
  );
  return { value, receipt: { ...ended, attempts } };
}
