import { invalidArgument } from "../../platform/index.ts";
import { serialize } from "../json/serialize.ts";
import type { DocumentOptions } from "../text.ts";
import { asBuffer, hasBom, linePlaces, parseLines } from "./lines.ts";
import type { Line, LinePlace } from "./lines.ts";

const layout = { pretty: false, indent: "", unit: "", newline: "\n", colon: ":", comma: "," };

/**
 * A value as one line of JSON Lines, line feed included. The line holds no other line break of any kind: U+2028, U+2029
 * and U+0085, at which some readers (Node's readline, Python's splitlines) break lines, are escaped.
 *
 * @throws UntornError UNTORN_INVALID_ARGUMENT, naming the place, for a value that has no JSON form.
 */
export function formatLine(value: unknown, options: DocumentOptions = {}): string {
  const text = serialize(value, undefined, layout, { path: options.path ?? "JSON lines", what: "JSON" });
  return `${text.replace(/[\u0085\u2028\u2029]/g, escape)}\n`;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** The end of a log. */
export interface Tail {
  /**
   * `clean`: the log is empty or ends with a line end; append. `unterminated`: the last line is a whole record without
   * line end; append a line feed first. `torn`: the last line was cut off while it was written; set it aside first.
   */
  readonly state: "clean" | "unterminated" | "torn";
  /** Where the last line without line end begins; the length of the log if there is none. */
  readonly start: number;
  /** Its bytes (a view, not a copy). */
  readonly bytes: Uint8Array;
  /** What is wrong with it, if it is torn. */
  readonly line: Line | undefined;
}

/**
 * Looks at the last line of a log, or of the last part of one (as long as that begins at a line's start). Only that line
 * is read. A number without line end counts as torn: `12` may have been `123`.
 */
export function splitTail(input: string | Uint8Array, options: DocumentOptions = {}): Tail {
  const bytes = asBuffer(input);
  const start = Math.max(bytes.lastIndexOf(10) + 1, hasBom(bytes) ? 3 : 0);
  const rest = bytes.subarray(start);
  if (rest.length === 0) return { state: "clean", start, bytes: rest, line: undefined };
  const [line] = parseLines(rest, options);
  return { state: line === undefined || line.ok ? "unterminated" : "torn", start, bytes: rest, line };
}

/**
 * What one line of a log is, by itself: a record; a record that lacks its line end; or what a crash left of one. No record
 * holds a NUL: that is what a power cut leaves of a block that was not synced.
 */
export function judgeRecord(line: Uint8Array, hasLineEnd: boolean): "good" | "unterminated" | "torn" {
  if (line.includes(0)) return "torn";
  if (hasLineEnd) return "good";
  return splitTail(line).state === "torn" ? "torn" : "unterminated";
}

export interface Retention {
  /** Keep at most this many records (bad lines count; blank lines do not, except in a log of plain text). */
  readonly maxEntries?: number;
  /** Keep at most this many bytes, but never less than the newest record. */
  readonly maxBytes?: number;
}

/** How the entries of a log are counted. */
export interface KeepOptions extends DocumentOptions {
  /** Whether blank lines count as entries, as they do in a log of plain text. Default false. */
  readonly blankLines?: boolean;
}

export interface Kept {
  /** The last part of the log; the log itself if nothing has to go. */
  readonly bytes: Uint8Array;
  readonly droppedEntries: number;
  readonly droppedBytes: number;
}

/**
 * The newest records of a log, byte for byte. Reads from the end, so that the cost is that of what is kept plus one pass
 * that counts what is dropped. A byte order mark stays in front.
 *
 * @throws UntornError UNTORN_INVALID_ARGUMENT for a limit that is not a whole number from 1.
 */
export function keepLast(input: string | Uint8Array, limits: Retention, options: KeepOptions = {}): Kept {
  const { maxEntries = Number.MAX_SAFE_INTEGER, maxBytes = Number.MAX_SAFE_INTEGER } = limits;
  for (const [name, limit] of Object.entries({ maxEntries, maxBytes })) {
    if (Number.isSafeInteger(limit) && limit >= 1) continue;
    throw invalidArgument(options.path ?? "JSON lines", `${name} must be a whole number from 1, not ${limit}`);
  }
  const bytes = asBuffer(input);
  const first = hasBom(bytes) ? 3 : 0;
  const isNoEntry = (from: number, to: number): boolean => options.blankLines !== true && isBlank(bytes, from, to);
  let entries = 0;
  let start = bytes.length;
  for (let end = bytes.length; end > first;) {
    // A negative place would make lastIndexOf count from the end.
    const begin = end - 2 < first ? first : Math.max(bytes.lastIndexOf(10, end - 2) + 1, first);
    const blank = isNoEntry(begin, end);
    const tooMany = !blank && entries === maxEntries;
    if (tooMany || (entries > 0 && first + bytes.length - begin > maxBytes)) break;
    if (!blank) entries++;
    start = begin;
    end = begin;
  }
  if (start <= first) return { bytes, droppedEntries: 0, droppedBytes: 0 };
  let droppedEntries = 0;
  for (const { start: from, end } of linePlaces(bytes.subarray(0, start))) {
    if (!isNoEntry(from, end)) droppedEntries++;
  }
  const kept = first === 0 ? bytes.subarray(start) : Buffer.concat([bytes.subarray(0, first), bytes.subarray(start)]);
  return { bytes: kept, droppedEntries, droppedBytes: start - first };
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte !== 32 && byte !== 9 && byte !== 13 && byte !== 10) return false;
  }
  return true;
}

export interface Repaired {
  /** Every good line, byte for byte, in order; a last record without line end has got one. */
  readonly good: Uint8Array;
  /** The bad lines with their bytes (views, not copies), to be set aside: they may hold what nothing else holds. */
  readonly bad: readonly (LinePlace & { readonly error: Error; readonly torn: boolean; readonly bytes: Uint8Array })[];
  readonly records: number;
  /** Whether `good` differs from the log. */
  readonly changed: boolean;
}

/** Takes the bad lines out of a log. Nothing is guessed and nothing is thrown away: each bad line is returned. */
export function repair(input: string | Uint8Array, options: DocumentOptions = {}): Repaired {
  const bytes = asBuffer(input);
  const bad: Repaired["bad"][number][] = [];
  const parts: Uint8Array[] = [];
  let records = 0;
  let copied = 0;
  for (const line of parseLines(bytes, options)) {
    if (line.ok) {
      records++;
      continue;
    }
    const { start, end, error, torn } = line;
    parts.push(bytes.subarray(copied, start));
    const lf = bytes.indexOf(10, end);
    copied = lf === -1 ? bytes.length : lf + 1;
    bad.push({ line: line.line, start, end, error, torn, bytes: bytes.subarray(start, copied) });
  }
  parts.push(bytes.subarray(copied));
  if (splitTail(bytes, options).state === "unterminated") parts.push(Buffer.from("\n"));
  const changed = parts.length > 1;
  return { good: changed ? Buffer.concat(parts) : bytes, bad, records, changed };
}
