import { digestFile, etagOf, inDirectory, readWhole, shortDigest } from "../atomic/index.ts";
import { formatOf, problemIn } from "../formats/index.ts";
import type { Problem } from "../formats/index.ts";
import { listGenerations, removedAt, wholeGeneration } from "../generations/index.ts";
import type { Port, Status } from "../platform/index.ts";
import { committingAbove } from "../lock/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Orphan, TargetFacts, UsableGeneration } from "./facts.ts";
import { isGone, pathOf } from "./folder.ts";
import type { Folder, Found, Subject } from "./folder.ts";
import { judgeTarget, largestParsed, reasonOf } from "./judge-target.ts";
import type { Judgement } from "./judge-target.ts";
import type { RecoveryPolicy } from "./plan.ts";
import { orphanNameOf } from "./temp-schemes.ts";
import type { OrphanName } from "./temp-schemes.ts";

/** How facts are found. */
export interface Examination {
  readonly policy: RecoveryPolicy;
  /** How long a temp must have been left alone before its writer, of whom nothing can be proven, counts as gone. */
  readonly quietMs: number;
  /** Users whose files are trusted beside those of the folder's and the file's owner, and root's. */
  readonly trusted: readonly number[];
  /** Loads what contents are validated with; nothing on a thread that must not wait. */
  readonly load: () => Promise<void> | undefined;
  /** Asked between two files: when others have waited long enough, a promise that lets them run. */
  readonly breathe: () => Promise<void> | undefined;
}

/** A pid in a foreign scheme is believed to be the writer's for this long: pids are used again. */
const pidTrustMs = 86_400_000;

/** Finds out everything about one file that a plan depends on, and no more: contents are read only where they matter. */
export function* examine(port: Port, folder: Folder, subject: Subject, how: Examination): Protocol<TargetFacts> {
  const { path, name } = subject;
  const status = yield* call("lstat", path);
  const judged = yield* judgeTarget(port, { path, name, status });
  const owners = [0, folder.status.uid, ...how.trusted, ...(status === undefined ? [] : [status.uid])];
  const found = toOrphans(port, subject.found, how, owners);
  const broken = judged.state === "missing" || judged.state === "corrupt";
  const removedMs = judged.state === "missing" && subject.hasGenerations ? yield* removedAt(path) : undefined;
  const decides = broken || judged.state === "whole";
  const orphans = decides ? yield* lookForWinner(found, name, path, judged, how.policy, status, removedMs) : found;
  const facts = { path, status, ...judged, orphans, format: formatOf(name)?.name };
  const won = orphans.some(({ worth }) => worth === "complete" || worth === "valid");
  const comesBack = broken && !won && subject.hasGenerations && removedMs === undefined;
  const generation = comesBack ? yield* newestGeneration(path) : undefined;
  const shared = judged.state === "whole" && subject.hasGenerations ? yield* sharedGeneration(path, status) : undefined;
  return {
    ...facts,
    generation,
    removedMs,
    sharedGeneration: shared,
    unfinished: yield* unfinishedAbove(orphans, path),
  };
}

/** Looked for only where something is staged. */
function* unfinishedAbove(orphans: readonly Orphan[], path: string): Protocol<string | undefined> {
  return orphans.some(({ kind }) => kind === "part") ? yield* committingAbove(path) : undefined;
}

/** Orphans that nobody can tell the target of. */
export function* examineNameless(
  port: Port,
  folder: Folder,
  found: readonly Found[],
  how: Examination,
): Protocol<TargetFacts> {
  const orphans = toOrphans(port, found, how, [0, folder.status.uid, ...how.trusted]);
  const nothing = { problem: undefined, format: undefined, etag: undefined, status: undefined } as const;
  const none = { generation: undefined, removedMs: undefined, sharedGeneration: undefined } as const;
  const unfinished = yield* unfinishedAbove(orphans, inDirectory(folder.path, "any"));
  return { path: undefined, state: "missing", ...nothing, orphans, ...none, unfinished };
}

function toOrphans(port: Port, found: readonly Found[], how: Examination, owners: readonly number[]): Orphan[] {
  const orphans = found.map((each) => toOrphan(port, each, how, owners));
  return orphans.sort((a, b) => b.mtimeMs - a.mtimeMs || (a.name < b.name ? 1 : -1));
}

