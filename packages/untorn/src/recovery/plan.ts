import type { Orphan, TargetFacts } from "./facts.ts";

/**
 * - `untorn` (default): only what is missing or corrupt gets another content.
 * - `newest`: the newest valid temp wins, also over a whole target, if that is older; the old content is kept.
 * - `abandon`: as `untorn`, and a transaction that cannot be completed is set aside.
 */
export type RecoveryPolicy = "untorn" | "newest" | "abandon";

export const policies: readonly RecoveryPolicy[] = ["untorn", "newest", "abandon"];

/** One step of a recovery. */
export interface Action {
  readonly kind:
    /** Nothing is done; the reason says why. */
    | "leave"
    /** Removed: proven that nothing is lost with it. */
    | "remove"
    /** Moved to the quarantine. */
    | "quarantine"
    /** The target's content gets a second name in the quarantine before it is replaced. */
    | "keep"
    /** An orphan becomes the target. */
    | "adopt"
    /** A generation becomes the target. */
    | "restore"
    /** An interrupted in-place write is brought to its end. */
    | "finish"
    /** A transaction is completed or taken back. */
    | "settle"
    /** A transaction that cannot be completed is set aside. */
    | "abandon"
    /** A dead process's lock is cleared away. */
    | "unlock"
    /** Nothing is there to put in the place of a missing or corrupt file. */
    | "lost";
  readonly path: string;
  /** The file that it is about, if that is another. */
  readonly target?: string | undefined;
  readonly reason: string;
  /** It, or its target, could not be read: nobody knows what was to be done, so it counts as failed. */
  readonly unread?: boolean;
  /** What is gone for good, in words. */
  readonly lost?: string;
  readonly bytes?: number;
}

/** What to do about one file: pure, so that a dry run and a recovery cannot differ. In the order in which it is done. */
export function planRecovery(facts: TargetFacts, policy: RecoveryPolicy = "untorn"): Action[] {
  const interrupted = facts.orphans.filter(({ kind }) => kind === "bak");
  const first = interrupted.map((orphan) => finishing(orphan, facts));
  // Until it is finished, nobody can say what the target is.
  if (first.some(({ kind }) => kind === "finish")) return first;
  const parts = facts.orphans.filter(({ kind }) => kind === "part").map((orphan) => partLeft(orphan, facts));
  const orphans = facts.orphans.filter(({ kind }) => kind === "tmp");
  const usable: Orphan[] = [];
  const left: Action[] = [];
  for (const orphan of orphans) {
    const reason = reasonToLeave(orphan, facts);
    if (reason === undefined) usable.push(orphan);
    else left.push({ ...leave(orphan, facts, reason), ...(isUnread(orphan, facts) && { unread: true }) });
  }
  const rest =
    facts.path === undefined
      ? usable.map((orphan) => quarantine(orphan, facts, "its name does not say which file it was for"))
      : facts.state === "whole"
        ? besideWhole(facts, usable, policy)
        : besideBroken(facts, usable, left.length > 0);
  return [...first, ...parts, ...left, ...rest];
}

function reasonToLeave(orphan: Orphan, { path, state }: TargetFacts): string | undefined {
  if (orphan.writer === "alive") return `its writer is alive (pid ${orphan.pid})`;
  if (!orphan.abandoned) {
    const doubt =
      orphan.writer === "dead"
        ? "the pid in its name does not run here, which is no proof (it may be of another container)"
        : "nobody can say whether its writer lives";
    return `it may still be written: ${doubt}, and it changed ${duration(orphan.quietMs)} ago; try again in a minute, or see --quiet-for`;
  }
  if (orphan.stranger) return "it belongs to another user, who has no say in this folder";
  if (orphan.worth === "unreadable") return `it cannot be read (${orphan.problem?.text})`;
  if (path !== undefined && state === "not a file") return "its target is no regular file";
  if (path !== undefined && state === "unreadable") return "its target cannot be read";
  return undefined;
}

