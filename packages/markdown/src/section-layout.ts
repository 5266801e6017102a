import { textStart } from "./blocks/index.ts";
import { sectionsOf } from "./headings.ts";
import type { Section } from "./headings.ts";
import { refused } from "./problems.ts";
import { checkLine } from "./replacement.ts";
import { applySplice, blocksInside, contentEnd, contentStart, countLineEnds, lineEndNear, nextLine } from "./splice.ts";
import type { Splice } from "./splice.ts";

/** A section's text without the blank lines around it, and where the section ends. */
export interface Core {
  readonly from: number;
  readonly to: number;
  readonly end: number;
}

export function coreOf(text: string, section: Section, nested = true): Core {
  const end = nested ? section.end : section.ownEnd;
  const to = contentEnd(text, section.body, end);
  return { from: to === section.body ? to : contentStart(text, section.body, to), to, end };
}

/** The splice that makes `wanted` a section's text, of which the first `kept` characters are there already. */
export function placeBody(text: string, section: Section, core: Core, wanted: string, kept: number): Splice {
  const { from, to, end } = core;
  const lineEnd = lineEndNear(text, section.body);
  const followed = end < text.length;
  if (from < to) {
    if (wanted === "") return { start: from, end, text: "" };
    // An underlined heading that follows at once would take the text into itself.
    const apart = followed && text.charCodeAt(end) !== 35 && countLineEnds(text, to, end) < 2;
    return { start: from + kept, end: to, text: wanted.slice(kept) + (apart ? lineEnd : "") };
  }
  // There is no text yet: it goes below the heading, with a blank line on both sides.
  const bare = section.body === text.length && !/[\r\n]$/.test(text);
  if (bare) return { start: section.body, end: section.body, text: lineEnd + lineEnd + wanted };
  const blankLines = countLineEnds(text, section.body, end);
  const gap = followed && blankLines < 2 ? lineEnd : "";
  if (blankLines === 0) {
    return { start: section.body, end: section.body, text: lineEnd + wanted + lineEnd + gap };
  }
  const start = firstLineEnd(text, section.body);
  return { start, end: start, text: wanted + lineEnd + gap };
}

function firstLineEnd(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) !== 10 && text.charCodeAt(at) !== 13) at += 1;
  return nextLine(text, at);
}

/** Adds a heading at the end of a section or of the document; returns the new text and the new section in it. */
export function addHeading(
  text: string,
  name: string,
  parent: Section | undefined,
  options: { readonly level?: number; readonly path?: string },
): [string, Section] {
  const { path, level = Math.min((parent?.level ?? 1) + 1, 6) } = options;
  checkLine(name, "the heading", path);
  if (!Number.isInteger(level) || level < 1 || level > 6) throw refused(`level must be 1 to 6, not ${level}`, path);
  if (parent !== undefined && level <= parent.level) {
    throw refused(
      `a heading of level ${level} cannot be under ${JSON.stringify(parent.name)}, which has level ${parent.level}`,
      path,
    );
  }
  const first = textStart(text);
  const at = contentEnd(text, parent?.start ?? first, parent?.end ?? text.length);
  const lineEnd = lineEndNear(text, at);
  const gap = at === first ? "" : lineEnd + lineEnd;
  const line = `${"#".repeat(level)} ${name}`;
  const splice = { start: at, end: at, text: gap + line + (at === text.length && gap === "" ? lineEnd : "") };
  const after = applySplice(text, splice);
  const added = sectionsOf(after).find((section) => section.start === at + gap.length);
  if (added?.name !== name || blocksInside(text, after, splice, at, at) === undefined) {
    throw refused(
      `a heading ${JSON.stringify(name)} cannot be added there`,
      path,
      "Look for marks at its end, or for a code fence or comment before it that is left open.",
    );
  }
  return [after, added];
}
