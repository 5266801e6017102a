import { contentOf, holdWhole, inDirectory, readWhole, within } from "../atomic/index.ts";
import type { FileContent, WholeFile } from "../atomic/index.ts";
import { invalidArgument, isUntornError, systemCodeOf, toUntornError, UntornError } from "../platform/index.ts";
import type { Port, Status } from "../platform/index.ts";
import { backoff, call, pause } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { journalsIn, ownsTransaction } from "../lock/index.ts";
import { journalAbove, otherRootAbove } from "./journal-above.ts";
import { insidePath, openRoot, placeIn } from "./places.ts";
import type { Root } from "./places.ts";
import { recoverRoot } from "./recover.ts";
import { reportSettled } from "./reports.ts";
import { settleRoot, withRootLock } from "./transaction.ts";
import { makeWorkFolder } from "./work-folder.ts";

/** So often files are read without the lock before it is taken. */
const freeTries = 20;
const longestPauseMs = 50;
/** Without the lock each file is kept open until all are read; more of them are read under the lock. */
const freeFiles = 100;
/** Where the lock cannot be had, so many are kept open: a process may have 1,024, and each is looked at through all before it. */
const mostFiles = 250;

/**
 * Reads several files as one commit left them, beside transactions that go on. A file that does not exist is
 * `undefined`. What a crashed transaction left half done is completed or taken back first.
 *
 * A journal is there from before the first file changes until after the last. So when all are read it is looked for one, and
 * then every path must still name the very file that was read (kept open, so that its inode number cannot come back): of a
 * commit that began before the look there was nothing left to do by then, and one that began after it has changed none of
 * them. In this order: a commit may end between two looks. Roots may lie in one another, so it is looked for in all folders above.
 */
export function readTogetherProtocol(
  port: Port,
  path: string,
  paths: readonly string[],
  blocking = false,
): Protocol<(FileContent | undefined)[]> {
  return within("read", path, "unchanged", readAll(port, path, paths, blocking));
}

function* readAll(
  port: Port,
  path: string,
  paths: readonly string[],
  blocking: boolean,
): Protocol<(FileContent | undefined)[]> {
  if (!Array.isArray(paths)) throw invalidArgument(path, "the paths of the files come in an array");
  const root = yield* openRoot(path);
  const inside = paths.map((each) => insidePath(root, each));
  const isFew = inside.length <= freeFiles;
  const found = isFew ? yield* readFreely(port, root, inside, blocking) : undefined;
  if (found !== undefined) return found.map(toContent);
  let locked = false;
  try {
    // There may never have been a transaction here.
    yield* makeWorkFolder(root);
    return yield* withRootLock(port, root, { purpose: "reading files together", blocking }, function* () {
      locked = true;
      reportSettled(yield* recoverRoot(port, root));
      return (yield* readUnderLock(port, root, inside, blocking)).map(toContent);
    });
  } catch (error) {
    const refused = toUntornError(error, { path: root.work, phase: "lock", outcome: "unchanged" });
    if (locked || (refused.code !== "UNTORN_PERMISSION" && refused.code !== "UNTORN_READ_ONLY")) throw refused;
    // Who may only read can do without the lock, as long as nobody changes the files meanwhile.
    const still = isFew || inside.length > mostFiles ? undefined : yield* readFreely(port, root, inside, blocking);
    if (still === undefined) throw cannotLock(root, inside, refused);
    return still.map(toContent);
  }
}

/**
 * With the lock no transaction of this root is at work, but those of a root around or inside it may be: they are looked for while the
 * files are open, as without the lock. What goes on changing without any is somebody's who takes no locks, and there is no one moment.
 */
function* readUnderLock(
  port: Port,
  root: Root,
  inside: readonly string[],
  blocking: boolean,
): Protocol<readonly Read[]> {
  const isFew = inside.length <= freeFiles;
  const lexical = inside.map((each) => inDirectory(root.real, each));
  let other: string | undefined;
  for (let attempt = 1; attempt <= freeTries; attempt += 1) {
    const files = isFew ? yield* readAtOnce(root, inside, []) : yield* readEach(root, inside);
    other = yield* journalAbove(root, files === undefined ? lexical : pathsOf(files));
    if (files !== undefined && other === undefined) return files;
    if (other !== undefined) {
      if (blocking && ownsTransaction(port, other)) break;
      yield* settleRoot(port, other);
    }
    yield* pause(backoff(port, attempt, longestPauseMs));
  }
  other ??= yield* otherRootAbove(root, lexical);
  if (other !== undefined) throw standing(port, root, other);
  return yield* readEach(root, inside);
}