/** Whether it is left alone because something could not be read, and for no other reason. */
function isUnread(orphan: Orphan, { state }: TargetFacts): boolean {
  if (orphan.writer === "alive" || !orphan.abandoned || orphan.stranger) return false;
  return orphan.worth === "unreadable" || state === "unreadable";
}

function besideWhole(facts: TargetFacts, orphans: readonly Orphan[], policy: RecoveryPolicy): Action[] {
  const target = facts.path as string;
  const mtimeMs = facts.status?.mtimeMs ?? 0;
  const newest = policy === "newest" ? orphans.find((each) => isWhole(each) && each.mtimeMs > mtimeMs) : undefined;
  // With the content that is in place already there is nothing to win.
  const winner = newest?.etag === facts.etag ? undefined : newest;
  const actions: Action[] = [];
  for (const orphan of orphans) {
    if (orphan === winner) continue;
    const gone = superseded(orphan, facts);
    if (gone !== undefined)
      actions.push({ kind: "remove", path: orphan.path, target, reason: gone, bytes: orphan.bytes });
    else actions.push(quarantine(orphan, facts, besideWholeReason(orphan, mtimeMs)));
  }
  if (winner !== undefined) {
    actions.push({ kind: "keep", path: target, reason: "it is about to be replaced (policy newest)" });
    const reason = `it is newer than the target, and ${winner.worth} (policy newest)`;
    actions.push({ kind: "adopt", path: winner.path, target, reason, bytes: winner.bytes });
  }
  if (facts.sharedGeneration !== undefined) {
    const reason = "it is another name of the file as it is now: keeping it was interrupted before the replace";
    actions.push({ kind: "remove", path: facts.sharedGeneration, target, reason });
  }
  return actions;
}

function besideWholeReason(orphan: Orphan, mtimeMs: number): string {
  if (orphan.scheme !== "untorn") return "the target is whole, and what another program left is not ours to remove";
  if (orphan.writer !== "dead")
    return "the target is whole, and its writer cannot be proven dead (another host, boot or container)";
  const newer = orphan.mtimeMs > mtimeMs ? "it is newer than the target" : "it is as old as the target";
  return `${newer} and may be the only copy of what it holds`;
}

/** Why nothing is lost with it; `undefined` where that is not proven. */
function superseded(orphan: Orphan, { etag, status }: TargetFacts): string | undefined {
  if (status !== undefined && orphan.ino === status.ino) return "it is another name of the target itself";
  if (orphan.scheme !== "untorn" || orphan.writer !== "dead") return undefined;
  if (etag !== undefined && (orphan.etag === etag || orphan.digest === etag.slice(0, 16))) {
    return "its content is in place already";
  }
  if (orphan.mtimeMs < (status?.mtimeMs ?? 0)) return "the target was written after it, and its writer is dead";
  if (orphan.digest !== undefined && orphan.worth === "invalid") {
    return "it was never finished, so no call that wrote it has returned, and its writer is dead";
  }
  return undefined;
}

