import { Containers, listMarkerWidth, opensQuote } from "./containers.ts";
import { countDefinitionLines } from "./definitions.ts";
import { findFrontmatter, textStart } from "./frontmatter.ts";
import { endsHtmlBlock, htmlBlockAt } from "./html-block.ts";
import type { HtmlBlock } from "./html-block.ts";
import type { Leaf, LeafKind } from "./leaf.ts";
import { atxLevel, atxText, closesFence, openingFence, setextLevel, trimEnd } from "./leaf-starts.ts";
import type { Fence } from "./leaf-starts.ts";
import { LineCursor } from "./line-cursor.ts";
import { cellsOf, delimiterColumns } from "./table-rows.ts";

/**
 * The block structure of Markdown (CommonMark 0.31 with GFM tables and frontmatter), one leaf at a time, in time and
 * memory in line with the text's size. It is the block phase that the CommonMark specification describes in its
 * appendix; micromark, which answers the same questions, takes time that grows with the square of the size.
 */
export class BlockScanner {
  readonly #line: LineCursor;
  readonly #containers = new Containers();
  readonly #closed: Leaf[] = [];
  #taken = 0;
  #open: Leaf | undefined;
  #fence: Fence | undefined;
  #html: HtmlBlock = 0;
  /** Whether the last line of the open paragraph can be a table's head: it is not indented by 4 or more. */
  #canBeTableHead = false;
  /** How many of the open containers this line goes on with or has opened. */
  #keep = 0;
  #ended = false;

  constructor(text: string) {
    const frontmatter = findFrontmatter(text);
    this.#line = new LineCursor(text, frontmatter?.nextLine ?? textStart(text));
    if (frontmatter !== undefined) {
      this.#closed.push(this.#leaf("frontmatter", frontmatter.start, frontmatter.end));
    }
  }

  /** The next leaf, or undefined at the end of the text. */
  next(): Leaf | undefined {
    while (this.#taken === this.#closed.length && !this.#ended) {
      this.#closed.length = this.#taken = 0;
      if (this.#line.advanceLine()) this.#scanLine();
      else this.#finish();
    }
    return this.#closed[this.#taken++];
  }

  /**
   * Where the next line starts, if nothing is open there and all leaves before it were taken: what comes then depends on the text
   * from there on alone. Otherwise undefined.
   */
  get settledAt(): number | undefined {
    const open = this.#open !== undefined || this.#containers.depth > 0 || this.#taken < this.#closed.length;
    return open ? undefined : this.#line.nextLine;
  }

  #finish(): void {
    this.#ended = true;
    this.#close();
  }

