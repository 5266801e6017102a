/** A line of a file: its text, and what ends it ("" for the last line of a file that ends without). */
export interface TextLine {
  readonly text: string;
  readonly end: "\n" | "\r\n" | "";
}

/** A text as lines; joined again it is the same text. Only LF and CRLF end a line. */
export function linesOf(text: string): TextLine[] {
  const lines: TextLine[] = [];
  for (let start = 0; start < text.length;) {
    const feed = text.indexOf("\n", start);
    if (feed === -1) {
      lines.push({ text: text.slice(start), end: "" });
      break;
    }
    const carriage = feed > start && text[feed - 1] === "\r";
    lines.push({ text: text.slice(start, carriage ? feed - 1 : feed), end: carriage ? "\r\n" : "\n" });
    start = feed + 1;
  }
  return lines;
}

export function textOf(lines: readonly TextLine[]): string {
  return lines.map(({ text, end }) => text + end).join("");
}

/** How lines that come in at a place end: as the ones around them, or as `otherwise` says where no line has an end. */
export function endNear(lines: readonly TextLine[], at: number, otherwise: "\n" | "\r\n" = "\n"): "\n" | "\r\n" {
  for (const near of [lines[at], lines[at - 1], lines[0]]) if (near !== undefined && near.end !== "") return near.end;
  return otherwise;
}
