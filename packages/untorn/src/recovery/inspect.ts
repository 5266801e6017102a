import { generationsOf, numberOf } from "../generations/index.ts";
import { holdersOf, lockFolderName } from "../lock/index.ts";
import type { Port } from "../platform/index.ts";
import { namesIn, pull } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { measureQuarantine, quarantineBounds } from "../quarantine/index.ts";
import { examineRoot, openRoot } from "../transaction/index.ts";
import { mostGenerations, split } from "../atomic/index.ts";
import { examine, examineNameless, problemSentence } from "./examine.ts";
import type { Examination } from "./examine.ts";
import type { Orphan, TargetFacts } from "./facts.ts";
import { isGone, unread } from "./folder.ts";
import type { Finding, Findings } from "./findings.ts";
import type { Folder, Found, Subject } from "./folder.ts";
import { duration } from "./plan.ts";
import { isLeft, probeSentence } from "./probe-folders.ts";
import { looksSound } from "./judge-target.ts";

/**
 * Told the facts on a file, or on orphans without a target; returns what is to be done then. By that time the facts are no longer
 * held: there may be very many orphans.
 */
export type Inspector = (facts: TargetFacts, subject: Subject | undefined) => Protocol<void> | undefined;

/** Adds a folder's findings; `each` is told of every file, and of the nameless orphans at the end. */
export function* inspect(port: Port, folder: Folder, how: Examination, all: Findings, each: Inspector): Protocol<void> {
  all.report.folders += 1;
  all.report.files += folder.files;
  all.report.editorFiles += folder.editorFiles;
  for (const subject of folder.subjects) {
    const others = how.breathe();
    if (others !== undefined) yield* pull(() => others);
    // Beside a whole file with nothing around it there is nothing to find, and nothing to plan.
    const alone = subject.isThere && subject.found.length === 0 && !subject.hasGenerations;
    if (alone && (yield* looksSound(subject.path, subject.name))) {
      all.report.documents += 1;
      all.progress();
      continue;
    }
    yield* pull(how.load);
    yield* inspectSubject(port, folder, subject, how, all, each);
    all.progress();
  }
  for (let at = 0; at < folder.nameless.length; at += mostAtOnce) {
    const facts = yield* examineNameless(port, folder, folder.nameless.slice(at, at + mostAtOnce), how);
    addFindings(facts, all);
    const next = each(facts, undefined);
    if (next !== undefined) yield* next;
  }
  inspectProbes(port, folder, how, all);
  yield* inspectLocks(port, folder, all);
  yield* inspectWork(port, folder, all);
  all.progress();
}

/** A crowd of orphans is looked at so many at a time. */
const mostAtOnce = 5000;

/** Beside a whole file what becomes of one orphan does not depend on another; else all of them are candidates, and one case. */
function* inspectSubject(
  port: Port,
  folder: Folder,
  subject: Subject,
  how: Examination,
  all: Findings,
  each: Inspector,
): Protocol<void> {
  const look = { port, folder, how, all, each };
  let rest = subject.found.length > mostAtOnce ? { ...subject, found: inTurn(subject.found) } : subject;
  let inOne = how.policy === "newest";
  for (let first = true; ; first = false) {
    const some = rest.found.length > mostAtOnce && !inOne;
    const part = some ? { ...rest, found: rest.found.slice(0, mostAtOnce) } : rest;
    const { next, together } = yield* inspectPart(look, part, first, some);
    if (next !== undefined) yield* next;
    if (together === true) inOne = true;
    else if (!some) return;
    else rest = { ...rest, found: rest.found.slice(mostAtOnce) };
  }
}

/** Interrupted in-place writes first: until they are finished, nobody can say what the target is. */
function inTurn(found: readonly Found[]): Found[] {
  const isBackup = ({ name }: Found): boolean => name.endsWith(".bak");
  return [...found.filter(isBackup), ...found.filter((each) => !isBackup(each))];
}

interface Look {
  readonly port: Port;
  readonly folder: Folder;
  readonly how: Examination;
  readonly all: Findings;
  readonly each: Inspector;
}

/** Returns what is to be done, or, of some of the orphans, that all of them have to be looked at together. */
function* inspectPart(
  { port, folder, how, all, each }: Look,
  part: Subject,
  first: boolean,
  some: boolean,
): Protocol<{ readonly next?: Protocol<void> | undefined; readonly together?: true }> {
  try {
    const facts = yield* examine(port, folder, part, how);
    if (some && facts.state !== "whole") return { together: true };
    if (first && facts.status !== undefined) all.report.documents += 1;
    addFindings(facts, all);
    return { next: each(facts, part) };
  } catch (error) {
    if (!isGone(error)) all.skip(unread(part.path, error));
    return {};
  }
}

