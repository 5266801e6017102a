export type LeafKind =
  | "code"
  | "definition"
  | "fence"
  | "frontmatter"
  | "heading"
  | "html"
  | "paragraph"
  | "rule"
  | "table";

/** A block that holds text, with positions in the text. */
export interface Leaf {
  readonly kind: LeafKind;
  /** Its first character, after the markers and indentation of what it is in. */
  readonly start: number;
  /** The end of its last line, without the line end. */
  end: number;
  /** In how many block quotes and list items it is. */
  readonly depth: number;
  /** Where the marker of the innermost of those starts, or -1. */
  readonly container: number;
  /** Whether it is the first block of a list item. */
  readonly firstInItem: boolean;
  /** 1 to 6 for a heading; for HTML which of the seven kinds of block it is (CommonMark 4.6); else 0. */
  readonly level: number;
  /**
   * Start and end of the content of each line, in pairs: paragraphs, definitions, tables (head, delimiter row, rows), HTML,
   * and the text of headings. Empty for the rest.
   */
  readonly lines: number[];
}
