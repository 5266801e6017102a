import { hiddenSpans, isBlankCode, TooCostly, trimEnd } from "./blocks/index.ts";
import type { Leaf, Span } from "./blocks/index.ts";
import { refused } from "./problems.ts";
import { taskMark } from "./task-marks.ts";

/** How a field is written: `Key: value`, `**Key:** value` or `**Key**: value`. */
export type FieldForm = "plain" | "bold" | "bold-key";

/** A `Key: value` line, with positions in the text. */
export interface FieldLine {
  readonly form: FieldForm;
  readonly key: Span;
  /** Where the colon, or what closes it, ends. */
  readonly afterColon: number;
  /** The value without the white space around it; start === end if there is none. */
  readonly value: Span;
}

const colon = 58;

/**
 * The field on a line of a paragraph. The key ends at the first colon that white space or the line's end follows, so
 * `See https://example.org` and `12:30` are none. A line that starts with `[`, `<`, `|` or one `*` is none either: it
 * is a link, a tag, a table row or emphasis.
 */
export function fieldOnLine(text: string, start: number, lineEnd: number): FieldLine | undefined {
  const end = trimEnd(text, start, lineEnd);
  const first = text.charCodeAt(start);
  const mark = text.slice(start, start + 2);
  if (mark === "**" || mark === "__") return boldField(text, start, end, mark);
  if (first === 42 || first === 91 || first === 60 || first === 124) return undefined;
  for (let at = start; at < end; at += 1) {
    if (text.charCodeAt(at) !== colon || !isGap(text, at + 1, end)) continue;
    const key = { start, end: trimEnd(text, start, at) };
    return key.start === key.end ? undefined : field(text, "plain", key, at + 1, end);
  }
  return undefined;
}

function boldField(text: string, start: number, end: number, mark: string): FieldLine | undefined {
  const length = text.slice(start + 2, end).indexOf(mark);
  if (length < 1) return undefined;
  const close = start + 2 + length;
  const inside = text.charCodeAt(close - 1) === colon;
  const key = { start: start + 2, end: inside ? close - 1 : close };
  if (key.start === key.end || isBlankCode(text.charCodeAt(key.start)) || isBlankCode(text.charCodeAt(key.end - 1))) {
    return undefined;
  }
  const after = inside ? close + 2 : close + 3;
  if (!inside && (close + 2 >= end || text.charCodeAt(close + 2) !== colon)) return undefined;
  return isGap(text, after, end) ? field(text, inside ? "bold" : "bold-key", key, after, end) : undefined;
}

function isGap(text: string, at: number, end: number): boolean {
  return at >= end || isBlankCode(text.charCodeAt(at));
}

function field(text: string, form: FieldForm, key: Span, afterColon: number, end: number): FieldLine {
  let start = afterColon;
  while (start < end && isBlankCode(text.charCodeAt(start))) start += 1;
  return { form, key, afterColon, value: { start, end: Math.max(start, end) } };
}

/** A field as a line of text. */
export function writeField(form: FieldForm, key: string, value: string): string {
  const gap = value === "" ? "" : " ";
  if (form === "plain") return `${key}:${gap}${value}`;
  return form === "bold" ? `**${key}:**${gap}${value}` : `**${key}**:${gap}${value}`;
}

/** What in a paragraph is not text: code spans, comments, tags. Empty, without a look, where there can be none. */
export function hiddenIn(text: string, leaf: Leaf, path: string | undefined): readonly Span[] {
  if (!hasCodeOrTag(text, leaf)) return [];
  try {
    return hiddenSpans(text, leaf);
  } catch (error) {
    if (!(error instanceof TooCostly)) throw error;
    throw refused("a paragraph holds too many tags that are never completed to be looked through", path);
  }
}

function hasCodeOrTag(text: string, leaf: Leaf): boolean {
  for (let at = leaf.start; at < leaf.end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 96 || code === 60) return true;
  }
  return false;
}

/** The fields of a paragraph in order, found as they are asked for; only those with `key` if it is given. */
export function* fieldsOf(text: string, leaf: Leaf, path: string | undefined, key?: string): Generator<FieldLine> {
  let hidden: readonly Span[] | undefined;
  let at = 0;
  for (let line = 0; line < leaf.lines.length; line += 2) {
    const start = leaf.lines[line] ?? 0;
    if (key !== undefined && !text.startsWith(key, start) && !text.startsWith(key, start + 2)) continue;
    if (line === 0 && leaf.firstInItem && taskMark(text, leaf) !== undefined) continue;
    const end = leaf.lines[line + 1] ?? 0;
    const found = fieldOnLine(text, start, line + 2 < leaf.lines.length ? withoutBreak(text, start, end) : end);
    if (found === undefined) continue;
    if (
      key !== undefined &&
      (found.key.end - found.key.start !== key.length || !text.startsWith(key, found.key.start))
    ) {
      continue;
    }
    hidden ??= hiddenIn(text, leaf, path);
    while ((hidden[at]?.end ?? Infinity) <= start) at += 1;
    if ((hidden[at]?.start ?? Infinity) < start || isHidden(hidden, at, found.afterColon - 1)) continue;
    yield found;
  }
}

/** A backslash at the end of a line that another follows is a hard line break (CommonMark 6.7), and no part of a value. */
function withoutBreak(text: string, start: number, lineEnd: number): number {
  const end = trimEnd(text, start, lineEnd);
  let backslashes = 0;
  while (end - backslashes > start && text.charCodeAt(end - 1 - backslashes) === 92) backslashes += 1;
  return end === lineEnd && backslashes % 2 === 1 ? end - 1 : lineEnd;
}

function isHidden(spans: readonly Span[], from: number, position: number): boolean {
  for (let at = from; at < spans.length; at += 1) {
    const span = spans[at];
    if (span === undefined || span.start > position) return false;
    if (span.end > position) return true;
  }
  return false;
}

/** Which lines of a paragraph start inside of a code span, comment or tag. */
export function hiddenLines(text: string, leaf: Leaf, path: string | undefined): number[] {
  const hidden = hiddenIn(text, leaf, path);
  const lines: number[] = [];
  let at = 0;
  for (let line = 0; line < leaf.lines.length && at < hidden.length; line += 2) {
    const start = leaf.lines[line] ?? 0;
    while ((hidden[at]?.end ?? Infinity) <= start) at += 1;
    if ((hidden[at]?.start ?? Infinity) < start) lines.push(line / 2);
  }
  return lines;
}
