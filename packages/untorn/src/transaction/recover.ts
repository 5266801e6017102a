import { inDirectory, parseTempName, readWhole } from "../atomic/index.ts";
import { journalsIn, transactionOf } from "../lock/index.ts";
import { toUntornError, UntornError } from "../platform/index.ts";
import type { ErrorCode, Port } from "../platform/index.ts";
import { call, unless } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { applyStep, describeStep, etagAt, removeStaged, stateOf } from "./apply.ts";
import type { StepState } from "./apply.ts";
import { settleJournal } from "./apply-all.ts";
import { noteRemovals } from "./keep-generations.ts";
import { readJournal } from "./journal.ts";
import type { Journal, Step } from "./journal.ts";
import type { Root } from "./places.ts";
import { quarantine } from "./work-folder.ts";

/**
 * What a journal that was left behind means.
 * - `forward`: committed; applying it (again) completes it.
 * - `back`: never committed: nothing of it was applied, and not all that it needs is there.
 * - `unfinished`: its writer was stopped before the commit: nothing was changed.
 * - `over`: it has ended, or had not begun: nothing is left to do.
 * - `torn`: the journal itself is not whole: never committed, or damaged. It is set aside with what was staged.
 * - `contradictory`: partly applied, and the rest cannot be: something was taken away. A person has to look.
 * - `newer`: from a newer version of untorn.
 */
export interface LeftTransaction {
  readonly transaction: string;
  /** Path of the journal. */
  readonly path: string;
  readonly verdict: "forward" | "back" | "unfinished" | "over" | "torn" | "contradictory" | "newer";
  /** One sentence each, for people. */
  readonly details: readonly string[];
}

interface Judged extends LeftTransaction {
  readonly journal: Journal | undefined;
}

/** What recovery did. */
export interface TransactionRecovery extends LeftTransaction {
  /** Files that were set aside: content that somebody else had put where the transaction was to write. */
  readonly quarantined: readonly string[];
}

/** Looks at what transactions left in a root; changes nothing. */
export function* examineRoot(root: Root): Protocol<LeftTransaction[]> {
  const found: LeftTransaction[] = [];
  for (const { journal: _, ...left } of yield* judgeAll(root)) found.push(left);
  return found;
}

/**
 * Completes or takes back what an earlier process left in a root. The caller holds the root's lock, so whoever wrote
 * the journals is not at work any more. Can be interrupted anywhere and run again.
 */
export function* recoverRoot(port: Port, root: Root): Protocol<TransactionRecovery[]> {
  const done: TransactionRecovery[] = [];
  for (const judged of yield* judgeAll(root)) {
    const { journal, ...left } = judged;
    const quarantined: string[] = [];
    switch (judged.verdict) {
      case "newer":
        throw refusal("UNTORN_NEWER", judged);
      case "contradictory":
        throw refusal("UNTORN_CORRUPT", judged);
      case "torn":
        quarantined.push(...(yield* setAsideTorn(root, judged)));
        break;
      case "over":
      case "unfinished":
      case "back":
        for (const step of journal?.steps ?? []) if (step.op === "put") yield* removeStaged(root, step);
        yield* unless("ENOENT", call("unlink", judged.path));
        yield* call("syncDirectory", root.work);
        break;
      case "forward":
        yield* complete(port, root, judged.path, journal?.steps ?? [], quarantined);
        break;
    }
    done.push({ ...left, quarantined });
  }
  yield* removeOrphans(port, root);
  return done;
}

/** Applies what is committed. What somebody else had put in its places is set aside, and `quarantined` told where. */
function* complete(
  port: Port,
  root: Root,
  journal: string,
  steps: readonly Step[],
  quarantined: string[],
): Protocol<void> {
  try {
    for (const step of steps) {
      quarantined.push(...(yield* setAsideForeign(root, step)));
      if ((yield* stateOf(root, step)) === "ready") yield* applyStep(port, root, step);
    }
    yield* noteRemovals(port, root, steps, true);
    yield* settleJournal(root, steps, journal, true, removeStaged);
  } catch (error) {
    throw uncompleted(root, error, quarantined);
  }
}

/** It is committed, and some of it may be applied by now: the files are not what they were. */
function uncompleted(root: Root, error: unknown, quarantined: readonly string[]): UntornError {
  const { code, path, problem, cause } = toUntornError(error, {
    path: root.path,
    phase: "recover",
    outcome: "unknown",
  });
  const kept =
    quarantined.length === 0 ? "" : ` What somebody else had put in its places is kept in ${quarantined.join(", ")}.`;
  const next = `A committed transaction is not completed yet: mend the cause, then run the next one or \`untorn recover --apply\`.${kept}`;
  return new UntornError({ code, path, phase: "recover", outcome: "unknown", problem, next, cause: cause ?? error });
}

/**
 * Sets aside what cannot be completed: what is `contradictory`, and what is committed and refused by the system. The journal goes,
 * and what it staged; the files stay as they are.
 */
export function* abandonRoot(port: Port, root: Root): Protocol<TransactionRecovery[]> {
  const done: TransactionRecovery[] = [];
  for (const judged of yield* judgeAll(root)) {
    const { journal, ...left } = judged;
    if (left.verdict === "contradictory") done.push({ ...left, quarantined: yield* setAsideTorn(root, judged) });
    if (left.verdict !== "forward") continue;
    const quarantined: string[] = [];
    try {
      yield* complete(port, root, left.path, journal?.steps ?? [], quarantined);
      done.push({ ...left, quarantined });
    } catch (error) {
      const refused = toUntornError(error, { path: root.path, phase: "recover", outcome: "unknown" });
      if (!forGood.has(refused.code)) throw error;
      const details = [...left.details, `${refused.path}: ${refused.problem}`];
      quarantined.push(...(yield* setAsideTorn(root, judged)));
      done.push({ ...left, verdict: "contradictory", details, quarantined });
    }
  }
  return done;
}

