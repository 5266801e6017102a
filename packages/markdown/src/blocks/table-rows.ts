import { isBlankCode } from "./line-cursor.ts";

/** Where a cell's content starts and ends, without the white space around it; a blank cell has start === end. */
export interface Cell {
  readonly start: number;
  readonly end: number;
  /** Where the space between the cell's dividers (or line ends) starts and ends. */
  readonly from: number;
  readonly to: number;
}

/**
 * The cells of a table row (GFM 4.10): split at each `|` that has no backslash before it; a backslash escapes only `|`
 * and itself. The first and last divider are optional.
 */
export function cellsOf(text: string, start: number, end: number): Cell[] {
  const cells: Cell[] = [];
  let from = text.charCodeAt(start) === 124 ? start + 1 : start;
  for (let at = from; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 92) {
      const next = text.charCodeAt(at + 1);
      if (at + 1 < end && (next === 92 || next === 124)) at += 1;
    } else if (code === 124) {
      cells.push(trimmed(text, from, at));
      from = at + 1;
    }
  }
  const last = trimmed(text, from, end);
  if (last.start < last.end) cells.push(last);
  return cells;
}

function trimmed(text: string, from: number, to: number): Cell {
  let start = from;
  let end = to;
  while (start < end && isBlankCode(text.charCodeAt(start))) start += 1;
  while (end > start && isBlankCode(text.charCodeAt(end - 1))) end -= 1;
  return { start, end, from, to };
}

/** How many columns the delimiter row at `start` has (`|---|:-:|`), or 0 if it is none. */
export function delimiterColumns(text: string, start: number, end: number): number {
  let at = text.charCodeAt(start) === 124 ? start + 1 : start;
  let marked = at > start;
  let columns = 0;
  const skip = () => {
    while (at < end && isBlankCode(text.charCodeAt(at))) at += 1;
  };
  for (skip(); at < end; skip()) {
    const cell = at;
    if (text.charCodeAt(at) === 58) at += 1;
    const dashes = at;
    while (at < end && text.charCodeAt(at) === 45) at += 1;
    if (at === dashes) return 0;
    const colonAfter = at < end && text.charCodeAt(at) === 58;
    if (dashes > cell || colonAfter) marked = true;
    if (colonAfter) at += 1;
    columns += 1;
    skip();
    if (at === end) break;
    if (text.charCodeAt(at) !== 124) return 0;
    marked = true;
    at += 1;
  }
  return marked ? columns : 0;
}
