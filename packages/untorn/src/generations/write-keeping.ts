import { inDirectory, quietly, within, writeProtocol } from "../atomic/index.ts";
import type { Receipt, Target, WriteRequest } from "../atomic/index.ts";
import { makeDirectories } from "../atomic/index.ts";
import { acquire, assertOwnWorkFolder, release } from "../lock/index.ts";
import type { Held } from "../lock/index.ts";
import type { Port } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { workFolderOf } from "../quarantine/index.ts";
import { keepGeneration } from "./keep.ts";
import { generationsIn } from "./list.ts";

/**
 * The write protocol, with the old content kept as a generation right before the commit (`generations`). From there to the
 * commit a lock is held, so that of two processes that replace a file at once each keeps what the other wrote. It is a lock of
 * its own: a caller may hold that of the file.
 */
export function* writeKeeping(port: Port, request: WriteRequest, blocking = false): Protocol<Receipt> {
  const { generations: count } = request.options;
  if (count === undefined || count === 0) return yield* writeProtocol(port, request);
  let held: Held | undefined;
  const guard = function* (target: Target): Protocol<void> {
    const { path, base } = target;
    // Also where there was no file at the start: another process may have put one there since.
    if (request.options.ifAbsent !== true) {
      yield* within("stage", path, "unchanged", assertOwnWorkFolder(target.directory));
      yield* within("stage", path, "unchanged", makeDirectories(port, generationsIn(workFolderOf(path))));
      held = yield* acquire(port, inDirectory(generationsIn(workFolderOf(path)), base), {
        purpose: "keep a generation",
        blocking,
        overJournals: true,
      });
      const { options } = request;
      yield* within("stage", path, "unchanged", keepGeneration(port, { path, base, count, options }));
    }
    if (request.guard !== undefined) yield* request.guard(target);
  };
  try {
    return yield* writeProtocol(port, { ...request, guard });
  } finally {
    if (held !== undefined) yield* quietly(release(port, held));
  }
}
