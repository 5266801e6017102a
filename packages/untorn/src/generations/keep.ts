import {
  etagOf,
  inDirectory,
  makeDirectories,
  makeFile,
  parseTempName,
  quietly,
  readIfAny,
  shortDigest,
  split,
  syncEntries,
  tempName,
  writeAll,
} from "../atomic/index.ts";
import type { WholeFile, WriteOptions } from "../atomic/index.ts";
import { problemIn } from "../formats/index.ts";
import { UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { call, isLinked, namesIn } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { boundQuarantine, keepAside, workFolderOf } from "../quarantine/index.ts";
import { generationName, generationsOf, listGenerations } from "./list.ts";

export interface KeepRequest {
  /** The target, links resolved. */
  readonly path: string;
  /** How many to keep. */
  readonly count: number;
  readonly options: Pick<WriteOptions, "ifMatch" | "durability" | "inPlace">;
}

/** What a commit that comes next depends on, and what is left to do once it is known what became of it. */
export interface Kept {
  /** Whether there was a file. */
  readonly existed: boolean;
  /** The generation that was made; nobody needs it if the file is not replaced. */
  readonly made?: string;
  /** Those that are too many once the file is replaced. */
  readonly surplus: readonly string[];
}

/**
 * Keeps the content that is about to be replaced as a generation, right before the commit; the caller holds the lock of the
 * file's generations. Only whole content becomes a generation, so that a corrupt one never pushes out the last whole one;
 * a corrupt one that is about to be replaced goes to the quarantine (G7). Nothing is dropped yet: the commit may fail.
 */
export function* keepGeneration(port: Port, request: KeepRequest): Protocol<Kept> {
  const { path, options } = request;
  const old = yield* readIfAny(path);
  const etag = old === undefined ? undefined : etagOf(old.bytes);
  // Getting here may have taken a while: the condition is asked once more.
  if (options.ifMatch !== undefined && etag !== options.ifMatch) throw conflict(path);
  if (old === undefined || etag === undefined) return { existed: false, surplus: [] };
  if (problemIn(old.bytes, split(path).base, path) !== undefined) {
    if (old.bytes.byteLength > 0) yield* keepAside(workFolderOf(path), [path]);
    yield* boundQuarantine(workFolderOf(path));
    return { existed: true, surplus: [] };
  }
  if (old.bytes.byteLength === 0) return { existed: true, surplus: [] };
  const folder = generationsOf(path);
  const generations = yield* listGenerations(path);
  const [newest] = generations;
  const digest = shortDigest(etag);
  const isKept = newest?.digest === digest;
  const surplus = generations.slice(isKept ? request.count : request.count - 1).map((each) => each.path);
  if (isKept) return { existed: true, surplus };
  const made = inDirectory(folder, generationName((newest?.number ?? 0) + 1, digest));
  yield* makeDirectories(port, folder);
  yield* keepAs(port, request, old, made);
  try {
    if ((options.durability ?? "full") === "full") yield* syncEntries(port, folder, path, "unchanged");
  } catch (error) {
    yield* quietly(call("unlink", made));
    throw error;
  }
  return { existed: true, made, surplus };
}

/**
 * A second name for the file costs no copy. But the generation would change with whoever writes into that file later: under
 * another name that it has, or by the in-place write that may follow; then it is copied.
 */
function* keepAs(port: Port, { path, options }: KeepRequest, old: WholeFile, to: string): Protocol<void> {
  if (old.status.nlink === 1 && options.inPlace === undefined && (yield* isLinked(path, to))) return;
  // The lock is held, so a copy that is there was cut off by a crash.
  for (const name of yield* namesIn(generationsOf(path))) {
    if (parseTempName(name) !== undefined) yield* quietly(call("unlink", inDirectory(generationsOf(path), name)));
  }
  const temp = inDirectory(generationsOf(path), tempName(port, "tmp", split(path).base, [etagOf(old.bytes)]));
  yield* makeFile(temp, (handle) => writeAll(handle, old.bytes, () => {}, path), options.durability !== "off");
  yield* call("rename", temp, to);
}

function conflict(path: string): UntornError {
  return new UntornError({ code: "UNTORN_CONFLICT", path, phase: "commit", outcome: "unchanged" });
}