function addFindings(facts: TargetFacts, all: Findings): void {
  const { path, state, problem, format } = facts;
  if (path !== undefined && problem !== undefined && (state === "corrupt" || state === "unreadable")) {
    const kind = state === "corrupt" ? "corrupt" : "unreadable";
    const position = problem.position;
    all.add({ kind, path, detail: problemSentence(problem), format, position, bytes: facts.status?.size ?? 0 });
  }
  if (path !== undefined && state === "missing" && facts.generation !== undefined) {
    const detail = `there is no such file, and generation ${facts.generation.number} of it is kept`;
    all.add({ kind: "missing", path, detail, format });
  }
  for (const orphan of facts.orphans) {
    all.report.tempBytes += orphan.bytes;
    if (orphan.writer === "alive") all.report.liveTemps += 1;
    else all.add(orphanFinding(orphan, facts));
    all.progress();
  }
}

function orphanFinding(orphan: Orphan, { path: target, state, format }: TargetFacts): Finding {
  const { path, scheme, writer, pid, quietMs, bytes, worth, problem } = orphan;
  const whose = target === undefined ? "" : ` for ${split(target).base}, which is ${state}`;
  const who = pid === undefined ? `writer ${writer}` : `writer ${writer} (pid ${pid})`;
  const what = worth === "not looked at" ? "" : `, ${worth}${problem === undefined ? "" : `: ${problem.text}`}`;
  const detail = `${scheme === "untorn" ? "untorn's" : scheme} temp${whose}; ${who}, untouched for ${duration(quietMs)}${what}`;
  return { kind: "orphan", path, detail, target, scheme, writer, pid, quietMs, bytes, worth, format };
}

function inspectProbes(port: Port, folder: Folder, { quietMs }: Examination, all: Findings): void {
  for (const probe of folder.probes) {
    if (isLeft(port, probe, quietMs)) all.add({ kind: "orphan", path: probe.path, detail: probeSentence(port, probe) });
    else all.report.liveTemps += 1;
  }
}

function* inspectLocks(port: Port, folder: Folder, all: Findings): Protocol<void> {
  for (const path of folder.locks) {
    try {
      const holders = yield* holdersOf(port, path);
      if (holders.length === 0 || holders.some(({ state }) => state !== "dead")) continue;
      const pids = holders.map(({ pid }) => pid).join(", ");
      all.add({
        kind: "lock",
        path,
        detail: `a lock whose holder is dead (pid ${pids}); the next who takes it clears it away`,
      });
    } catch (error) {
      if (!isGone(error)) all.skip(unread(path, error));
    }
  }
}

function* inspectWork(port: Port, folder: Folder, all: Findings): Protocol<void> {
  const { work } = folder;
  if (work === undefined) return;
  try {
    if (folder.journals.length > 0) yield* inspectJournals(port, folder, all);
  } catch (error) {
    // A journal that is gone by now was settled.
    if (!isGone(error)) all.skip(unread(work, error));
  }
  try {
    const kept = yield* measureQuarantine(work);
    all.report.quarantineFiles += kept?.files ?? 0;
    all.report.quarantineBytes += kept?.bytes ?? 0;
    if (kept !== undefined && (kept.files > quarantineBounds.files || kept.bytes > quarantineBounds.bytes)) {
      const detail = `${kept.files} files and ${kept.bytes} bytes are in quarantine, more than its bounds; the next recovery drops the oldest`;
      all.add({ kind: "quarantine", path: kept.path, detail, bytes: kept.bytes });
    }
    for (const subject of folder.subjects) {
      if (!subject.hasGenerations) continue;
      const path = generationsOf(subject.path);
      const count = (yield* namesIn(path)).filter((each) => numberOf(each) !== undefined).length;
      all.report.generations += count;
      const detail = `${count} generations, more than ${mostGenerations}`;
      if (count > mostGenerations) all.add({ kind: "generations", path, detail });
    }
  } catch (error) {
    if (!isGone(error)) all.skip(unread(work, error));
  }
}

function* inspectJournals(port: Port, folder: Folder, all: Findings): Protocol<void> {
  if (yield* isCommitting(port, folder)) return;
  for (const left of yield* examineRoot(yield* openRoot(folder.path))) {
    const detail = `an interrupted transaction (${left.verdict}): ${left.details.join("; ")}`;
    all.add({ kind: "transaction", path: left.path, detail });
  }
}

/** Whether a living process holds the lock of the transactions in a folder. */
export function* isCommitting(port: Port, folder: Folder): Protocol<boolean> {
  const lock = folder.locks.find((path) => split(path).base === lockFolderName("transaction"));
  if (lock === undefined) return false;
  return (yield* holdersOf(port, lock)).some(({ state }) => state !== "dead");
}