function toOrphan(port: Port, found: Found, how: Examination, owners: readonly number[]): Orphan {
  const { name, bytes, mtimeMs, ino, uid } = found;
  const quietMs = Math.max(0, port.clock.now() - mtimeMs);
  // It was told by this very name and time.
  const named = orphanNameOf(name, mtimeMs) as OrphanName;
  const { own, pid, scheme } = named;
  const writer = writerOf(port, named, quietMs);
  // A pid that is not in this namespace may live in another, so a foreign temp must have been quiet as well.
  const provenDead = own !== undefined && writer === "dead";
  return {
    path: pathOf(found),
    name,
    scheme,
    kind: own?.kind ?? "tmp",
    writer,
    pid,
    quietMs,
    abandoned: provenDead || (writer !== "alive" && quietMs >= how.quietMs),
    stranger: !owners.includes(uid),
    bytes,
    mtimeMs,
    ino,
    digest: own?.digest,
    worth: "not looked at",
  };
}

function writerOf(port: Port, { own, pid }: OrphanName, quietMs: number): Orphan["writer"] {
  if (own !== undefined) return port.liveness(own.owner);
  if (pid === undefined || pid === 0) return "unknown";
  const state = port.liveness({ pid, startTime: "0", scope: port.identity.scope });
  return state === "alive" && quietMs > pidTrustMs ? "unknown" : state;
}

/**
 * Reads orphans, newest first, until one is found that can win; a whole target only asks about untorn's own newer ones. Returns
 * those that are still there.
 */
function* lookForWinner(
  orphans: readonly Orphan[],
  name: string,
  path: string,
  target: Judgement,
  policy: RecoveryPolicy,
  status: Status | undefined,
  removedMs: number | undefined,
): Protocol<readonly Orphan[]> {
  const gone = new Set<Orphan>();
  for (const orphan of orphans) {
    if (orphan.kind !== "tmp" || !orphan.abandoned || orphan.stranger) continue;
    if (removedMs !== undefined && orphan.mtimeMs <= removedMs) continue;
    const newer = orphan.mtimeMs >= (status?.mtimeMs ?? 0) && orphan.ino !== status?.ino;
    if (target.state === "whole" && (!newer || (policy !== "newest" && orphan.digest === undefined))) continue;
    if (!(yield* weigh(orphan, name, path))) gone.add(orphan);
    const wins = orphan.worth === "complete" || orphan.worth === "valid";
    if (wins && (target.state !== "whole" || policy === "newest")) break;
  }
  return gone.size === 0 ? orphans : orphans.filter((orphan) => !gone.has(orphan));
}

/** Returns whether it is still there. */
function* weigh(orphan: Orphan, name: string, path: string): Protocol<boolean> {
  try {
    if (orphan.bytes > largestParsed) {
      orphan.etag = (yield* digestFile(orphan.path)).etag;
      orphan.worth = orphan.digest === undefined ? "unproven" : matchesName(orphan) ? "complete" : "invalid";
      return true;
    }
    const { bytes } = yield* readWhole(orphan.path);
    orphan.etag = etagOf(bytes);
    const cutOff = orphan.digest !== undefined && !matchesName(orphan);
    // Whatever its format says of an empty file, an empty temp is worth nothing.
    orphan.problem = cutOff
      ? { text: "its digest does not match its name: it was cut off" }
      : bytes.byteLength === 0
        ? { text: "it is empty (0 bytes)" }
        : problemIn(bytes, name, path);
    if (orphan.problem !== undefined) orphan.worth = "invalid";
    else if (orphan.digest !== undefined) orphan.worth = "complete";
    else orphan.worth = formatOf(name) === undefined ? "unproven" : "valid";
  } catch (error) {
    if (isGone(error)) return false;
    orphan.worth = "unreadable";
    orphan.problem = { text: reasonOf(error) };
  }
  return true;
}

function matchesName({ digest, etag }: Orphan): boolean {
  return etag !== undefined && shortDigest(etag) === digest;
}

function* newestGeneration(path: string): Protocol<UsableGeneration | undefined> {
  for (const generation of yield* listGenerations(path)) {
    try {
      if ((yield* wholeGeneration(generation, path)) !== undefined) return generation;
    } catch {
      // Unreadable: the one before it may be readable.
    }
  }
  return undefined;
}

/** The generation that is another name of the file as it is. */
export function* sharedGeneration(path: string, status: Status | undefined): Protocol<string | undefined> {
  if (status === undefined || status.nlink < 2) return undefined;
  return (yield* listGenerations(path)).find(({ ino }) => ino === status.ino)?.path;
}

/** What there is to say about a document for a report. */
export function problemSentence(problem: Problem): string {
  const { position, text } = problem;
  return position === undefined ? text : `${text} (line ${position.line}, column ${position.column})`;
}
