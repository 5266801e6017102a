import { quietly } from "../atomic/index.ts";
import type { PreparedFile } from "../atomic/index.ts";
import { UntornError } from "../platform/index.ts";
import type { Handle } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { removeStaged } from "./apply.ts";
import { endJournalFile } from "./journal-file.ts";
import type { PutStep } from "./journal.ts";
import type { Root } from "./places.ts";

/** What has been made for a commit and goes away again if it fails. */
export interface Staged {
  /** What is written and not closed: whoever seals a file takes it out. */
  readonly open: Set<PreparedFile>;
  /** What is to be done with them; the content that each replaces is filled in under the journal. */
  readonly puts: PutStep[];
  /** Folders that are known to be on the root's mount. */
  readonly reached: Set<string>;
  journal: { readonly path: string; readonly handle: Handle } | undefined;
  /** Whether the journal's handle is closed by whoever syncs it. */
  closed: boolean;
}

/** After a failure: the journal goes first, since with it gone staged files mean nothing. Returns whether it counts no more, for good. */
export function* takeBack(root: Root, staged: Staged, sync: boolean): Protocol<boolean> {
  const { journal } = staged;
  for (const { handle } of staged.open) yield* quietly(call("close", handle));
  if (!staged.closed && journal !== undefined) yield* quietly(call("close", journal.handle));
  const gone = journal === undefined || (yield* withdraw(root, journal.path, staged.closed, sync));
  for (const put of staged.puts) yield* quietly(removeStaged(root, put));
  return gone;
}

/** Takes a journal away, so that it does not count whatever comes back with a power cut; only a `complete` one could. */
function* withdraw(root: Root, path: string, complete: boolean, sync: boolean): Protocol<boolean> {
  try {
    yield* complete ? endJournalFile(root, path, sync) : call("unlink", path);
    return true;
  } catch {
    return !complete;
  }
}

/** The journal could not be removed durably: whether it is whole, and counts, is found out by whoever comes next. */
export function undecided(root: Root, failure: UntornError): UntornError {
  return new UntornError({
    code: failure.code,
    path: root.path,
    phase: failure.phase,
    outcome: "unknown",
    next: "Mend the cause, then run the next transaction or `untorn recover --apply`: either completes it or takes it back. Then read the files.",
    cause: failure.cause ?? failure,
  });
}
