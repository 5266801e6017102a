import { inDirectory, isTempFor } from "../atomic/index.ts";
import { formatOf } from "../formats/index.ts";
import { lockedName, transactionOf, workFolder } from "../lock/index.ts";
import { isForeign, isUntornError, probePrefix, systemCodeOf } from "../platform/index.ts";
import type { Entry, Status } from "../platform/index.ts";
import { call, pull } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { isEditorFile, isOrdinary, orphanNameOf } from "./temp-schemes.ts";
import type { OrphanName } from "./temp-schemes.ts";

/** A file with an orphan's name. There may be a hundred thousand in one folder, so what its name tells is read again when it matters. */
export interface Found {
  readonly directory: string;
  readonly name: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly ino: number;
  readonly uid: number;
}

export function toFound(directory: string, name: string, { size, mtimeMs, ino, uid }: Status): Found {
  return { directory, name, bytes: size, mtimeMs, ino, uid };
}

export function pathOf({ directory, name }: Found): string {
  return inDirectory(directory, name);
}

/** A file whose content can be checked, or that something was found for. */
export interface Subject {
  readonly name: string;
  readonly path: string;
  /** Whether it was there, as a regular file, when the folder was listed. */
  readonly isThere: boolean;
  readonly found: readonly Found[];
  readonly hasGenerations: boolean;
}

/** Something that was not looked into. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
  /** Whether there may be findings in it, so that "nothing found" would say too much. */
  readonly matters: boolean;
}

export interface Probed {
  readonly path: string;
  readonly status: Status;
}

/** One folder, its entries sorted out by name; no content has been read. */
export interface Folder {
  readonly path: string;
  readonly status: Status;
  readonly subjects: readonly Subject[];
  /** Orphans whose names do not say what they were for. */
  readonly nameless: readonly Found[];
  readonly folders: readonly string[];
  /** Folders in which the filesystem was tried out. */
  readonly probes: readonly Probed[];
  readonly skipped: readonly Skipped[];
  /** Lock folders. */
  readonly locks: readonly string[];
  /** `DIR/.untorn`, where there is one. */
  readonly work: string | undefined;
  readonly journals: readonly string[];
  readonly files: number;
  readonly editorFiles: number;
}

/** Folders of other tools, which keep their own order in them. */
const foreignFolders = new Set([".git", ".hg", ".svn", "node_modules"]);

/** Looks at the entries of one folder; throws only if it cannot be listed. Symbolic links are reported, never followed. */
export function* lookInto(path: string, breathe: () => Promise<void> | undefined): Protocol<Folder | undefined> {
  const status = yield* call("lstat", path);
  if (status?.kind !== "directory") return undefined;
  const entries = yield* call("entries", path);
  const documents = new Set<string>();
  const found: Found[] = [];
  const folders: string[] = [];
  const probes: Probed[] = [];
  const skipped: Skipped[] = [];
  const locks: string[] = [];
  let work: string | undefined;
  let files = 0;
  let editorFiles = 0;
  const unreachable = yield* withoutStatus(path, entries);
  for (const { name, kind } of entries) {
    if (unreachable?.has(name) === true) continue;
    // Of most files nothing has to be known but the name: their status would be a system call each.
    if (kind === "file" && isOrdinary(name)) {
      files += 1;
      documents.add(name);
      continue;
    }
    const at = inDirectory(path, name);
    if (kind === "directory") {
      if (name === workFolder) {
        const own = yield* statusOf(at, skipped);
        // Its generations and journals would be put in place.
        if (own !== undefined && isForeign(status, own)) skipped.push(strangers(at, true));
        else if (own !== undefined) work = at;
      } else if (lockedName(name) !== undefined) locks.push(at);
      else if (name.startsWith(probePrefix)) {
        const own = yield* statusOf(at, skipped);
        // Its owner may put another folder, or a link to one, in its place at any moment.
        if (own !== undefined && isForeign(status, own)) skipped.push(strangers(at, false));
        else if (own !== undefined) probes.push({ path: at, status: own });
      } else if (foreignFolders.has(name))
        skipped.push({ path: at, reason: "it belongs to another tool", matters: false });
      else folders.push(at);
    } else if (kind === "symlink") {
      skipped.push({ path: at, reason: "it is a symbolic link", matters: false });
    } else if (kind === "other") {
      skipped.push({ path: at, reason: "it is no regular file", matters: false });
    } else {
      const others = breathe();
      if (others !== undefined) yield* pull(() => others);
      const status = yield* statusOf(at, skipped);
      if (status === undefined) continue;
      files += 1;
      const named = orphanNameOf(name, status.mtimeMs);
      if (named !== undefined) found.push(toFound(path, name, status));
      else if (isEditorFile(name)) editorFiles += 1;
      else documents.add(name);
    }
  }
  for (const name of unreachable ?? [])
    skipped.push({ path: inDirectory(path, name), reason: "it cannot be read (its name is not UTF-8)", matters: true });
  const inWork = work === undefined ? noWork : yield* lookIntoWork(work, skipped);
  const { subjects, nameless } = sorted(path, documents, found, inWork.kept);
  return {
    path,
    status,
    subjects,
    nameless: [...nameless, ...inWork.found],
    folders,
    probes,
    skipped,
    locks: [...locks, ...inWork.locks],
    work,
    journals: inWork.journals,
    files,
    editorFiles,
  };
}

