import { isBlankCode } from "./line-cursor.ts";

const longestLabel = 999;
const deepestParentheses = 32;

/**
 * How many of a paragraph's first lines are link reference definitions (CommonMark 4.7): they are not text, so a line
 * of `===` after them does not make a heading, and a title that runs over lines hides what looks like a field.
 */
export function countDefinitionLines(paragraph: string): number {
  let at = 0;
  let lines = 0;
  while (paragraph.charCodeAt(at) === 91) {
    const end = definitionEnd(paragraph, at);
    if (end === -1) break;
    for (let position = at; position < end; position += 1) if (paragraph.charCodeAt(position) === 10) lines += 1;
    if (end === paragraph.length) return lines + 1;
    at = end;
  }
  return lines;
}

/** Where the line after the definition at `at` starts (the text's length if there is none), or -1. */
function definitionEnd(text: string, at: number): number {
  const label = labelEnd(text, at);
  if (label === -1 || text.charCodeAt(label) !== 58) return -1;
  const destination = destinationEnd(text, skipToContent(text, label + 1));
  if (destination === -1) return -1;
  const plainEnd = lineEndAfter(text, destination);
  const titleStart = skipToContent(text, destination);
  if (titleStart > destination) {
    const title = titleEnd(text, titleStart);
    const end = title === -1 ? -1 : lineEndAfter(text, title);
    if (end !== -1) return end;
  }
  return plainEnd;
}

function labelEnd(text: string, at: number): number {
  let filled = false;
  for (let position = at + 1; position < text.length && position - at <= longestLabel + 1; position += 1) {
    const code = text.charCodeAt(position);
    if (code === 93) return filled ? position + 1 : -1;
    if (code === 91) return -1;
    if (code === 92) {
      const next = text.charCodeAt(position + 1);
      if (next === 91 || next === 92 || next === 93) position += 1;
    }
    if (!isBlankCode(code) && code !== 10) filled = true;
  }
  return -1;
}

function destinationEnd(text: string, at: number): number {
  if (text.charCodeAt(at) === 60) {
    for (let position = at + 1; position < text.length; position += 1) {
      const code = text.charCodeAt(position);
      if (code === 62) return position + 1;
      if (code === 10 || code === 60) return -1;
      if (code === 92 && isEscapable(text.charCodeAt(position + 1))) position += 1;
    }
    return -1;
  }
  let depth = 0;
  let position = at;
  for (; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    // NUL counts as U+FFFD (CommonMark 2.3), unlike other control characters.
    if ((code <= 32 && code !== 0) || code === 127) break;
    if (code === 40 && ++depth > deepestParentheses) return -1;
    if (code === 41 && --depth < 0) break;
    if (code === 92 && isEscapable(text.charCodeAt(position + 1))) position += 1;
  }
  return position === at || depth > 0 ? -1 : position;
}

function titleEnd(text: string, at: number): number {
  const open = text.charCodeAt(at);
  if (open !== 34 && open !== 39 && open !== 40) return -1;
  const close = open === 40 ? 41 : open;
  for (let position = at + 1; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (code === close) return position + 1;
    if (code === 40 && open === 40) return -1;
    if (code === 92) position += 1;
  }
  return -1;
}

/** Past white space with at most one line end in it. */
function skipToContent(text: string, at: number): number {
  let position = at;
  let lineEnds = 0;
  for (; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (code === 10 && lineEnds++ > 0) break;
    if (code !== 10 && !isBlankCode(code)) break;
  }
  return position;
}

/** Where the next line starts if there is only white space left on this one, else -1. */
function lineEndAfter(text: string, at: number): number {
  let position = at;
  while (isBlankCode(text.charCodeAt(position))) position += 1;
  if (position >= text.length) return text.length;
  return text.charCodeAt(position) === 10 ? position + 1 : -1;
}

/** ASCII punctuation, which a backslash escapes (CommonMark 2.4). */
export function isEscapable(code: number): boolean {
  return (
    (code >= 33 && code <= 47) ||
    (code >= 58 && code <= 64) ||
    (code >= 91 && code <= 96) ||
    (code >= 123 && code <= 126)
  );
}