/** What no waiting and no second try mends. A full or failing disk is none of them. */
const forGood: ReadonlySet<ErrorCode> = new Set([
  "UNTORN_PERMISSION",
  "UNTORN_BUSY",
  "UNTORN_CROSS_DEVICE",
  "UNTORN_NAME_TOO_LONG",
  "UNTORN_IS_DIRECTORY",
  "UNTORN_NOT_FOUND",
]);

function* judgeAll(root: Root): Protocol<Judged[]> {
  const found: Judged[] = [];
  for (const name of yield* journalsIn(root.real)) {
    const transaction = transactionOf(name);
    if (transaction !== undefined) found.push(yield* judge(root, transaction, inDirectory(root.work, name)));
  }
  return found;
}

function* judge(root: Root, transaction: string, path: string): Protocol<Judged> {
  const reading = readJournal((yield* readWhole(path)).bytes, root);
  const facts = { transaction, path, journal: undefined };
  if (reading.state === "torn")
    return { ...facts, verdict: "torn", details: [`the journal is not whole: ${reading.reason}`] };
  if (reading.state === "over") return { ...facts, verdict: "over", details: ["nothing is left to do"] };
  if (reading.state === "unfinished") {
    // Its last line is written before the commit: what is applied all the same was committed, and the line has been lost since.
    for (const step of reading.steps) {
      if (step.op !== "put" || step.before === step.etag || (yield* stateOf(root, step)) !== "applied") continue;
      const details = [`the journal has lost its end: ${step.path} has the new content already`];
      return { ...facts, verdict: "torn", details };
    }
    return { ...facts, verdict: "unfinished", details: ["it was stopped before its commit; nothing was changed"] };
  }
  if (reading.state === "newer") {
    return { ...facts, verdict: "newer", details: [`the journal has version ${reading.version}`] };
  }
  const { journal } = reading;
  if (journal.transaction !== transaction) {
    // Its file was used before, and nothing of its own reached the medium: see `journal-file.ts`.
    return { ...facts, verdict: "unfinished", details: ["it was stopped before its commit; nothing was changed"] };
  }
  for (const { path: inside } of journal.steps) {
    if (!(yield* leadsThroughLink(root, inside))) continue;
    // A journal names files with every link followed; this one was made, or the folder changed, by somebody else.
    return { ...facts, verdict: "torn", details: [`${inside} leads through a symbolic link`] };
  }
  const states: StepState[] = [];
  for (const step of journal.steps) states.push(yield* stateOf(root, step));
  const details = journal.steps.map((step, index) => `${describeStep(step)}: ${states[index]}`);
  if (!states.includes("lost")) return { ...facts, journal, verdict: "forward", details };
  // Directories may be made and files removed by anybody; the new content in place can only be the transaction's.
  const begun = journal.steps.some(
    (step, index) => states[index] === "applied" && step.op === "put" && step.before !== step.etag,
  );
  return { ...facts, journal, verdict: begun ? "contradictory" : "back", details };
}

/** Whether a folder on the way to a file in a root is a symbolic link, and may lead out of it. */
function* leadsThroughLink(root: Root, inside: string): Protocol<boolean> {
  for (let cut = inside.indexOf("/"); cut !== -1; cut = inside.indexOf("/", cut + 1)) {
    const kind = (yield* call("lstat", inDirectory(root.real, inside.slice(0, cut))))?.kind;
    if (kind === undefined) return false;
    if (kind === "symlink") return true;
  }
  return false;
}

function* setAsideTorn(root: Root, judged: Judged): Protocol<string[]> {
  const [, pid, startTime, scope] = judged.transaction.split("-");
  const torn = [judged.path];
  for (const name of yield* call("readdir", root.work)) {
    const owner = parseTempName(name)?.owner;
    if (owner?.pid.toString(36) !== pid || owner?.startTime !== startTime || owner?.scope !== scope) continue;
    torn.push(inDirectory(root.work, name));
  }
  return yield* quarantine(root, torn);
}

/** Somebody who takes no locks may have written the file since the crash: that content is kept. */
function* setAsideForeign(root: Root, step: Step): Protocol<string[]> {
  if (step.op !== "put" && step.op !== "remove") return [];
  const path = inDirectory(root.real, step.path);
  if ((yield* call("lstat", path)) === undefined) return [];
  const now = yield* etagAt(path);
  if (now === null || now === step.before || (step.op === "put" && now === step.etag)) return [];
  return yield* quarantine(root, [path]);
}

/** Staged files without a journal were never promised to anybody; those of a process that may live are left alone. */
function* removeOrphans(port: Port, root: Root): Protocol<void> {
  if ((yield* call("lstat", root.work))?.kind !== "directory") return;
  for (const name of yield* call("readdir", root.work)) {
    const temp = parseTempName(name);
    if (temp?.kind !== "part" || port.liveness(temp.owner) !== "dead") continue;
    yield* unless("ENOENT", call("unlink", inDirectory(root.work, name)));
  }
}

function refusal(code: "UNTORN_NEWER" | "UNTORN_CORRUPT", judged: Judged): UntornError {
  return new UntornError({
    code,
    path: judged.path,
    phase: "recover",
    outcome: "unchanged",
    ...(code === "UNTORN_NEWER"
      ? {}
      : {
          problem: `a transaction was interrupted here and cannot be completed (${judged.details.join("; ")})`,
          next: "Nothing was touched. `untorn recover` shows what is there; put the missing file back, or set the journal aside with `untorn recover --apply --policy abandon`.",
        }),
  });
}
