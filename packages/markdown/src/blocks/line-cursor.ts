const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;

/**
 * Walks a text line by line and, within a line, column by column.
 * A tab reaches to the next multiple of four, and part of one can be consumed (CommonMark 2.2).
 * Line ends are LF, CR and CRLF (CommonMark 2.1). Every character is looked at a bounded number of times.
 */
export class LineCursor {
  readonly text: string;
  /** Where the line starts, where it ends without its line end, and where the next line starts. */
  lineStart = 0;
  lineEnd = 0;
  nextLine: number;
  /** Where the not yet consumed part of the line starts, and its column. */
  offset = 0;
  column = 0;
  /** The first character at or after `offset` that is neither space nor tab (`lineEnd` if there is none), and its column. */
  nonspace = 0;
  nonspaceColumn = 0;
  #lineFeed = -1;
  #carriageReturn = -1;
  #ruleStart = -1;

  constructor(text: string, start: number) {
    this.text = text;
    this.nextLine = start;
  }

  /** Goes to the next line; false at the end of the text. */
  advanceLine(): boolean {
    const { text, nextLine } = this;
    if (nextLine >= text.length) return false;
    if (this.#lineFeed < nextLine) this.#lineFeed = find(text, "\n", nextLine);
    if (this.#carriageReturn < nextLine) this.#carriageReturn = find(text, "\r", nextLine);
    const end = Math.min(this.#lineFeed, this.#carriageReturn);
    this.lineStart = this.offset = this.nonspace = nextLine;
    this.column = this.nonspaceColumn = 0;
    this.lineEnd = end;
    const both = text.charCodeAt(end) === carriageReturn && text.charCodeAt(end + 1) === lineFeed;
    this.nextLine = Math.min(end + (both ? 2 : 1), text.length);
    this.#ruleStart = -1;
    this.findNonspace();
    return true;
  }

  get blank(): boolean {
    return this.nonspace >= this.lineEnd;
  }

  /** Columns of white space before the first other character. */
  get indent(): number {
    return this.nonspaceColumn - this.column;
  }

  /** The code of the first character that is not white space (NaN on a blank line). */
  get first(): number {
    return this.blank ? Number.NaN : this.text.charCodeAt(this.nonspace);
  }

  findNonspace(): void {
    const { text, lineEnd } = this;
    if (this.nonspace < this.offset) {
      this.nonspace = this.offset;
      this.nonspaceColumn = this.column;
    }
    // What was found before still holds as long as nothing behind it was consumed: columns are absolute.
    for (; this.nonspace < lineEnd; this.nonspace += 1) {
      const code = text.charCodeAt(this.nonspace);
      if (code === space) this.nonspaceColumn += 1;
      else if (code === tab) this.nonspaceColumn += 4 - (this.nonspaceColumn % 4);
      else break;
    }
  }

  /** Consumes up to and including `count` characters from `nonspace` on, which are not tabs. */
  consumeMarker(count: number): void {
    this.offset = this.nonspace + count;
    this.column = this.nonspaceColumn + count;
    this.findNonspace();
  }

  /** Consumes so many columns of white space. */
  consumeColumns(count: number): void {
    let left = count;
    while (left > 0 && this.offset < this.nonspace) {
      const width = this.text.charCodeAt(this.offset) === tab ? 4 - (this.column % 4) : 1;
      if (width > left) {
        this.column += left;
        return;
      }
      this.column += width;
      this.offset += 1;
      left -= width;
    }
  }

  /**
   * Whether a thematic break starts at `nonspace` (CommonMark 4.1). The part of the line that can be one is found once
   * per line: asking at each of a line's many list markers would otherwise take quadratic time.
   */
  atThematicBreak(): boolean {
    const { text, nonspace, lineEnd } = this;
    const mark = text.charCodeAt(nonspace);
    if (mark !== 42 && mark !== 45 && mark !== 95) return false;
    if (this.#ruleStart < 0) this.#findRuleStart();
    if (nonspace < this.#ruleStart || text.charCodeAt(this.#ruleStart) !== mark) return false;
    let marks = 0;
    for (let at = nonspace; at < lineEnd && marks < 3; at += 1) if (text.charCodeAt(at) === mark) marks += 1;
    return marks === 3;
  }

  #findRuleStart(): void {
    let mark = -1;
    this.#ruleStart = this.lineEnd;
    for (let at = this.lineEnd - 1; at >= this.lineStart; at -= 1) {
      const code = this.text.charCodeAt(at);
      if (isBlankCode(code)) continue;
      if (mark === -1) mark = code;
      if (code !== mark) return;
      this.#ruleStart = at;
    }
  }
}

/** Space or tab: all that CommonMark strips around a line's content. */
export function isBlankCode(code: number): boolean {
  return code === space || code === tab;
}

function find(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at === -1 ? text.length : at;
}
