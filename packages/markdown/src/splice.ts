import { BlockScanner, isBlankCode } from "./blocks/index.ts";
import type { Leaf } from "./blocks/index.ts";

/** A replacement of one stretch of the text; all else keeps its bytes. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export function applySplice(text: string, { start, end, text: replacement }: Splice): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/**
 * Scans the text before and after an edit and compares all blocks but those that start from `from` up to `to`, a
 * stretch of the text before the edit that holds all of the splice. Returns the blocks that are now in that stretch,
 * or undefined if a block outside came, went or changed: the new text would have reached out of its place (an open
 * code fence, a comment, the underline of a heading).
 */
export function blocksInside(
  before: string,
  after: string,
  splice: Splice,
  from: number,
  to: number,
): Leaf[] | undefined {
  const delta = after.length - before.length;
  const moved = (position: number) => (position >= splice.end && position >= to ? position + delta : position);
  const old = new BlockScanner(before);
  const now = new BlockScanner(after);
  const inside: Leaf[] = [];
  let was = old.next();
  let is = now.next();
  for (; was !== undefined && was.start < from; was = old.next(), is = now.next()) {
    if (is === undefined || !sameLeaf(was, is, (position) => position)) return undefined;
  }
  while (was !== undefined && was.start < to) was = old.next();
  for (; is !== undefined && is.start < to + delta; is = now.next()) inside.push(is);
  for (; was !== undefined; was = old.next(), is = now.next()) {
    if (is === undefined || !sameLeaf(was, is, moved)) return undefined;
    // From where both have nothing open the rest is the same text, and so the same blocks.
    const settled = old.settledAt;
    if (settled !== undefined && settled + delta === now.settledAt) return inside;
  }
  return is === undefined ? inside : undefined;
}

function sameLeaf(was: Leaf, is: Leaf, moved: (position: number) => number): boolean {
  return (
    was.kind === is.kind &&
    moved(was.start) === is.start &&
    moved(was.end) === is.end &&
    moved(was.container) === is.container &&
    was.depth === is.depth &&
    was.level === is.level &&
    was.firstInItem === is.firstInItem &&
    was.lines.length === is.lines.length
  );
}

/** Where the line that `position` is on starts. */
export function lineStart(text: string, position: number): number {
  let at = position;
  while (at > 0 && !isLineEnd(text.charCodeAt(at - 1))) at -= 1;
  return at === 0 && text.charCodeAt(0) === 0xfeff && position > 0 ? 1 : at;
}

/** Where the next line starts, from the end of a line. */
export function nextLine(text: string, lineEnd: number): number {
  if (lineEnd >= text.length) return text.length;
  return lineEnd + (text.startsWith("\r\n", lineEnd) ? 2 : 1);
}

/** Where the line that `position` is on ends. */
export function lineEnd(text: string, position: number): number {
  let at = position;
  while (at < text.length && !isLineEnd(text.charCodeAt(at))) at += 1;
  return at;
}

/** The line end used around `position`: of the line before it, else of the next one that has one, else LF. */
export function lineEndNear(text: string, position: number): string {
  let at = lineStart(text, position);
  if (at > 0 && isLineEnd(text.charCodeAt(at - 1))) {
    if (text.charCodeAt(at - 1) === 13) return "\r";
    return at > 1 && text.charCodeAt(at - 2) === 13 ? "\r\n" : "\n";
  }
  at = lineEnd(text, position);
  if (at === text.length) return "\n";
  return text.slice(at, nextLine(text, at));
}

/** The end of the last line in the stretch that is not blank, without its line end; `from` if all are blank. */
export function contentEnd(text: string, from: number, to: number): number {
  let at = to;
  while (at > from && isBlankOrLineEnd(text.charCodeAt(at - 1))) at -= 1;
  return at === from ? from : Math.min(lineEnd(text, at), to);
}

/** The start of the first line in the stretch that is not blank; `to` if all are blank. */
export function contentStart(text: string, from: number, to: number): number {
  let line = from;
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (isLineEnd(code)) line = at + 1;
    else if (!isBlankCode(code)) return line;
  }
  return to;
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13;
}

function isBlankOrLineEnd(code: number): boolean {
  return isLineEnd(code) || isBlankCode(code);
}

/** How many line ends are in the stretch. */
export function countLineEnds(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) count += 1;
  }
  return count;
}
