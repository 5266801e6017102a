import { digestFile, etagOf } from "../atomic/index.ts";
import { isSoundAtOnce, problemIn } from "../formats/index.ts";
import type { Problem } from "../formats/index.ts";
import { systemCodeOf } from "../platform/index.ts";
import type { Port, Status } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { readSettled } from "../update/index.ts";
import type { TargetFacts } from "./facts.ts";
import { isGone } from "./folder.ts";

export type Judgement = Pick<TargetFacts, "state" | "problem" | "etag">;

/** Larger contents are not parsed: that could take more memory than the machine has. */
export const largestParsed = 128 * 1024 * 1024;

/** A content that is not whole; thrown through the read, which looks again while somebody is writing. */
class Unsound extends Error {
  readonly problem: Problem;
  readonly etag: string;

  constructor(problem: Problem, etag: string) {
    super(problem.text);
    this.problem = problem;
    this.etag = etag;
  }
}

interface Target {
  readonly path: string;
  readonly name: string;
  readonly status: Status | undefined;
}

/**
 * What a file is worth. One that looks corrupt and has just changed may be written in place by a foreign program in this very
 * moment: it is looked at again for up to a second.
 */
export function* judgeTarget(port: Port, { path, name, status }: Target): Protocol<Judgement> {
  const none = { problem: undefined, etag: undefined };
  if (status === undefined) return { state: "missing", ...none };
  if (status.kind !== "file") return { state: "not a file", ...none };
  try {
    if (status.size > largestParsed)
      return { state: "whole", problem: undefined, etag: (yield* digestFile(path)).etag };
    const found = yield* readSettled(port, path, (bytes) => {
      const problem = problemIn(bytes, name, path);
      if (problem !== undefined) throw new Unsound(problem, etagOf(bytes));
    });
    return found === undefined
      ? { state: "missing", ...none }
      : { state: "whole", problem: undefined, etag: found.etag };
  } catch (error) {
    if (isGone(error)) return { state: "missing", ...none };
    if (error instanceof Unsound) return { state: "corrupt", problem: error.problem, etag: error.etag };
    return { state: "unreadable", problem: { text: reasonOf(error) }, etag: undefined };
  }
}

/** What one read fills; nothing keeps it, and nothing else runs between the read and the look at it. */
const buffer = new Uint8Array(256 * 1024);

/**
 * A quick look at a file beside which nothing was found: four system calls, and no buffer or status for each file. `true` is
 * certain, `false` only says that it has to be looked at properly.
 */
export function* looksSound(path: string, name: string): Protocol<boolean> {
  try {
    const count = yield* call("readInto", path, buffer);
    return count > 0 && count < buffer.byteLength && isSoundAtOnce(buffer.subarray(0, count), name, path);
  } catch {
    return false;
  }
}

export function reasonOf(error: unknown): string {
  return systemCodeOf(error) ?? systemCodeOf((error as { cause?: unknown }).cause) ?? String(error);
}
