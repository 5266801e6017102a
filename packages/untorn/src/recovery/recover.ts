import { inDirectory, quietly, split } from "../atomic/index.ts";
import { acquire, lockedName, holdersOf, release, workFolder } from "../lock/index.ts";
import { isUntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { boundQuarantine } from "../quarantine/index.ts";
import type { Dropped } from "../quarantine/index.ts";
import { abandonRoot, examineRoot, openRoot, recoverRoot, verdictMeans, withRootLock } from "../transaction/index.ts";
import type { TransactionRecovery } from "../transaction/index.ts";
import { recoverNameless, recoverSubject, sentence } from "./carry-out.ts";
import type { ActionOutcome } from "./carry-out.ts";
import type { Examination } from "./examine.ts";
import { lookInto } from "./folder.ts";
import type { Folder, Probed } from "./folder.ts";
import { planRecovery } from "./plan.ts";
import { planProbe, removeProbe } from "./probe-folders.ts";
import type { Action, RecoveryPolicy } from "./plan.ts";
import { publishAction } from "./reports.ts";
import { Findings } from "./findings.ts";
import type { ScanOptions, ScanReport } from "./findings.ts";
import { inspect } from "./inspect.ts";
import { walk } from "./walk.ts";

export interface RecoverOptions extends ScanOptions {
  /** Do it. Default `false`: only the plan. */
  readonly apply?: boolean;
  /** Default `untorn`. */
  readonly policy?: RecoveryPolicy;
  /** Told of every action; those beyond `limit` are told here only. */
  readonly onAction?: (outcome: ActionOutcome) => void;
}

/** What a recovery found, planned and did. */
export interface RecoveryReport {
  readonly path: string;
  readonly applied: boolean;
  readonly policy: RecoveryPolicy;
  /** The first of the actions; `counts` has all, by kind; `failed` those that failed. */
  readonly actions: readonly ActionOutcome[];
  readonly counts: Readonly<Partial<Record<Action["kind"], number>>>;
  readonly failed: number;
  /** What was dropped from the quarantine to keep it within its bounds: the first of it, and how many files in all. */
  readonly dropped: readonly Dropped[];
  readonly droppedFiles: number;
  readonly scan: ScanReport;
}

/** Collects what a recovery does, within bounds. */
class Actions {
  readonly list: ActionOutcome[] = [];
  readonly counts: Partial<Record<Action["kind"], number>> = {};
  readonly dropped: Dropped[] = [];
  droppedFiles = 0;
  failed = 0;
  total = 0;
  readonly #options: RecoverOptions;

  constructor(options: RecoverOptions) {
    this.#options = options;
  }

  readonly add = (outcome: ActionOutcome): void => {
    this.total += 1;
    if (outcome.outcome === "failed") this.failed += 1;
    this.counts[outcome.kind] = (this.counts[outcome.kind] ?? 0) + 1;
    if (this.list.length < (this.#options.limit ?? 10_000)) this.list.push(outcome);
    this.#options.onAction?.(outcome);
    publishAction(outcome);
  };

  drop(dropped: readonly Dropped[]): void {
    this.droppedFiles += dropped.length;
    this.dropped.push(...dropped.slice(0, Math.max(0, (this.#options.limit ?? 10_000) - this.dropped.length)));
  }
}

/**
 * Puts right what crashes left in a folder and below, by the plan of each file; without `apply` it only says what it would
 * do. Transactions come first: until they are completed or taken back, nobody can say what a file should be.
 */
export function* recoverProtocol(
  port: Port,
  path: string,
  options: RecoverOptions,
  how: Examination,
): Protocol<RecoveryReport> {
  const all = new Findings(options);
  const actions = new Actions(options);
  const apply = options.apply === true;
  yield* walk(
    path,
    how.breathe,
    (folder) => recoverFolder(port, folder, how, apply, all, actions),
    (skipped) => all.skip(skipped),
  );
  const { list, counts, failed, dropped, droppedFiles } = actions;
  const scan = all.reportOn(path);
  return { path, applied: apply, policy: how.policy, actions: list, counts, failed, dropped, droppedFiles, scan };
}

function* recoverFolder(
  port: Port,
  folder: Folder,
  how: Examination,
  apply: boolean,
  all: Findings,
  actions: Actions,
): Protocol<Folder> {
  const before = actions.total;
  let now = folder;
  if (folder.journals.length > 0) {
    yield* settleTransactions(port, folder, how, apply, actions);
    // What a completed transaction has removed or made is not what was listed before it.
    if (apply) now = (yield* lookInto(folder.path, how.breathe)) ?? folder;
  }
  const report = (outcome: ActionOutcome): void => {
    actions.add(outcome);
    all.progress(actions.total);
  };
  yield* inspect(port, now, how, all, (facts, subject) => {
    const plan = planRecovery(facts, how.policy);
    const idle = plan.every(({ kind }) => kind === "leave" || kind === "lost");
    if (apply && !idle) {
      const part =
        subject === undefined
          ? recoverNameless(port, facts, how, report)
          : recoverSubject(port, now, subject, how, report);
      return bounding(part, folder, actions);
    }
    for (const action of plan) {
      report({ ...action, outcome: action.unread === true ? "failed" : apply ? "done" : "planned" });
    }
    return undefined;
  });
  for (const probe of now.probes) {
    const action = planProbe(port, probe, how.quietMs);
    if (action !== undefined) yield* clearProbe(probe, action, apply, actions);
  }
  for (const lock of now.locks) yield* clearLock(port, lock, apply, actions);
  if (apply && actions.total > before) yield* bound(folder, actions);
  return now;
}

/** A crowd of orphans must not fill the quarantine, and memory with its names, before the folder is done. */
const oftenEnough = 2000;

function* bounding(part: Protocol<void>, folder: Folder, actions: Actions): Protocol<void> {
  const before = actions.total;
  yield* part;
  if (actions.total - before >= oftenEnough) yield* bound(folder, actions);
}

function* bound(folder: Folder, actions: Actions): Protocol<void> {
  try {
    actions.drop(yield* boundQuarantine(inDirectory(folder.path, workFolder)));
  } catch (error) {
    const reason = "the quarantine could not be kept within its bounds";
    actions.add({ kind: "leave", path: folder.path, reason, outcome: "failed", error: sentence(error) });
  }
}

function* settleTransactions(
  port: Port,
  folder: Folder,
  how: Examination,
  apply: boolean,
  actions: Actions,
): Protocol<void> {
  const root = yield* openRoot(folder.path);
  const say = (
    done: Pick<TransactionRecovery, "path" | "verdict" | "details"> & Partial<Pick<TransactionRecovery, "quarantined">>,
    outcome: ActionOutcome["outcome"],
  ): void => {
    const stuck = done.verdict === "contradictory" && how.policy !== "abandon";
    const kind = stuck ? "leave" : done.verdict === "contradictory" ? "abandon" : "settle";
    const next = stuck ? "; `--policy abandon` sets it aside" : "";
    const { quarantined = [] } = done;
    const kept = quarantined.length === 0 ? "" : `; set aside: ${quarantined.join(", ")}`;
    actions.add({
      kind,
      path: done.path,
      reason: `${verdictMeans[done.verdict]} (${done.details.join("; ")})${next}${kept}`,
      outcome,
    });
  };
  try {
    if (!apply) {
      for (const left of yield* examineRoot(root)) say(left, "planned");
      return;
    }
    yield* withRootLock(port, root, { purpose: "recovery", lockTimeoutMs: 0 }, function* () {
      if (how.policy === "abandon") for (const done of yield* abandonRoot(port, root)) say(done, "done");
      for (const done of yield* recoverRoot(port, root)) say(done, "done");
    });
  } catch (error) {
    const locked = isUntornError(error) && error.code === "UNTORN_LOCKED";
    const abandon = how.policy === "abandon" ? "" : "; `--policy abandon` sets it aside";
    const reason = locked ? "a transaction is being committed" : `a transaction cannot be completed${abandon}`;
    for (const path of folder.journals) {
      actions.add({ kind: "leave", path, reason, outcome: locked ? "done" : "failed", error: sentence(error) });
    }
  }
}

function* clearProbe(probe: Probed, action: Action, apply: boolean, actions: Actions): Protocol<void> {
  try {
    if (apply) yield* removeProbe(probe);
    actions.add({ ...action, outcome: apply ? "done" : "planned" });
  } catch (error) {
    actions.add({ ...action, outcome: "failed", error: sentence(error) });
  }
}

/** A dead holder's lock hinders nobody; it is cleared as the next who takes the lock would. */
function* clearLock(port: Port, folder: string, apply: boolean, actions: Actions): Protocol<void> {
  try {
    const holders = yield* holdersOf(port, folder);
    if (holders.some(({ state }) => state !== "dead")) return;
    const { directory, base } = split(folder);
    const target = inDirectory(directory, lockedName(base) ?? base);
    if (holders.length > 0) {
      const reason = `its holder is dead (pid ${holders.map(({ pid }) => pid).join(", ")})`;
      actions.add({ kind: "unlock", path: folder, target, reason, outcome: apply ? "done" : "planned" });
      if (apply)
        yield* release(port, yield* acquire(port, target, { purpose: "recovery", timeoutMs: 0, overJournals: true }));
    }
    if (apply) yield* quietly(call("rmdir", folder));
  } catch (error) {
    const reason = "it could not be cleared away";
    actions.add({ kind: "leave", path: folder, reason, outcome: "failed", error: sentence(error) });
  }
}
