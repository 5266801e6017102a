import { readPiece } from "../atomic/index.ts";
import type { OpenFile } from "../atomic/index.ts";
import type { Protocol } from "../protocol/index.ts";

/** What is wrong with a last line: it lacks its line end, or a crash has damaged it. */
export type JudgeLine = (line: Uint8Array, hasLineEnd: boolean) => "good" | "unterminated" | "torn";

/** The end of a log that an append must deal with first; empty if there is none. */
export interface Tail {
  readonly bytes: Uint8Array;
  readonly state: "good" | "unterminated" | "torn";
}

/** The end of a log is read back in steps of this many bytes until a line end is found. */
const firstStepBytes = 4 * 1024;
const tailStepBytes = 64 * 1024;

/**
 * Looks at the end of a log: at what follows the last line end, and at the last lines that have one. A power cut may leave
 * zeros in any block of a write that was not synced, and its end intact, so a line end alone proves nothing.
 */
export function* lookAtTail({ handle, status }: OpenFile, judge: JudgeLine): Protocol<Tail> {
  let start = Math.max(0, status.size - firstStepBytes);
  let end = yield* readPiece(handle, start, status.size - start);
  for (;;) {
    const tail = tailOf(end, start === 0, judge);
    if (tail !== undefined) return tail;
    const from = Math.max(0, start - Math.max(tailStepBytes, end.byteLength));
    end = Buffer.concat([yield* readPiece(handle, from, start - from), end]);
    start = from;
  }
}

/** `undefined` if more has to be read to know where the tail begins. */
function tailOf(end: Uint8Array, isAll: boolean, judge: JudgeLine): Tail | undefined {
  let cut = end.lastIndexOf(10) + 1;
  if (cut === 0 && !isAll) return undefined;
  const rest = end.subarray(cut);
  let state: Tail["state"] = rest.byteLength === 0 ? "good" : judge(rest, false);
  while (cut > 0) {
    const begin = cut === 1 ? 0 : end.lastIndexOf(10, cut - 2) + 1;
    if (begin === 0 && !isAll) return undefined;
    if (judge(end.subarray(begin, cut - 1), true) === "good") break;
    state = "torn";
    cut = begin;
  }
  return { bytes: end.subarray(cut), state };
}