function standing(port: Port, { path }: Root, other: string): UntornError {
  const isOwn = ownsTransaction(port, other);
  const problem = isOwn
    ? `this very process is committing a transaction in ${other}`
    : `transactions in ${other} go on, or one was left unfinished there`;
  const next = isOwn
    ? "Await the transaction first, or use the asynchronous call."
    : "Call again; `untorn recover` tells, and completes or takes back what a crash left.";
  return new UntornError({ code: "UNTORN_LOCKED", path, phase: "lock", outcome: "unchanged", problem, next });
}

/** Reads files without the lock; `undefined` where they never kept still. */
function* readFreely(
  port: Port,
  root: Root,
  inside: readonly string[],
  blocking: boolean,
): Protocol<readonly Read[] | undefined> {
  for (let attempt = 1; attempt <= freeTries; attempt += 1) {
    if ((yield* journalsIn(root.real)).length === 0) {
      const files = yield* readAtOnce(root, inside, []);
      if (files !== undefined) return files;
    } else if (blocking && ownsTransaction(port, root.real)) return undefined;
    yield* pause(backoff(port, attempt, longestPauseMs));
  }
  return undefined;
}

function cannotLock(root: Root, inside: readonly string[], { code, cause }: UntornError): UntornError {
  const why = inside.length > mostFiles ? `${inside.length} files are read` : "files that go on changing are read";
  return new UntornError({
    code,
    path: root.work,
    phase: "lock",
    outcome: "unchanged",
    problem: `${why} under a lock, which cannot be taken in this folder (${systemCodeOf(cause) ?? code})`,
    next: "Read fewer files at once, or as a user who may write here.",
    cause,
  });
}

interface Read {
  readonly path: string;
  readonly whole: WholeFile | undefined;
}

/** Opens and reads one file after the other, and looks at all of them once more while they are open. */
function* readAtOnce(
  root: Root,
  inside: readonly string[],
  read: readonly Read[],
): Protocol<readonly Read[] | undefined> {
  const next = inside[read.length];
  if (next === undefined) return (yield* isOfOneMoment(root, read)) ? read : undefined;
  const { path } = yield* placeIn(root, next);
  if ((yield* call("stat", path)) === undefined) {
    return yield* readAtOnce(root, inside, [...read, { path, whole: undefined }]);
  }
  try {
    return yield* holdWhole(path, (whole) => readAtOnce(root, inside, [...read, { path, whole }]));
  } catch (error) {
    // Removed between the two looks: another try.
    if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND" && error.path === path) return undefined;
    throw error;
  }
}

function* isOfOneMoment(root: Root, read: readonly Read[]): Protocol<boolean> {
  const paths = pathsOf(read);
  // What was absent may have come and be going again, and is then as it was: a second look finds the journal, or others gone.
  const looks = read.some(({ whole }) => whole === undefined) ? 2 : 1;
  for (let look = 1; look <= looks; look += 1) {
    if ((yield* journalAbove(root, paths)) !== undefined || !(yield* unmoved(read))) return false;
  }
  return true;
}

function pathsOf(files: readonly Read[]): string[] {
  return files.map(({ path }) => path);
}

function* readEach(root: Root, inside: readonly string[]): Protocol<Read[]> {
  const files: Read[] = [];
  for (const each of inside) {
    const { path } = yield* placeIn(root, each);
    const whole = (yield* call("stat", path)) === undefined ? undefined : yield* readWhole(path);
    files.push({ path, whole });
  }
  return files;
}

function* unmoved(files: readonly Read[]): Protocol<boolean> {
  for (const { path, whole } of files) {
    const now = yield* call("stat", path);
    if (!isSame(now, whole?.status)) return false;
  }
  return true;
}

function isSame(now: Status | undefined, then: Status | undefined): boolean {
  if (now === undefined || then === undefined) return now === then;
  return now.ino === then.ino && now.dev === then.dev && now.size === then.size && now.mtimeMs === then.mtimeMs;
}

function toContent({ path, whole }: Read): FileContent | undefined {
  return whole && contentOf(path, whole);
}
