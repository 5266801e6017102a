/** A stretch of the old text, end exclusive, and what takes its place. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** One pass over the text: linear however many splices there are. */
export function applySplices(text: string, splices: Splice[]): string {
  // Array.prototype.sort is stable: what is put in at one place stays in the order in which it was asked for.
  splices.sort((a, b) => a.start - b.start || a.end - b.end);
  const parts: string[] = [];
  let copied = 0;
  for (const splice of splices) {
    parts.push(text.slice(copied, splice.start), splice.text);
    copied = splice.end;
  }
  parts.push(text.slice(copied));
  return parts.join("");
}
