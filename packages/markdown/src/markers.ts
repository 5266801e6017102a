import { BlockScanner, commentsIn, isBlankCode } from "./blocks/index.ts";
import type { Leaf, Span } from "./blocks/index.ts";
import { hiddenIn } from "./field-lines.ts";
import { noMatch, pickOne } from "./problems.ts";
import type { Candidate } from "./problems.ts";
import { lineEnd, lineStart, nextLine } from "./splice.ts";

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

export function findBlock(
  text: string,
  name: string,
  options: { readonly index?: number; readonly path?: string },
): MarkerPair {
  const markers = markersOf(text, options.path);
  const pairs = pairsOf(text, markers);
  const named = pairs.filter((pair) => pair.name === name);
  const halves = markers.filter((marker) => marker.name === name);
  const widow =
    halves.find(({ begins }, at) => begins !== (at % 2 === 0)) ?? (halves.length % 2 > 0 ? halves.at(-1) : undefined);
  if (widow !== undefined) {
    const what = `whole block ${JSON.stringify(name)}: a marker lacks its other half, or is there twice`;
    const shown = halves.map(({ begins, start }) => ({ name: `${name}:${begins ? "BEGIN" : "END"}`, start }));
    throw noMatch(text, what, shown, options.path);
  }
  return pickOne(text, `block ${JSON.stringify(name)}`, named, () => pairs, options);
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
