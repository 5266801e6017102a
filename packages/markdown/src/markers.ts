import { BlockScanner, commentsIn, isBlankCode } from "./blocks/index.ts";
import type { Leaf, Span } from "./blocks/index.ts";
import { hiddenIn } from "./field-lines.ts";
import { scopeOf } from "./headings.ts";
import type { Where } from "./options.ts";
import { noMatch, pickOne, refused } from "./problems.ts";
import type { Candidate } from "./problems.ts";
import { lineEnd, lineStart, nextLine } from "./splice.ts";
import type { Splice } from "./splice.ts";

/** A comment `<!-- NAME:BEGIN -->` or `<!-- NAME:END -->`. */
export interface Marker extends Candidate, Span {
  readonly begins: boolean;
  /** The block of the document that the comment is in. */
  readonly leaf: Leaf;
}

/** A begin marker and the end marker that belongs to it. */
export interface MarkerPair extends Candidate {
  readonly begin: Marker;
  readonly end: Marker;
}

/** The marker pairs of a document, in order of their begin markers; a marker without its other half is left out. */
export function pairsOf(text: string, markers: readonly Marker[] = markersOf(text)): MarkerPair[] {
  const open = new Map<string, Marker>();
  const pairs: MarkerPair[] = [];
  for (const marker of markers) {
    const begin = open.get(marker.name);
    if (marker.begins) {
      open.set(marker.name, marker);
    } else if (begin !== undefined) {
      pairs.push({ name: marker.name, start: begin.start, begin, end: marker });
      open.delete(marker.name);
    }
  }
  return pairs.sort((a, b) => a.start - b.start);
}

/** The pairs in the stretch that `where` means; one that reaches out of it is none of it. */
export function pairsIn(text: string, where: Where): MarkerPair[] {
  return pairsOf(text, markersIn(text, where));
}

export function findBlock(text: string, name: string, where: Where): MarkerPair {
  const markers = markersIn(text, where);
  const pairs = pairsOf(text, markers);
  const named = pairs.filter((pair) => pair.name === name);
  const halves = markers.filter((marker) => marker.name === name);
  if (hasWidow(halves)) {
    const what = `whole block ${JSON.stringify(name)}: a marker lacks its other half, or is there twice`;
    const shown = halves.map(({ begins, start }) => ({ name: `${name}:${begins ? "BEGIN" : "END"}`, start }));
    throw noMatch(text, what, shown, where.path);
  }
  return pickOne(text, `block ${JSON.stringify(name)}`, named, () => pairs, where);
}

/**
 * Refuses an edit after which another marker block is no whole one any more, or another one than before: its markers may have been in
 * what went, or the new text may hold one half of a pair.
 */
export function keepBlocks(before: string, after: string, splice: Splice, path: string | undefined): void {
  if (![before, after].some((text) => /:(?:BEGIN|END)/.test(text))) return;
  const [old, now] = [markersOf(before, path), markersOf(after, path)];
  const delta = after.length - before.length;
  const moved = (at: number): number => (at >= splice.end ? at + delta : at);
  const isOutside = ({ start, end }: Span, to: number): boolean => end <= splice.start || start >= to;
  const outside = (pairs: readonly MarkerPair[], to: number): MarkerPair[] =>
    pairs.filter(({ begin, end }) => isOutside(begin, to) && isOutside(end, to));
  const stay = outside(pairsOf(before, old), splice.end).map(
    ({ name, begin, end }) => `${moved(begin.start)} ${moved(end.start)} ${name}`,
  );
  const are = new Set(
    outside(pairsOf(after, now), splice.end + delta).map(
      ({ name, begin, end }) => `${begin.start} ${end.start} ${name}`,
    ),
  );
  const gone = stay.find((pair) => !are.has(pair));
  const [widowsBefore, widowsNow] = [widowNames(old), widowNames(now)];
  const name = gone?.replace(/^\d+ \d+ /, "") ?? widowsNow.find((each) => !widowsBefore.includes(each));
  if (name === undefined) return;
  throw refused(
    `after this change ${JSON.stringify(name)} would not be the whole marker block that it is`,
    path,
    "The text must not hold one half of a pair of markers, nor may one half be in what it replaces.",
  );
}

function widowNames(markers: readonly Marker[]): string[] {
  const byName = new Map<string, Marker[]>();
  for (const marker of markers) {
    const halves = byName.get(marker.name);
    if (halves === undefined) byName.set(marker.name, [marker]);
    else halves.push(marker);
  }
  return [...byName].filter(([, halves]) => hasWidow(halves)).map(([name]) => name);
}

/** Whether a marker among those of one name lacks its other half, or is there twice. */
function hasWidow(halves: readonly Marker[]): boolean {
  return halves.length % 2 > 0 || halves.some(({ begins }, at) => begins !== (at % 2 === 0));
}

/** What is between two markers: whole lines if both stand on lines of their own, else what is between them on theirs. */
export function innerOf(text: string, { begin, end }: MarkerPair): { from: number; to: number; lines: boolean } {
  const beginEnds = lineEnd(text, begin.end);
  const endStarts = lineStart(text, end.start);
  const from = nextLine(text, beginEnds);
  if (from > endStarts || !isBlank(text, begin.end, beginEnds) || !isBlank(text, endStarts, end.start)) {
    return { from: begin.end, to: end.start, lines: false };
  }
  let to = endStarts;
  if (to > from) to -= text.startsWith("\r\n", to - 2) ? 2 : 1;
  return { from, to: Math.max(from, to), lines: true };
}

function markersIn(text: string, where: Where): Marker[] {
  const { from, to } = scopeOf(text, where);
  return markersOf(text, where.path).filter(({ start, end }) => start >= from && end <= to);
}

function markersOf(text: string, path?: string): Marker[] {
  const found: Marker[] = [];
  const scanner = new BlockScanner(text);
  for (let leaf = scanner.next(); leaf !== undefined; leaf = scanner.next()) {
    if (leaf.depth > 0) continue;
    for (const comment of commentsOf(text, leaf, path)) {
      const marker = markerAt(text, comment, leaf);
      if (marker !== undefined) found.push(marker);
    }
  }
  return found;
}

function commentsOf(text: string, leaf: Leaf, path: string | undefined): readonly Span[] {
  if (leaf.kind === "paragraph") {
    return hiddenIn(text, leaf, path).filter(({ start }) => text.startsWith("<!--", start));
  }
  // In <script>, <style>, processing instructions and CDATA a comment is none.
  return leaf.kind === "html" && (leaf.level === 2 || leaf.level > 5) ? commentsIn(text, leaf.start, leaf.end) : [];
}

function markerAt(text: string, { start, end }: Span, leaf: Leaf): Marker | undefined {
  const words = text.slice(start + 4, end - 3).trim();
  const begins = words.endsWith(":BEGIN");
  if (!begins && !words.endsWith(":END")) return undefined;
  const name = words.slice(0, begins ? -6 : -4).trimEnd();
  return name === "" ? undefined : { name, start, end, begins, leaf };
}

function isBlank(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (!isBlankCode(text.charCodeAt(at))) return false;
  return true;
}