const replacement = "\ufffd";

/**
 * Names that are listed and that there is nothing under: what they have of bytes that are no UTF-8 was replaced as they were read, so
 * nobody can ask for them. One that vanished meanwhile is not listed a second time.
 */
function* withoutStatus(path: string, entries: readonly Entry[]): Protocol<ReadonlySet<string> | undefined> {
  const names = entries.map(({ name }) => name).filter((name) => name.includes(replacement));
  if (names.length === 0) return undefined;
  const seen = new Set<string>();
  const found = new Set<string>();
  for (const name of names) {
    // Twice: what would be found under the name is one of them at most.
    if (seen.has(name) || (yield* call("lstat", inDirectory(path, name))) === undefined) found.add(name);
    seen.add(name);
  }
  if (found.size === 0) return undefined;
  const again = new Set(yield* call("readdir", path));
  for (const name of found) if (!again.has(name)) found.delete(name);
  return found;
}

interface InWork {
  /** Names of files that have generations. */
  readonly kept: ReadonlySet<string>;
  readonly found: readonly Found[];
  readonly locks: readonly string[];
  readonly journals: readonly string[];
}

const noWork: InWork = { kept: new Set(), found: [], locks: [], journals: [] };

function* lookIntoWork(work: string, skipped: Skipped[]): Protocol<InWork> {
  const kept = new Set<string>();
  const found: Found[] = [];
  const locks: string[] = [];
  const journals: string[] = [];
  for (const name of yield* namesOf(work, skipped)) {
    const path = inDirectory(work, name);
    const status = yield* statusOf(path, skipped);
    if (status === undefined) continue;
    if (transactionOf(name) !== undefined) journals.push(path);
    else if (status.kind === "directory" && lockedName(name) !== undefined) locks.push(path);
    else if (status.kind === "file") {
      const named = orphanNameOf(name, status.mtimeMs);
      if (named?.own !== undefined) found.push(toFound(work, name, status));
    } else if (name === "generations") {
      for (const each of yield* namesOf(path, skipped)) {
        if (lockedName(each) === undefined) kept.add(each);
        else locks.push(inDirectory(path, each));
      }
    }
  }
  return { kept, found, locks, journals };
}

function sorted(
  path: string,
  documents: ReadonlySet<string>,
  found: readonly Found[],
  kept: ReadonlySet<string>,
): { subjects: Subject[]; nameless: Found[] } {
  const groups = new Map<string, Found[]>();
  const nameless: Found[] = [];
  for (const each of found) {
    const named = orphanNameOf(each.name, each.mtimeMs);
    const target = named === undefined ? undefined : targetOf(named, documents);
    const group = target === undefined ? nameless : (groups.get(target) ?? []);
    group.push(each);
    if (target !== undefined && group.length === 1) groups.set(target, group);
  }
  const names = new Set([...groups.keys(), ...kept]);
  for (const name of documents) if (formatOf(name) !== undefined) names.add(name);
  const subjects = [...names].sort().map((name): Subject => ({
    name,
    path: inDirectory(path, name),
    isThere: documents.has(name),
    found: groups.get(name) ?? [],
    hasGenerations: kept.has(name),
  }));
  return { subjects, nameless };
}

/** The whole name of the target; a very long one is cut in the temp's name, and found among the files that are there. */
function targetOf({ own, target }: OrphanName, documents: ReadonlySet<string>): string | undefined {
  if (own === undefined || documents.has(own.base)) return target;
  for (const name of Buffer.byteLength(own.base) > 120 ? documents : []) if (isTempFor(own, name)) return name;
  return /~+[0-9a-f]{8}$/.test(own.base) && Buffer.byteLength(own.base) > 120 ? undefined : target;
}

function* namesOf(path: string, skipped: Skipped[]): Protocol<string[]> {
  try {
    return yield* call("readdir", path);
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT") skipped.push(unread(path, error));
    return [];
  }
}

function* statusOf(path: string, skipped: Skipped[]): Protocol<Status | undefined> {
  try {
    return yield* call("lstat", path);
  } catch (error) {
    skipped.push(unread(path, error));
    return undefined;
  }
}

/** Whether an error only says that a file or folder is not there any more: another program has removed it in the meantime. */
export function isGone(error: unknown): boolean {
  return isUntornError(error)
    ? error.code === "UNTORN_NOT_FOUND" || error.systemCode === "ENOENT"
    : systemCodeOf(error) === "ENOENT";
}

function strangers(path: string, matters: boolean): Skipped {
  return { path, reason: "it belongs to another user, who has no say in this folder", matters };
}

export function unread(path: string, error: unknown): Skipped {
  const code = systemCodeOf(error);
  return { path, reason: `it cannot be read${code === undefined ? "" : ` (${code})`}`, matters: true };
}
