import { inDirectory, quietly, within } from "../atomic/index.ts";
import { isUntornError, toUntornError, UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { call, together } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { applyStep, besidePath, directoriesOf, removeApplied, stateOf } from "./apply.ts";
import { endJournalFile } from "./journal-file.ts";
import type { PutStep, Step } from "./journal.ts";
import { noteRemovals } from "./keep-generations.ts";
import type { Root } from "./places.ts";
import { takeBack, undecided } from "./take-back.ts";
import type { Staged } from "./take-back.ts";

/** How many syncs a commit has made. */
export interface Syncs {
  count: number;
}

/** Carries a committed transaction out, step by step, makes it durable, and ends its journal. */
export function* applyAll(
  port: Port,
  root: Root,
  steps: readonly Step[],
  staged: Staged,
  syncs: Syncs | undefined,
): Protocol<void> {
  const sync = syncs !== undefined;
  let changed = false;
  let under: Step | undefined;
  try {
    for (const step of steps) {
      under = step;
      yield* applyStep(port, root, step);
      changed ||= step.op !== "mkdir";
    }
    yield* noteRemovals(port, root, steps, sync);
  } catch (error) {
    if (!changed && !(yield* hasHappened(root, under))) {
      const failure = inWords(toUntornError(error, { path: root.path, phase: "commit", outcome: "unchanged" }));
      throw (yield* retracted(root, steps, staged, sync)) ? failure : undecided(root, failure);
    }
    const cause = isUntornError(error) ? (error.cause ?? error) : error;
    const facts = { code: "UNTORN_INCOMPLETE", phase: "commit", outcome: "unknown" } as const;
    throw new UntornError({ ...facts, path: root.path, cause });
  }
  const journal = (staged.journal as { path: string }).path;
  const settling = settleJournal(root, steps, journal, sync, removeApplied);
  const count = yield* within("sync-directory", root.path, "replaced", settling);
  if (syncs !== undefined) syncs.count += count;
}

/** What a plain write can do about it a transaction cannot. */
function inWords(failure: UntornError): UntornError {
  if (failure.code !== "UNTORN_BUSY") return failure;
  const { code, path, phase, outcome, problem, cause } = failure;
  const next =
    "If it is mounted by itself (a container's bind mount), no transaction can replace it: mount its folder instead.";
  return new UntornError({ code, path, phase, outcome, problem, next, cause });
}

/** Whether a step that has failed was done all the same, or nobody can tell: over a network an answer may get lost. */
function* hasHappened(root: Root, step: Step | undefined): Protocol<boolean> {
  if (step === undefined || step.op === "mkdir" || step.op === "rmdir") return false;
  try {
    if ((yield* stateOf(root, step)) === "applied") return true;
    // Of one about the mode alone only its second name tells, which the rename takes.
    const isModeOnly = step.op === "put" && step.before === step.etag;
    return (
      isModeOnly && (yield* call("lstat", besidePath(inDirectory(root.real, step.path), step.staged))) === undefined
    );
  } catch {
    return true;
  }
}

/** Where no file has been replaced or removed yet, even a committed transaction is taken back: nobody has seen anything of it. */
function* retracted(root: Root, steps: readonly Step[], staged: Staged, sync: boolean): Protocol<boolean> {
  const isGone = yield* takeBack(root, staged, sync);
  const made = steps.filter(({ op }) => op === "mkdir").toReversed();
  if (isGone) for (const { path } of made) yield* quietly(call("rmdir", inDirectory(root.real, path)));
  return isGone;
}

/**
 * After everything is applied: make it durable, then take the journal away. Returns the number of syncs. With the journal
 * empty, what was staged means nothing: it is removed by `clean` while the journal's end is synced.
 */
export function* settleJournal(
  root: Root,
  steps: readonly Step[],
  journal: string,
  sync: boolean,
  clean: (root: Root, put: PutStep) => Protocol<void>,
): Protocol<number> {
  const directories = directoriesOf(root, steps);
  if (sync) yield* together(directories.map((directory) => call("syncDirectory", directory)));
  const puts = steps.filter((step) => step.op === "put");
  yield* endJournalFile(root, journal, sync, () => puts.map((put) => quietly(clean(root, put))));
  return directories.length + 1;
}
