import type { LineCursor } from "./line-cursor.ts";
import { isDigit } from "./html-tags.ts";

const quote = -1;

/**
 * The open block quotes and list items, outermost first (CommonMark 5). A deep nest costs nothing for lines that do
 * not repeat it: a blank line continues any number of list items in one step.
 */
export class Containers {
  /** Per container: the columns a line must be indented by to be in the list item, or -1 for a block quote. */
  readonly #needs: number[] = [];
  /** Per container: where its marker starts. */
  readonly #markers: number[] = [];
  /** Which of the containers are block quotes. */
  readonly #quotes: number[] = [];
  /** Whether the innermost is a list item that has no content yet. */
  #empty = false;

  get depth(): number {
    return this.#needs.length;
  }

  /** Where the marker of the innermost container starts, or -1. */
  get marker(): number {
    return this.#markers.at(-1) ?? -1;
  }

  /** Whether the innermost container is a list item without content so far. */
  get inEmptyItem(): boolean {
    return this.#empty;
  }

  /** Notes that the innermost container now has content. */
  fill(): void {
    this.#empty = false;
  }

  /** Consumes the markers and indentation that continue the open containers; returns how many of them continue. */
  matchLine(line: LineCursor): number {
    let matched = 0;
    let quotes = 0;
    for (; matched < this.#needs.length; matched += 1) {
      const need = this.#needs[matched] ?? quote;
      if (line.blank) {
        // Blank lines continue list items, but not an item that started with one, and never a block quote.
        const nextQuote = this.#quotes[quotes];
        return nextQuote ?? this.#needs.length - (this.#empty ? 1 : 0);
      }
      if (need === quote) {
        if (!opensQuote(line)) break;
        consumeQuote(line);
        quotes += 1;
      } else {
        if (line.indent < need) break;
        line.consumeColumns(need);
      }
    }
    return matched;
  }

  closeTo(depth: number): void {
    if (depth === this.#needs.length) return;
    this.#needs.length = depth;
    this.#markers.length = depth;
    while ((this.#quotes.at(-1) ?? -1) >= depth) this.#quotes.pop();
    this.#empty = false;
  }

  openQuote(line: LineCursor): void {
    this.#quotes.push(this.#needs.length);
    this.#push(quote, line.nonspace);
    consumeQuote(line);
  }

  /** Opens the list item whose marker is at the line's first character and `width` characters long. */
  openItem(line: LineCursor, width: number): void {
    const start = line.nonspace;
    const before = line.indent;
    line.consumeMarker(width);
    const spaces = line.indent;
    const starter = line.blank || spaces > 4 || spaces < 1;
    line.consumeColumns(starter ? 1 : spaces);
    this.#push(before + width + (starter ? 1 : spaces), start);
    this.#empty = true;
  }

  #push(need: number, marker: number): void {
    this.#needs.push(need);
    this.#markers.push(marker);
    this.#empty = false;
  }
}

export function opensQuote(line: LineCursor): boolean {
  return line.indent < 4 && line.first === 62;
}

function consumeQuote(line: LineCursor): void {
  line.consumeMarker(1);
  line.consumeColumns(1);
}

/** The width of the list marker at the line's first character, or 0; `inParagraph`: it would have to interrupt one. */
export function listMarkerWidth(line: LineCursor, inParagraph: boolean): number {
  const { text, nonspace, lineEnd } = line;
  const first = line.first;
  let end = nonspace + 1;
  if (isDigit(first)) {
    while (end < lineEnd && end - nonspace < 10 && isDigit(text.charCodeAt(end))) end += 1;
    const delimiter = text.charCodeAt(end);
    if (end - nonspace > 9 || end >= lineEnd || (delimiter !== 46 && delimiter !== 41)) return 0;
    if (inParagraph && (end - nonspace > 1 || first !== 49)) return 0;
    end += 1;
  } else if (first !== 42 && first !== 43 && first !== 45) {
    return 0;
  }
  if (end < lineEnd && text.charCodeAt(end) !== 32 && text.charCodeAt(end) !== 9) return 0;
  if (inParagraph && restIsBlank(text, end, lineEnd)) return 0;
  return end - nonspace;
}

function restIsBlank(text: string, from: number, to: number): boolean {
  let at = from;
  while (at < to && (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9)) at += 1;
  return at >= to;
}
