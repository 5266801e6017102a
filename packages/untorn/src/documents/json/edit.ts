import { invalidArgument } from "../../platform/index.ts";
import { applySplices } from "../splices.ts";
import type { Splice } from "../splices.ts";
import { diff } from "./diff.ts";
import { Style } from "./layout.ts";
import { movedText } from "./moved.ts";
import { isNative } from "./native.ts";
import { numberWriter } from "./numbers.ts";
import { parseDocument } from "./parse.ts";
import type { JsonOptions, Parsed } from "./parse.ts";
import type { Added, Plan, Replacement } from "./plan.ts";
import { skipSpace } from "./scan.ts";
import type { Span } from "./scan.ts";
import { serialize } from "./serialize.ts";
import type { Layout } from "./serialize.ts";
import { GapWriter } from "./splice.ts";

export interface EditOptions extends JsonOptions {
  /** The indent for new lines in a text that has none yet: a number of spaces or a string. Default 2. */
  readonly indent?: number | string;
}

/** A JSON text that has been read, ready for one edit after another. */
export interface JsonDocument {
  readonly text: string;
  /** The value: plain objects and arrays of your own; change them and hand them to `edit`. */
  readonly value: unknown;
  /** The text changed so that it means `value`, as `editJson` does, without parsing the text again. */
  edit(value: unknown): string;
}

/**
 * Reads JSON text, or its UTF-8 bytes, strictly (RFC 8259; a byte order mark is accepted and kept).
 * The value is `JSON.parse`'s: `__proto__` is an ordinary member, of members with the same name the last one counts.
 *
 * @throws UntornError UNTORN_CORRUPT with `position` (line, column, offset, byte) for anything that is not JSON.
 */
export function openJson(input: string | Uint8Array, options: EditOptions = {}): JsonDocument {
  const parsed = parseDocument(input, options);
  return { text: parsed.text, value: parsed.value, edit: (value) => editParsed(parsed, value, options) };
}

/**
 * Parses JSON text, or its UTF-8 bytes, strictly; see `openJson`. With `comments: true`, line and block comments and one
 * trailing comma a list are allowed, as in tsconfig.json.
 *
 * @throws UntornError UNTORN_CORRUPT with `position`.
 */
export function parseJson(input: string | Uint8Array, options: JsonOptions = {}): unknown {
  return parseDocument(input, options).value;
}

/**
 * The text changed so that it means `value`, touching only the members that differ. What did not change keeps its bytes:
 * indent, order, comments, escapes, line ends, byte order mark, final newline, numbers of any size and form, members
 * with the same name (the last one counts, and is the one that changes). New members go to the end of their object;
 * elements that stay are found again when others go or come. A number that a double cannot hold (a 64-bit id, 1e400)
 * keeps its digits also when it moves; a BigInt is written as the integer that it is.
 *
 * `value` is read as JSON.stringify reads it (toJSON, wrapped primitives, members that are undefined are left out); what
 * JSON.stringify would lose in silence (NaN, undefined in an array, functions, Maps, cycles) is an error instead.
 *
 * @throws UntornError UNTORN_CORRUPT if the text is not JSON; UNTORN_INVALID_ARGUMENT, naming the place as a JSON
 * Pointer (RFC 6901), if the value has no JSON form. Either way there is no result, so nothing can have been saved.
 */
export function editJson(text: string, value: unknown, options: EditOptions = {}): string {
  return editParsed(parseDocument(text, options), value, options);
}

export interface FormatOptions {
  /** Spaces a level, or the indent itself; 0 or "" for one line. Default 2. */
  readonly indent?: number | string;
  /** Default "\n". */
  readonly newline?: "\n" | "\r\n";
  /** The file's name, for error messages only. */
  readonly path?: string;
}

/**
 * A value as the text of a new JSON file, with a final newline.
 *
 * @throws UntornError UNTORN_INVALID_ARGUMENT, naming the place, for a value that has no JSON form; see `editJson`.
 */
export function formatJson(value: unknown, options: FormatOptions = {}): string {
  const unit = indentUnit(options.indent, options.path);
  const newline = options.newline ?? "\n";
  // JSON.stringify cuts an indent to ten characters.
  if (newline === "\n" && unit.length <= 10 && isNative(value)) return `${JSON.stringify(value, null, unit)}\n`;
  const pretty = unit !== "";
  const layout: Layout = { pretty, indent: "", unit, newline, colon: pretty ? ": " : ":", comma: "," };
  return serialize(value, undefined, layout, { path: options.path ?? "JSON text", what: "JSON" }) + newline;
}

function indentUnit(indent: number | string = 2, path = "JSON text"): string {
  if (typeof indent === "string" && /^[ \t]*$/.test(indent)) return indent;
  if (typeof indent === "number" && Number.isInteger(indent) && indent >= 0 && indent <= 16) return " ".repeat(indent);
  throw invalidArgument(path, "indent must be 0 to 16 spaces, or a string of spaces and tabs");
}

function editParsed(parsed: Parsed, value: unknown, options: EditOptions): string {
  const context = { path: parsed.path, what: "JSON" };
  const unit = indentUnit(options.indent, parsed.path);
  const changes = diff(parsed.scan, parsed.start, value, context);
  if (changes.replacements.length === 0 && changes.gaps.length === 0) return parsed.text;
  return applySplices(parsed.text, splicesFor(parsed, changes, unit === "" ? "  " : unit));
}

function splicesFor(parsed: Parsed, changes: Plan, unit: string): Splice[] {
  const { scan, path } = parsed;
  const context = { path, what: "JSON" };
  const style = new Style(scan, skipSpace(scan, parsed.start), unit);
  const leaving: Span[] = [...changes.replacements];
  for (const gap of changes.gaps) for (const span of gap.removed) leaving.push(span);
  const writeNumber = numberWriter(scan, leaving, (first, second) =>
    invalidArgument(
      path,
      `the numbers ${first} and ${second} look the same in JavaScript, and both were in what moved or changed`,
      "Write them as BigInt, or leave them where they are.",
    ),
  );
  const write = (fresh: Added | Replacement, layout: Layout): string => {
    const text = serialize(fresh.value, fresh.place, layout, context, writeNumber);
    const span = changes.moved.get(fresh);
    return span === undefined ? text : movedText(parsed.text, span, layout);
  };
  const writer = new GapWriter(parsed, style, (added, layout) => {
    const text = write(added, layout);
    return added.key === undefined ? text : JSON.stringify(added.key) + layout.colon + text;
  });
  for (const gap of changes.gaps) writer.gap(gap);
  for (const fresh of changes.replacements) {
    writer.splices.push({ start: fresh.start, end: fresh.end, text: write(fresh, style.inside(fresh.open)) });
  }
  return writer.splices;
}
