import { constants, isUtf8 } from "node:buffer";
import { UntornError } from "./errors.ts";
import type { Position } from "./errors.ts";

/** The byte order mark, as Windows editors put it in front of UTF-8. */
export const BOM = "\uFEFF";

/** An error about the content: nothing was changed, and nothing may be saved over it (G7). */
export function corrupt(path: string, problem: string, position?: Position, cause?: unknown): UntornError {
  return new UntornError({
    code: "UNTORN_CORRUPT",
    path,
    phase: "read",
    outcome: "unchanged",
    problem,
    position,
    cause,
  });
}

/** Line, column and byte of an offset. A line ends with LF, CR or CRLF. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let start = text.startsWith(BOM) ? 1 : 0;
  for (let i = start; i < offset; i++) {
    const code = text.charCodeAt(i);
    if (code !== 10 && code !== 13) continue;
    if (code === 13 && text.charCodeAt(i + 1) === 10) {
      if (i + 1 >= offset) break;
      i++;
    }
    line++;
    start = i + 1;
  }
  const column = Math.max(offset - start, 0) + 1;
  return { line, column, offset, byteOffset: Buffer.byteLength(text.slice(0, offset), "utf8") };
}

/**
 * Bytes as text, strictly: a byte that is not UTF-8 is an error with its position, never U+FFFD.
 * A byte order mark stays in the text.
 */
export function decodeUtf8(bytes: Uint8Array, path: string): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return textOf(buffer, path);
  const [first, second] = buffer;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw corrupt(path, "the file is UTF-16, not UTF-8", { line: 1, column: 1, offset: 0, byteOffset: 0 });
  }
  const byteOffset = firstInvalidByte(buffer);
  const before = buffer.toString("utf8", 0, byteOffset);
  const hex = (buffer[byteOffset] ?? 0).toString(16).padStart(2, "0");
  throw corrupt(path, `byte 0x${hex} at byte offset ${byteOffset} is not UTF-8`, {
    ...positionAt(before, before.length),
    byteOffset,
  });
}

/** V8 holds texts of half a gigabyte at most: the content is good all the same. */
function textOf(buffer: Buffer, path: string): string {
  try {
    return buffer.toString("utf8");
  } catch (cause) {
    if (buffer.byteLength <= constants.MAX_STRING_LENGTH) throw cause;
    const problem = `it is text of ${buffer.byteLength} bytes, and JavaScript holds no text of more than ${constants.MAX_STRING_LENGTH} units`;
    const next = "Read it as bytes, or piece by piece.";
    const code = "UNTORN_UNSUPPORTED";
    throw new UntornError({ code, path, phase: "read", outcome: "unchanged", problem, next, cause });
  }
}

/** The start of the first sequence that is not UTF-8: halving finds it in a logarithmic number of native checks. */
function firstInvalidByte(buffer: Buffer): number {
  let good = 0;
  let bad = buffer.length;
  while (good < bad) {
    const middle = sequenceStart(buffer, good + Math.ceil((bad - good) / 2));
    if (middle <= good || middle >= bad) break;
    if (isUtf8(buffer.subarray(good, middle))) good = middle;
    else bad = middle;
  }
  // At most one sequence of up to four bytes is left, or several when stray continuation bytes follow each other.
  for (let length = 1; good + length <= buffer.length; length++) {
    if (isUtf8(buffer.subarray(good, good + length))) {
      good += length;
      length = 0;
    } else if (length === 4) break;
  }
  return good;
}

/** The nearest place at or before `index` that does not cut a sequence (looks back three bytes at most). */
function sequenceStart(buffer: Buffer, index: number): number {
  for (let i = index; i > index - 4 && i > 0; i--) {
    const byte = buffer[i];
    if (byte === undefined || (byte & 0xc0) !== 0x80) return i;
  }
  return index;
}

/** A line of untorn's own records; `undefined` for what is no JSON object. */
export function recordIn(line: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line ?? "");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