function besideBroken(facts: TargetFacts, orphans: readonly Orphan[], someLeft: boolean): Action[] {
  const { path, state, problem, generation } = facts;
  const target = path as string;
  if (problem?.rest !== undefined) {
    const reason = `it is corrupt (${problem.text}), but ${problem.rest}`;
    const others = orphans.map((orphan) => leave(orphan, facts, "its target is corrupt only in part"));
    return [{ kind: "leave", path: target, reason }, ...others];
  }
  const winner = orphans.find(isWhole);
  const actions: Action[] = [];
  for (const orphan of orphans) {
    if (orphan === winner) continue;
    if (isFromBefore(orphan, facts)) {
      actions.push(quarantine(orphan, facts, "the target was removed on purpose after it was written"));
    } else if (orphan.worth === "unproven") {
      actions.push(
        leave(orphan, facts, "nothing is known about this kind of file, so nothing proves that it is complete"),
      );
    } else if (winner !== undefined && orphan.worth !== "invalid") {
      actions.push(quarantine(orphan, facts, "it is older than the one that is adopted"));
    } else
      actions.push(
        quarantine(orphan, facts, `it is not whole: ${orphan.problem?.text ?? "its digest does not match"}`),
      );
  }
  const why = state === "missing" ? "the target is missing" : `the target is corrupt (${problem?.text})`;
  if (state === "corrupt" && (winner !== undefined || generation !== undefined)) {
    actions.push({ kind: "keep", path: target, reason: `it is corrupt (${problem?.text}) and about to be replaced` });
  }
  if (winner !== undefined) {
    const proof = winner.worth === "complete" ? "proves complete by its digest" : "is valid";
    const reason = `${why}, and this is the newest temp that ${proof}`;
    actions.push({ kind: "adopt", path: winner.path, target, reason, bytes: winner.bytes });
  } else if (generation !== undefined) {
    const since = new Date(generation.mtimeMs).toISOString();
    const lost = `what was written to it after ${since}`;
    const reason = `${why}, and there is no valid temp: generation ${generation.number} of ${since} comes back`;
    actions.push({ kind: "restore", path: generation.path, target, reason, lost });
  } else if (
    state === "corrupt" ||
    (orphans.some((each) => wasPromised(each) && !isFromBefore(each, facts)) &&
      !someLeft &&
      actions.every(({ kind }) => kind !== "leave"))
  ) {
    const reason = `${why}, and there is neither a valid temp nor a generation to put in its place`;
    // Somebody may still read what is in a file that does not parse; it stays as it is.
    const unread = state === "corrupt" && facts.status !== undefined && problem?.position !== undefined;
    const lost = unread
      ? "what is wrong in it, unless you have a backup; it stays as it is"
      : "its content, unless you have a backup";
    actions.push({ kind: "lost", path: target, reason, lost });
  }
  return actions;
}

/** An untorn temp that is not whole belongs to a call that has not returned: where there is no file, there need not have been one. */
function wasPromised({ scheme }: Orphan): boolean {
  return scheme !== "untorn";
}

/** Whether it was written before untorn removed its target. */
function isFromBefore({ mtimeMs }: Orphan, { removedMs }: TargetFacts): boolean {
  return removedMs !== undefined && mtimeMs <= removedMs;
}

function isWhole({ worth }: Orphan): boolean {
  return worth === "complete" || worth === "valid";
}

function finishing(orphan: Orphan, facts: TargetFacts): Action {
  if (orphan.writer === "alive") return leave(orphan, facts, `process ${orphan.pid} is rewriting the target in place`);
  return {
    kind: "finish",
    path: orphan.path,
    target: facts.path,
    reason: "it is the old content of a file that was being rewritten in place: that is brought to its end",
    bytes: orphan.bytes,
  };
}

/** A transaction's staged file is nothing by itself: with no journal to name it, it was never promised to anybody. */
function partLeft(orphan: Orphan, facts: TargetFacts): Action {
  const { unfinished } = facts;
  // It may be all that there is of a content that is committed.
  if (unfinished !== undefined)
    return leave(orphan, facts, `a transaction in ${unfinished} is unfinished, and may need it: that comes first`);
  const left = reasonToLeave(orphan, facts);
  if (left !== undefined && orphan.worth !== "unreadable") return leave(orphan, facts, left);
  if (orphan.writer === "dead") {
    const reason = "it was staged by a transaction that never committed, and its writer is dead";
    return { kind: "remove", path: orphan.path, target: facts.path, reason, bytes: orphan.bytes };
  }
  return quarantine(orphan, facts, "it was staged by a transaction that never committed");
}

function leave(orphan: Orphan, facts: TargetFacts, reason: string): Action {
  return { kind: "leave", path: orphan.path, target: facts.path, reason, bytes: orphan.bytes };
}

function quarantine(orphan: Orphan, facts: TargetFacts, reason: string): Action {
  return { kind: "quarantine", path: orphan.path, target: facts.path, reason, bytes: orphan.bytes };
}

/** A span of time for people. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
