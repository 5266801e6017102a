import { isBlankCode } from "./line-cursor.ts";
import type { LineCursor } from "./line-cursor.ts";

/** The level of the ATX heading at the line's first character (CommonMark 4.2), or 0. */
export function atxLevel(line: LineCursor): number {
  const { text, nonspace, lineEnd } = line;
  let end = nonspace;
  while (end < lineEnd && end - nonspace < 7 && text.charCodeAt(end) === 35) end += 1;
  const level = end - nonspace;
  return level > 0 && level < 7 && (end === lineEnd || isBlankCode(text.charCodeAt(end))) ? level : 0;
}

/** Start and end of an ATX heading's text: without the opening and closing marks. */
export function atxText(line: LineCursor, level: number): number[] {
  const { text, lineEnd } = line;
  let start = line.nonspace + level;
  while (start < lineEnd && isBlankCode(text.charCodeAt(start))) start += 1;
  const end = trimEnd(text, start, lineEnd);
  let marks = end;
  while (marks > start && text.charCodeAt(marks - 1) === 35) marks -= 1;
  const closed = marks < end && (marks === start || isBlankCode(text.charCodeAt(marks - 1)));
  return [start, closed ? trimEnd(text, start, marks) : end];
}

/** 1 for a line of `=`, 2 for a line of `-` (CommonMark 4.3), else 0. */
export function setextLevel(line: LineCursor): number {
  const { text, nonspace } = line;
  const mark = line.first;
  if (mark !== 61 && mark !== 45) return 0;
  const end = trimEnd(text, nonspace, line.lineEnd);
  for (let at = nonspace; at < end; at += 1) if (text.charCodeAt(at) !== mark) return 0;
  return mark === 61 ? 1 : 2;
}

export interface Fence {
  readonly mark: number;
  readonly width: number;
}

/** The code fence that the line opens (CommonMark 4.5): its info string must not hold a backtick if it is of backticks. */
export function openingFence(line: LineCursor): Fence | undefined {
  const mark = line.first;
  if (mark !== 96 && mark !== 126) return undefined;
  const width = markRun(line, mark);
  if (width < 3) return undefined;
  if (mark === 96 && line.text.slice(line.nonspace + width, line.lineEnd).includes("`")) return undefined;
  return { mark, width };
}

export function closesFence(line: LineCursor, fence: Fence): boolean {
  if (line.indent > 3 || line.first !== fence.mark) return false;
  const width = markRun(line, fence.mark);
  return width >= fence.width && line.nonspace + width === trimEnd(line.text, line.nonspace, line.lineEnd);
}

function markRun(line: LineCursor, mark: number): number {
  let end = line.nonspace;
  while (end < line.lineEnd && line.text.charCodeAt(end) === mark) end += 1;
  return end - line.nonspace;
}

export function trimEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isBlankCode(text.charCodeAt(at - 1))) at -= 1;
  return at;
}