  #scanLine(): void {
    const line = this.#line;
    const containers = this.#containers;
    this.#keep = containers.matchLine(line);
    const open = this.#keep === containers.depth ? this.#open : undefined;
    if (open !== undefined && this.#continueVerbatim(open)) return;
    const lazy = open === undefined && this.#open?.kind === "paragraph";
    if (this.#startBlocks(open, lazy)) return;
    // Nothing starts here: the line goes on with what is open, or is a new paragraph.
    const paragraph = this.#open;
    if (line.blank) {
      this.#closeTo(this.#keep);
    } else if (paragraph?.kind === "paragraph" && (open === paragraph || lazy)) {
      paragraph.lines.push(line.nonspace, line.lineEnd);
      paragraph.end = line.lineEnd;
      this.#canBeTableHead = line.indent < 4;
    } else {
      this.#closeTo(this.#keep);
      this.#openLeaf("paragraph").lines.push(line.nonspace, line.lineEnd);
      this.#canBeTableHead = true;
    }
  }

  /** Goes on with an open code or HTML block, whose lines are not looked into; false if the line is not part of one. */
  #continueVerbatim(open: Leaf): boolean {
    const line = this.#line;
    if (open.kind === "fence") {
      open.end = line.lineEnd;
      if (this.#fence !== undefined && closesFence(line, this.#fence)) this.#close();
      return true;
    }
    if (open.kind === "code") {
      if (!line.blank && line.indent < 4) return false;
      if (!line.blank) open.end = line.lineEnd;
      return true;
    }
    if (open.kind !== "html" || (this.#html >= 6 && line.blank)) return false;
    this.#addHtmlLine(open);
    return true;
  }

  #addHtmlLine(open: Leaf): void {
    const { text, offset, lineEnd } = this.#line;
    open.lines.push(offset, lineEnd);
    open.end = lineEnd;
    if (endsHtmlBlock(this.#html, text.slice(offset, lineEnd))) this.#close();
  }

  /** Opens the blocks that start on this line; true if the line is used up. `open` is the leaf that could go on. */
  #startBlocks(open: Leaf | undefined, lazy: boolean): boolean {
    const line = this.#line;
    let inParagraph = open?.kind === "paragraph";
    let lazyParagraph = lazy;
    let table = open?.kind === "table" ? open : undefined;
    for (;;) {
      if (line.blank) return false;
      if (line.indent >= 4) {
        if (inParagraph || lazyParagraph) return false;
        this.#closeTo(this.#keep);
        this.#openLeaf("code");
        return true;
      }
      if (this.#startLeaf(inParagraph, lazyParagraph)) return true;
      const marker = opensQuote(line) ? 0 : listMarkerWidth(line, inParagraph);
      if (marker === 0 && !opensQuote(line)) {
        return table !== undefined ? this.#addRow(table) : inParagraph && this.#startTable();
      }
      this.#closeTo(this.#keep);
      if (marker === 0) this.#containers.openQuote(line);
      else this.#containers.openItem(line, marker);
      this.#keep = this.#containers.depth;
      inParagraph = lazyParagraph = false;
      table = undefined;
    }
  }

  #startLeaf(inParagraph: boolean, lazy: boolean): boolean {
    const line = this.#line;
    const { text, nonspace, lineEnd } = line;
    const level = atxLevel(line);
    if (level > 0) {
      this.#closeTo(this.#keep);
      this.#openLeaf("heading", level).lines.push(...atxText(line, level));
      this.#close();
      return true;
    }
    const fence = openingFence(line);
    if (fence !== undefined) {
      this.#closeTo(this.#keep);
      this.#fence = fence;
      this.#openLeaf("fence");
      return true;
    }
    const html = line.first === 60 ? htmlBlockAt(text, nonspace, lineEnd, inParagraph || lazy) : 0;
    if (html > 0) {
      this.#closeTo(this.#keep);
      this.#html = html;
      this.#addHtmlLine(this.#openLeaf("html", html));
      return true;
    }
    if (inParagraph && this.#endSetextHeading()) return true;
    if (!line.atThematicBreak()) return false;
    this.#closeTo(this.#keep);
    this.#openLeaf("rule");
    this.#close();
    return true;
  }

  /** Makes the open paragraph a heading if this line underlines it and it is more than definitions. */
  #endSetextHeading(): boolean {
    const level = setextLevel(this.#line);
    const paragraph = this.#open;
    if (level === 0 || paragraph === undefined) return false;
    const lines = this.#takeDefinitions(paragraph);
    if (lines.length === 0) {
      // Only definitions stood above it: what follows is a paragraph of its own.
      this.#open = undefined;
      if (this.#line.atThematicBreak()) return false;
      this.#openLeaf("paragraph").lines.push(this.#line.nonspace, this.#line.lineEnd);
      this.#canBeTableHead = true;
      return true;
    }
    const firstInItem = paragraph.firstInItem && lines[0] === paragraph.start;
    const last = lines.length - 1;
    lines[last] = trimEnd(this.#line.text, lines[last - 1] ?? 0, lines[last] ?? 0);
    const { depth, container } = paragraph;
    const start = lines[0] ?? 0;
    this.#open = { kind: "heading", start, end: this.#line.lineEnd, depth, container, firstInItem, level, lines };
    this.#push();
    return true;
  }

  /** Makes the last line of the open paragraph the head of a table if this line is a delimiter row for it (GFM 4.10). */
  #startTable(): boolean {
    const { text, nonspace, lineEnd } = this.#line;
    const paragraph = this.#open;
    if (paragraph === undefined || !this.#canBeTableHead) return false;
    const columns = delimiterColumns(text, nonspace, lineEnd);
    if (columns === 0) return false;
    const [start, end] = paragraph.lines.slice(-2) as [number, number];
    if (cellsOf(text, start, end).length !== columns) return false;
    const alone = paragraph.lines.length === 2;
    const firstInItem = alone && paragraph.firstInItem;
    if (alone) {
      this.#open = undefined;
    } else {
      paragraph.lines.length -= 2;
      paragraph.end = paragraph.lines.at(-1) ?? 0;
      this.#close();
    }
    const { depth, container } = paragraph;
    const lines = [start, end, nonspace, lineEnd];
    this.#open = { kind: "table", start, end: lineEnd, depth, container, firstInItem, level: 0, lines };
    return true;
  }

  #addRow(table: Leaf): boolean {
    table.lines.push(this.#line.nonspace, this.#line.lineEnd);
    table.end = this.#line.lineEnd;
    return true;
  }

  #openLeaf(kind: LeafKind, level = 0): Leaf {
    const leaf = this.#leaf(kind, this.#line.nonspace, this.#line.lineEnd, level);
    this.#open = leaf;
    this.#containers.fill();
    return leaf;
  }

  #leaf(kind: LeafKind, start: number, end: number, level = 0): Leaf {
    const { depth, marker, inEmptyItem } = this.#containers;
    return { kind, start, end, depth, container: marker, firstInItem: inEmptyItem, level, lines: [] };
  }

  /** Closes the open leaf and all containers but the first `depth`. */
  #closeTo(depth: number): void {
    this.#close();
    this.#containers.closeTo(depth);
  }

  #close(): void {
    const leaf = this.#open;
    if (leaf === undefined) return;
    if (leaf.kind === "paragraph") {
      const lines = this.#takeDefinitions(leaf);
      if (lines.length === 0) this.#open = undefined;
      else if (lines !== leaf.lines) this.#open = { ...leaf, start: lines[0] ?? 0, firstInItem: false, lines };
    }
    this.#push();
  }

  #push(): void {
    if (this.#open !== undefined) this.#closed.push(this.#open);
    this.#open = undefined;
  }

  /** Passes on the definitions that a paragraph starts with; returns its other lines. */
  #takeDefinitions(paragraph: Leaf): number[] {
    const { text } = this.#line;
    const { lines } = paragraph;
    if (text.charCodeAt(paragraph.start) !== 91) return lines;
    const parts: string[] = [];
    for (let at = 0; at < lines.length; at += 2) parts.push(text.slice(lines[at], lines[at + 1]));
    const count = countDefinitionLines(parts.join("\n"));
    if (count === 0) return lines;
    const definitions = lines.slice(0, count * 2);
    this.#closed.push({ ...paragraph, kind: "definition", end: definitions.at(-1) ?? 0, lines: definitions });
    return lines.slice(count * 2);
  }
}
