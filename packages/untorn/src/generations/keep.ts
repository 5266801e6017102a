import {
  etagOf,
  inDirectory,
  makeDirectories,
  parseTempName,
  quietly,
  readWhole,
  shortDigest,
  syncEntries,
  tempName,
  writeAll,
} from "../atomic/index.ts";
import type { WholeFile, WriteOptions } from "../atomic/index.ts";
import { problemIn } from "../formats/index.ts";
import { isUntornError, systemCodeOf, UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { boundQuarantine, keepAside, workFolderOf } from "../quarantine/index.ts";
import { generationName, generationsOf, listGenerations, namesIn } from "./list.ts";

export interface KeepRequest {
  /** The target, links resolved. */
  readonly path: string;
  readonly base: string;
  /** How many to keep. */
  readonly count: number;
  readonly options: Pick<WriteOptions, "ifMatch" | "durability" | "inPlace">;
}

/**
 * Keeps the content that is about to be replaced as a generation, right before the commit; the caller holds the lock of the
 * file's generations. Only whole content becomes a generation, so that a corrupt one never pushes out the last whole one;
 * a corrupt one that is about to be replaced goes to the quarantine (G7). Returns whether there was a file.
 */
export function* keepGeneration(port: Port, request: KeepRequest): Protocol<boolean> {
  const { path, base, options } = request;
  const old = yield* readIfAny(path);
  const etag = old === undefined ? undefined : etagOf(old.bytes);
  // Getting here may have taken a while: the condition is asked once more.
  if (options.ifMatch !== undefined && etag !== options.ifMatch) throw conflict(path);
  if (old === undefined || etag === undefined) return false;
  if (problemIn(old.bytes, base, path) !== undefined) {
    if (old.bytes.byteLength > 0) yield* keepAside(workFolderOf(path), [path]);
    yield* boundQuarantine(workFolderOf(path));
    return true;
  }
  if (old.bytes.byteLength === 0) return true;
  const folder = generationsOf(path);
  const generations = yield* listGenerations(path);
  const [newest] = generations;
  const digest = shortDigest(etag);
  if (newest?.digest !== digest) {
    yield* makeDirectories(port, folder);
    yield* keepAs(port, request, old, inDirectory(folder, generationName((newest?.number ?? 0) + 1, digest)));
    if ((options.durability ?? "full") === "full") yield* syncEntries(port, folder, path, "unchanged");
  }
  const kept = newest?.digest === digest ? request.count : request.count - 1;
  for (const { path: dropped } of generations.slice(kept)) yield* quietly(call("unlink", dropped));
  return true;
}

/** What a filesystem without hard links answers. */
const noLinks = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV", "EMLINK"]);

/**
 * A second name for the file costs no copy. But the generation would change with whoever writes into that file later: under
 * another name that it has, or by the in-place write that may follow; then it is copied.
 */
function* keepAs(port: Port, { path, base, options }: KeepRequest, old: WholeFile, to: string): Protocol<void> {
  if (old.status.nlink === 1 && options.inPlace === undefined) {
    try {
      yield* call("link", path, to);
      return;
    } catch (error) {
      if (!noLinks.has(systemCodeOf(error) ?? "")) throw error;
    }
  }
  // The lock is held, so a copy that is there was cut off by a crash.
  for (const name of yield* namesIn(generationsOf(path))) {
    if (parseTempName(name) !== undefined) yield* quietly(call("unlink", inDirectory(generationsOf(path), name)));
  }
  const temp = inDirectory(generationsOf(path), tempName(port, "tmp", base, [etagOf(old.bytes)]));
  const handle = yield* call("open", temp, "create", 0o600);
  let open = true;
  try {
    yield* writeAll(handle, old.bytes, () => {}, path);
    if (options.durability !== "off") yield* call("fsync", handle);
    // NFS and SMB report a full disk here, if nothing was synced before (close(2)).
    open = false;
    yield* call("close", handle);
  } catch (error) {
    if (open) yield* quietly(call("close", handle));
    yield* quietly(call("unlink", temp));
    throw error;
  }
  yield* call("rename", temp, to);
}

function* readIfAny(path: string): Protocol<WholeFile | undefined> {
  try {
    return yield* readWhole(path);
  } catch (error) {
    if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND") return undefined;
    throw error;
  }
}

function conflict(path: string): UntornError {
  return new UntornError({ code: "UNTORN_CONFLICT", path, phase: "commit", outcome: "unchanged" });
}
