import { digestIfAny, inDirectory } from "../atomic/index.ts";
import type { Port, Status } from "../platform/index.ts";
import { call, namesIn } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Root } from "../transaction/index.ts";
import type { Known, KnownChange } from "./change-log.ts";
import { isOwnName, keyProblem } from "./keys.ts";

/** A directory that is deeper than a key may be long holds no keys. */
const depthLimit = 512;

/**
 * Every file below the root that can have a key, with what it is. Symbolic links, devices and names that are no keys are
 * not part of the store.
 */
export function* documentsIn(root: Root): Protocol<Map<string, Status>> {
  const found = new Map<string, Status>();
  const pending: string[] = [""];
  while (pending.length > 0) {
    const prefix = pending.pop() as string;
    const directory = prefix === "" ? root.real : inDirectory(root.real, prefix.slice(0, -1));
    for (const name of yield* namesIn(directory)) {
      const key = prefix + name;
      if (isOwnName(name) || keyProblem(key) !== undefined) continue;
      const status = yield* call("lstat", inDirectory(root.real, key));
      if (status?.kind === "file") found.set(key, status);
      else if (status?.kind === "directory" && key.split("/").length < depthLimit) pending.push(`${key}/`);
    }
  }
  return found;
}

/** Where times count in whole seconds, two (FAT); elsewhere a kernel's tick is at most ten milliseconds. */
function doubtMs({ mtimeMs }: { readonly mtimeMs: number }): number {
  return mtimeMs % 1000 === 0 ? 3000 : 25;
}

/**
 * Whether a file is as it is known by its status alone. A file that changed shortly before it was looked at may have
 * changed again without a sign, so its content is looked at once more (git calls such entries racy).
 */
function isCertain(known: Known, now: Status): boolean {
  const same =
    known.size === now.size && known.mtimeMs === now.mtimeMs && known.ctimeMs === now.ctimeMs && known.ino === now.ino;
  return same && known.seenMs - Math.max(known.mtimeMs, known.ctimeMs) > doubtMs(known);
}

/**
 * Compares what is on disk with what is known: status first, content only where the status has moved. What is the same
 * after all is noted in `known`, so that it is not read again.
 */
export function* differences(port: Port, root: Root, known: Map<string, Known>): Protocol<KnownChange[]> {
  const found: KnownChange[] = [];
  const present = yield* documentsIn(root);
  for (const [key, status] of present) {
    const before = known.get(key);
    if (before !== undefined && isCertain(before, status)) continue;
    const now = yield* lookAt(port, inDirectory(root.real, key));
    if (now === undefined) continue;
    if (now.etag !== before?.etag) found.push({ key, now });
    else if (known.get(key) === before) known.set(key, now);
  }
  for (const key of known.keys()) if (!present.has(key)) found.push({ key, now: undefined });
  return found;
}

/** The content's etag with the status that it had; the time is taken before, so that a change in between is not missed. */
function* lookAt(port: Port, path: string): Protocol<Known | undefined> {
  const seenMs = port.clock.now();
  const found = yield* digestIfAny(path);
  return found && knownOf(found.etag, found.status, seenMs);
}

export function knownOf(
  etag: string,
  { size, mtimeMs, ctimeMs, ino }: Pick<Status, "size" | "mtimeMs" | "ctimeMs" | "ino">,
  seenMs: number,
): Known {
  return { etag, size, mtimeMs, ctimeMs, ino, seenMs };
}
