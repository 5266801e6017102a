import { isUtf8 } from "node:buffer";
import { corrupt, isUntornError } from "../../platform/index.ts";
import type { UntornError } from "../../platform/index.ts";
import { parseJson } from "../json/index.ts";
import type { DocumentOptions } from "../text.ts";

/** Where a line is. Lines end with LF; a CR before it belongs to the line end. */
export interface LinePlace {
  /** From 1, blank lines counted. */
  readonly line: number;
  /** Byte offset of its first byte. */
  readonly start: number;
  /** Byte offset after its content, the line end not included. */
  readonly end: number;
}

/** A record, or a line that is none. */
export type Line =
  | (LinePlace & { readonly ok: true; readonly value: unknown })
  | (LinePlace & {
      readonly ok: false;
      /** UNTORN_CORRUPT with `position` in the whole file. */
      readonly error: UntornError;
      /** The last line, without line end: the record was cut off while it was written. */
      readonly torn: boolean;
    });

/**
 * The records of a log in JSON Lines form, one after another; bad lines come as such, with their place and error, and
 * the rest goes on. Blank lines are passed over; a byte order mark is accepted. Each line is decoded by itself, so the
 * file may be larger than a string can be.
 */
export function* parseLines(
  input: string | Uint8Array,
  options: DocumentOptions = {},
): Generator<Line, void, undefined> {
  yield* parseFrom(asBuffer(input), options.path ?? "JSON lines", { line: 1, byte: 0, units: 0 });
}

/** A place between two lines: what comes next is line `line`, at byte `byte`, after so many code units. */
export interface Origin {
  line: number;
  byte: number;
  units: number;
}

/** The records of a part of a log that begins at `at`, the start of a line; `at` moves along. */
export function* parseFrom(bytes: Buffer, path: string, at: Origin): Generator<Line, void, undefined> {
  const base = at.byte;
  const first = base === 0 && hasBom(bytes) ? 3 : 0;
  if (first > 0) at.units += 1;
  for (const raw of linePlaces(bytes, first)) {
    const { start, end, next, terminated } = raw;
    at.byte = base + start;
    const text = bytes.toString("utf8", start, end);
    const line = readLine(bytes, text, raw, path, at);
    at.line += 1;
    at.byte = base + next;
    at.units += text.length + (terminated ? next - end : 0);
    if (line !== undefined) yield line;
  }
}

/** One line's bytes, found without decoding. */
export interface RawLine extends LinePlace {
  /** The place after its line end. */
  readonly next: number;
  /** Whether it has a line end. */
  readonly terminated: boolean;
}

/** All lines, blank ones included. A text that ends with a line end has no line after it. */
export function* linePlaces(bytes: Buffer, first: number = hasBom(bytes) ? 3 : 0): Generator<RawLine, void, undefined> {
  let line = 1;
  for (let start = first; start < bytes.length; line++) {
    const lf = bytes.indexOf(10, start);
    const terminated = lf !== -1;
    const next = terminated ? lf + 1 : bytes.length;
    const stop = terminated ? lf : bytes.length;
    const end = stop > start && bytes[stop - 1] === 13 && terminated ? stop - 1 : stop;
    yield { line, start, end, next, terminated };
    start = next;
  }
}

function readLine(bytes: Buffer, text: string, raw: RawLine, path: string, at: Readonly<Origin>): Line | undefined {
  const { start, end, terminated } = raw;
  if (/^[ \t\r]*$/.test(text)) return undefined;
  const place = { line: at.line, start: at.byte, end: at.byte + end - start };
  try {
    // A cut-off number may still be a number: without a line end, nobody can know.
    if (!terminated && /^[ \t]*-?\d/.test(text)) {
      const problem = "the last line is a number without a line end, which may have been cut off";
      throw corrupt(path, problem, { line: at.line, column: 1, offset: at.units, byteOffset: at.byte });
    }
    const valid = isUtf8(bytes.subarray(start, end));
    return { ...place, ok: true, value: parseJson(valid ? text : bytes.subarray(start, end), { path }) };
  } catch (error) {
    if (!isUntornError(error)) throw error;
    return { ...place, ok: false, error: inFile(error, path, at), torn: !terminated };
  }
}

/** An error about one line, as an error about the file. */
function inFile(error: UntornError, path: string, at: Readonly<Origin>): UntornError {
  const { position } = error;
  if (position === undefined || position.line !== 1) return error;
  const inLine = error.message.slice(error.message.indexOf(": ") + 2);
  const problem = inLine.slice(0, inLine.indexOf(". Nothing was changed"));
  const { column, offset, byteOffset } = position;
  const here = { line: at.line, column, offset: at.units + offset, byteOffset: at.byte + byteOffset };
  return corrupt(path, problem, here, error.cause);
}

/** The same bytes as a Buffer; a text as UTF-8. */
export function asBuffer(input: string | Uint8Array): Buffer {
  if (typeof input === "string") return Buffer.from(input, "utf8");
  return Buffer.from(input.buffer, input.byteOffset, input.byteLength);
}

export function hasBom(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}
