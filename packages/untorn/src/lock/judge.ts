import { inDirectory } from "../atomic/index.ts";
import { systemCodeOf } from "../platform/index.ts";
import type { Handle, LockHolder, Port } from "../platform/index.ts";
import { call, namesIn } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { isLeftBehind } from "./announce.ts";
import { parseRecordName } from "./record.ts";
import type { RecordName } from "./record.ts";

export interface Judged {
  readonly record: RecordName;
  readonly state: LockHolder["state"];
}

/** A folder that is removed and made again while it is looked for is stale to FUSE and NFS; one that stays so is an error. */
const staleMax = 20;

/** Every record in a lock's folder; empty if there is no such folder. */
export function* recordsIn(folder: string): Protocol<RecordName[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      // What is no folder holds no record; whoever wants the lock is told of it.
      return (yield* namesIn(folder)).map(parseRecordName).filter((record) => record !== undefined);
    } catch (error) {
      if (systemCodeOf(error) !== "ESTALE" || tries === staleMax) throw error;
    }
  }
}

/**
 * Whether the process behind a record is there; `gone` if the record is not there any more. The kernel's lock on the
 * record decides where there is one: it is held exactly as long as the holder's handle is open, also while the holder is
 * stopped, in another container, or under a reused pid. Else only a pid that is proven gone counts as dead.
 *
 * With `remove`, a dead record is removed. That cannot hit anybody else: no name is ever used twice. It is removed while
 * the probe still has the kernel's lock, so that a newcomer which has made its record and not locked it yet can tell.
 */
export function* judge(
  port: Port,
  folder: string,
  record: RecordName,
  remove: boolean,
): Protocol<LockHolder["state"] | "gone"> {
  const path = inDirectory(folder, record.name);
  let probe: Handle | undefined;
  try {
    let state: LockHolder["state"] | undefined = isLeftBehind(port, record) ? "dead" : undefined;
    if (state === undefined && record.kernel && port.traits.kernelLocks) {
      try {
        probe = yield* call("open", path, "overwrite", 0);
        state = (yield* call("tryLock", probe, true)) ? "dead" : "alive";
      } catch (error) {
        if (systemCodeOf(error) === "ENOENT") return "gone";
        if (remove && systemCodeOf(error) === "EROFS") throw error;
        // Another user's record, or a filesystem whose locks prove nothing: the pid is asked.
      }
    }
    state ??= port.liveness(record.identity);
    if (state !== "dead") return state;
    if (remove) return yield* removeRecord(path);
    // The process lives and has given the lock up: its record only rests (see `rest.ts`).
    return port.liveness(record.identity) === "alive" ? "gone" : "dead";
  } finally {
    if (probe !== undefined) yield* call("close", probe);
  }
}

/** Removes a dead record. One that may not be removed (another user's folder) stays in the way and says `dead`. */
function* removeRecord(path: string): Protocol<"gone" | "dead"> {
  try {
    yield* call("unlink", path);
    return "gone";
  } catch (error) {
    // Where nothing can be written no lock can be had, and waiting for the record to go would be in vain.
    if (systemCodeOf(error) === "EROFS") throw error;
    return systemCodeOf(error) === "ENOENT" ? "gone" : "dead";
  }
}
