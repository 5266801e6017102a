import { within } from "../atomic/index.ts";
import { journalsIn } from "../lock/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { conflict } from "./apply.ts";
import { compareSeen, planChanges } from "./changes.ts";
import { receiptOf } from "./commit.ts";
import type { TransactionReceipt } from "./commit.ts";
import { openRoot } from "./places.ts";
import { inRounds } from "./rounds.ts";
import type { Session } from "./session.ts";

/**
 * All of a transaction but its commit. Without a lock, so what it read is compared at the end, as a commit does. `settle` waits for a
 * commit that is under way, and completes one that a crash left half done: of neither there is anything to see.
 */
export function* dryRun<T>(
  path: string,
  work: (session: Session) => Protocol<T>,
  onConflict: "retry" | "fail" | undefined,
  settle: () => Protocol<unknown>,
): Protocol<{ value: T; receipt: TransactionReceipt }> {
  const root = yield* within("resolve", path, "unchanged", openRoot(path));
  const isSettled = function* (): Protocol<boolean> {
    return (yield* within("recover", path, "unchanged", journalsIn(root.real))).length === 0;
  };
  const look = function* ({ overlay }: Session): Protocol<Omit<TransactionReceipt, "attempts">> {
    const changes = yield* planChanges(root, overlay);
    if (!(yield* isSettled())) {
      yield* settle();
      throw conflict(path, "a transaction was committed meanwhile");
    }
    // After the look for a journal: see `read-together.ts`.
    yield* compareSeen(root, overlay, changes);
    return receiptOf(root, changes, 0);
  };
  if (!(yield* isSettled())) yield* settle();
  const { value, ended, attempts } = yield* inRounds(root, work, onConflict, (session) =>
    within("stage", path, "unchanged", look(session)),
  );
  return { value, receipt: { ...ended, attempts } };
}
