import { namesIn, generationsIn, numberOf } from "../generations/index.ts";
import { holdersOf } from "../lock/index.ts";
import type { Position, Port } from "../platform/index.ts";
import { pull } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { measureQuarantine, quarantineBounds } from "../quarantine/index.ts";
import { examineRoot, openRoot } from "../transaction/index.ts";
import { inDirectory, mostGenerations, split } from "../atomic/index.ts";
import { examine, examineNameless, problemSentence } from "./examine.ts";
import type { Examination } from "./examine.ts";
import type { Orphan, TargetFacts, Worth } from "./facts.ts";
import { isGone, unread } from "./folder.ts";
import type { Folder, Skipped } from "./folder.ts";
import { duration } from "./plan.ts";
import { isLeft, probeSentence } from "./probe-folders.ts";
import { looksSound } from "./judge-target.ts";
import type { Scheme } from "./temp-schemes.ts";
import { walk } from "./walk.ts";

/** What can be wrong in a folder. */
export type FindingKind =
  | "orphan"
  | "corrupt"
  | "missing"
  | "lock"
  | "transaction"
  | "quarantine"
  | "generations"
  | "unreadable";

/** Something that is not as it should be. */
export interface Finding {
  readonly kind: FindingKind;
  readonly path: string;
  /** In words, with the evidence. */
  readonly detail: string;
  /** Whose orphan it is. */
  readonly target?: string | undefined;
  readonly scheme?: Scheme;
  readonly writer?: Orphan["writer"];
  readonly pid?: number | undefined;
  /** Of a temp: how long it has not been written to. */
  readonly quietMs?: number;
  readonly bytes?: number;
  readonly worth?: Worth;
  readonly format?: string | undefined;
  readonly position?: Position | undefined;
}

/** What a scan saw. */
export interface ScanReport {
  readonly path: string;
  readonly folders: number;
  /** Regular files seen, and of these, documents whose content was checked. */
  readonly files: number;
  readonly documents: number;
  /** The first of the findings; `counts` has all. */
  readonly findings: readonly Finding[];
  readonly counts: Readonly<Partial<Record<FindingKind, number>>>;
  /** Temps of living writers and bytes in all temps; a living writer's temp is no finding. */
  readonly liveTemps: number;
  readonly tempBytes: number;
  /** Editors' backups and work files: seen, and left alone. */
  readonly editorFiles: number;
  /** What the quarantines hold, and how many generations are kept. */
  readonly quarantineFiles: number;
  readonly quarantineBytes: number;
  readonly generations: number;
  /** What was not looked into; the first of them. Where one `matters`, it is among the findings as `unreadable`. */
  readonly skipped: readonly Skipped[];
}

/** How far a scan has come. */
export interface Progress {
  readonly folders: number;
  readonly files: number;
  readonly findings: number;
  /** Actions done or planned, in a recovery. */
  readonly actions: number;
}

export interface ScanOptions {
  /** After how long without a write a temp counts as left behind, if nothing can be proven about its writer. Default 60,000. */
  readonly quietMs?: number;
  readonly onProgress?: (progress: Progress) => void;
  /** Told of every finding; those beyond `limit` are told here only. */
  readonly onFinding?: (finding: Finding) => void;
  /** Findings in the report at most. Default 10,000. */
  readonly limit?: number;
}

const skippedLimit = 1000;

/** Collects what a walk finds, within bounds. */
export class Findings {
  readonly report: {
    folders: number;
    files: number;
    documents: number;
    liveTemps: number;
    tempBytes: number;
    editorFiles: number;
    quarantineFiles: number;
    quarantineBytes: number;
    generations: number;
  } = {
    folders: 0,
    files: 0,
    documents: 0,
    liveTemps: 0,
    tempBytes: 0,
    editorFiles: 0,
    quarantineFiles: 0,
    quarantineBytes: 0,
    generations: 0,
  };
  readonly findings: Finding[] = [];
  readonly counts: Partial<Record<FindingKind, number>> = {};
  readonly skipped: Skipped[] = [];
  readonly #options: ScanOptions;
  #total = 0;

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  add(finding: Finding): void {
    this.#total += 1;
    this.counts[finding.kind] = (this.counts[finding.kind] ?? 0) + 1;
    if (this.findings.length < (this.#options.limit ?? 10_000)) this.findings.push(finding);
    this.#options.onFinding?.(finding);
  }

  skip(skipped: Skipped): void {
    if (this.skipped.length < skippedLimit) this.skipped.push(skipped);
    if (skipped.matters) this.add({ kind: "unreadable", path: skipped.path, detail: skipped.reason });
  }

  progress(actions = 0): void {
    const { folders, files } = this.report;
    this.#options.onProgress?.({ folders, files, findings: this.#total, actions });
  }
}

/** Looks at a folder and all below it, and says what is not as it should be. Changes nothing. */
export function* scanProtocol(port: Port, path: string, options: ScanOptions, how: Examination): Protocol<ScanReport> {
  const all = new Findings(options);
  yield* walk(
    path,
    how.breathe,
    function* (folder) {
      yield* inspect(port, folder, how, all, function* () {});
      return folder;
    },
    (skipped) => all.skip(skipped),
  );
  const { findings, counts, skipped, report } = all;
  return { path, ...report, findings, counts, skipped };
}

/** Adds a folder's findings; `each` is told the facts on every file, the nameless orphans' at the end. */
export function* inspect(
  port: Port,
  folder: Folder,
  how: Examination,
  all: Findings,
  each: (facts: TargetFacts, subject: Folder["subjects"][number] | undefined) => Protocol<void>,
): Protocol<void> {
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
    let facts: TargetFacts;
    try {
      facts = yield* examine(port, folder, subject, how);
    } catch (error) {
      if (!isGone(error)) all.skip(unread(subject.path, error));
      continue;
    }
    if (facts.status !== undefined) all.report.documents += 1;
    addFindings(facts, all);
    yield* each(facts, subject);
    all.progress();
  }
  if (folder.nameless.length > 0) {
    const facts = examineNameless(port, folder, how);
    addFindings(facts, all);
    yield* each(facts, undefined);
  }
  inspectProbes(port, folder, how, all);
  yield* inspectLocks(port, folder, all);
  yield* inspectWork(port, folder, all);
  all.progress();
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
    for (const { name, hasGenerations } of folder.subjects) {
      if (!hasGenerations) continue;
      const path = inDirectory(generationsIn(work), name);
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
  const lock = folder.locks.find((path) => split(path).base === ".transaction.untorn.lock");
  if (lock === undefined) return false;
  return (yield* holdersOf(port, lock)).some(({ state }) => state !== "dead");
}
