import { finishInPlace, quietly, split } from "../atomic/index.ts";
import { generationsOf } from "../generations/index.ts";
import { acquire, release, workFolder } from "../lock/index.ts";
import type { Held } from "../lock/index.ts";
import { isUntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { call, unless } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { keepAside, setAside, workFolderOf } from "../quarantine/index.ts";
import { settleRoot } from "../transaction/index.ts";
import { adopt } from "./adopt.ts";
import { examine, sharedGeneration } from "./examine.ts";
import type { Examination } from "./examine.ts";
import type { TargetFacts } from "./facts.ts";
import { isGone, lookInto, pathOf, toFound } from "./folder.ts";
import type { Folder, Subject } from "./folder.ts";
import { planRecovery } from "./plan.ts";
import type { Action } from "./plan.ts";

/** What became of one action. */
export interface ActionOutcome extends Action {
  /** `done`; `failed`: the error says why, and what comes after it for the same file was not tried; `planned`: a dry run. */
  readonly outcome: "done" | "failed" | "planned";
  /** Where it is now, for what was moved. */
  readonly kept?: string;
  readonly error?: string;
}

/** Rounds for one file: an in-place write is finished first, or another program has its hand in it; then all is looked at anew. */
const roundLimit = 4;

/** So many files of one group are set aside with one sync. */
const batch = 500;

/**
 * Does what the plan for one file says, under the locks that its writers take, after everything was looked at once more:
 * what a dry run saw may be out of date. Each step can be stopped anywhere; the next run comes to the same end.
 */
export function* recoverSubject(
  port: Port,
  folder: Folder,
  subject: Subject,
  how: Examination,
  report: (outcome: ActionOutcome) => void,
): Protocol<void> {
  let held: Held | undefined;
  let heldKept: Held | undefined;
  try {
    held = yield* acquire(port, subject.path, {
      purpose: "recovery",
      timeoutMs: 0,
      settle: (root) => settleRoot(port, root),
    });
    if (subject.hasGenerations && folder.work !== undefined) {
      const path = generationsOf(subject.path);
      heldKept = yield* acquire(port, path, { purpose: "recovery", timeoutMs: 0, overJournals: true });
    }
    yield* rounds(port, folder, subject, how, report);
  } catch (error) {
    if (isGone(error)) return;
    const paths = subject.found.length > 0 ? subject.found.map(pathOf) : [subject.path];
    for (const path of paths) {
      const reason =
        isUntornError(error) && error.code === "UNTORN_LOCKED" ? "the file is locked" : "it could not be looked at";
      report({ kind: "leave", path, target: subject.path, reason, outcome: "failed", error: sentence(error) });
    }
  } finally {
    if (heldKept !== undefined) yield* quietly(release(port, heldKept));
    if (held !== undefined) yield* quietly(release(port, held));
  }
}

function* rounds(
  port: Port,
  folder: Folder,
  subject: Subject,
  how: Examination,
  report: (outcome: ActionOutcome) => void,
): Protocol<void> {
  let current: Subject | undefined = subject;
  const over = new Set<string>();
  for (let round = 1; round <= roundLimit && current !== undefined; round += 1) {
    const fresh: Subject = yield* again(current);
    const facts = without(yield* examine(port, folder, fresh, how), over);
    const actions = planRecovery(facts, how.policy);
    const finishes = actions.some(({ kind }) => kind === "finish");
    const moved = yield* carryOut(port, facts, actions, over, report, round < roundLimit);
    if (!finishes && !moved) return;
    const now: Folder | undefined = yield* lookInto(folder.path, how.breathe);
    current = now?.subjects.find(({ name }) => name === subject.name);
  }
}

/** The same files, as they are now; those that are gone are left out. */
function* again(subject: Subject): Protocol<Subject> {
  const found: Subject["found"][number][] = [];
  for (const each of subject.found) {
    const status = yield* call("lstat", pathOf(each));
    if (status?.kind === "file") found.push(toFound(each.directory, each.name, status));
  }
  return { ...subject, found };
}

function without(facts: TargetFacts, over: ReadonlySet<string>): TargetFacts {
  return { ...facts, orphans: facts.orphans.filter(({ path }) => !over.has(path)) };
}

/** Returns whether it stopped because another program has moved the ground: with `mayPlanAnew`, that is no failure. */
function* carryOut(
  port: Port,
  facts: TargetFacts,
  actions: readonly Action[],
  over: Set<string>,
  report: (outcome: ActionOutcome) => void,
  mayPlanAnew: boolean,
): Protocol<boolean> {
  for (let index = 0; index < actions.length;) {
    const action = actions[index] as Action;
    const run = action.kind === "quarantine" ? runOf(actions, index) : [action];
    try {
      const kept = yield* perform(port, facts, run, over);
      run.forEach((each, at) => {
        const place = kept[at];
        report({
          ...each,
          outcome: each.unread === true ? "failed" : "done",
          ...(place === undefined ? {} : { kept: place }),
        });
      });
    } catch (error) {
      if (mayPlanAnew && hasMoved(error)) return true;
      for (const each of run) report({ ...each, outcome: "failed", error: sentence(error) });
      // What comes later relies on what comes first: nothing replaces a file that could not be kept.
      return false;
    }
    index += run.length;
  }
  return false;
}

/** Whether an error says that another program has removed, changed or made a file since it was looked at. */
function hasMoved(error: unknown): boolean {
  return (
    isGone(error) || (isUntornError(error) && (error.code === "UNTORN_CONFLICT" || error.code === "UNTORN_EXISTS"))
  );
}

function runOf(actions: readonly Action[], from: number): Action[] {
  const run: Action[] = [];
  for (let index = from; index < actions.length && run.length < batch; index += 1) {
    const action = actions[index] as Action;
    if (action.kind !== "quarantine") break;
    run.push(action);
  }
  return run;
}

/** Returns where things were moved to, in the order of the actions. */
function* perform(
  port: Port,
  facts: TargetFacts,
  run: readonly Action[],
  over: Set<string>,
): Protocol<(string | undefined)[]> {
  const { kind, path } = run[0] as Action;
  switch (kind) {
    case "quarantine": {
      const moved = new Map(
        (yield* setAside(
          workOf(path),
          run.map((each) => each.path),
        )).map((each) => [each.path, each.kept]),
      );
      return run.map((each) => moved.get(each.path));
    }
    case "keep":
      return (yield* keepAside(workOf(path), [path])).map(({ kept }) => kept);
    case "remove":
      yield* unless("ENOENT", call("unlink", path));
      return [];
    case "adopt":
    case "restore": {
      const { path: target, status: before } = facts;
      const orphan = facts.orphans.find((each) => each.path === path);
      const named = orphan?.scheme === "untorn" && orphan.digest !== undefined;
      const place = kind === "restore" ? "elsewhere" : named ? "ready" : "foreign";
      yield* adopt(port, { path, target: target as string, before, place });
      // It is the file now, and no generation of it any more: two names for one content would change together.
      const shared = yield* sharedGeneration(target as string, yield* call("lstat", target as string));
      if (shared !== undefined) yield* unless("ENOENT", call("unlink", shared));
      return [];
    }
    case "finish": {
      const { directory, base } = split(facts.path as string);
      const { finished, left } = yield* finishInPlace(port, { path: facts.path as string, directory, base });
      for (const each of [...finished, ...left]) over.add(each);
      return [];
    }
    default:
      return [];
  }
}

/** A temp in the work folder itself stays in that folder's quarantine. */
function workOf(path: string): string {
  const { directory } = split(path);
  return split(directory).base === workFolder ? directory : workFolderOf(path);
}

/** Orphans whose target is not known: there is no lock to take. */
export function* recoverNameless(
  port: Port,
  facts: TargetFacts,
  how: Examination,
  report: (outcome: ActionOutcome) => void,
): Protocol<void> {
  yield* carryOut(port, facts, planRecovery(facts, how.policy), new Set(), report, false);
}

export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
