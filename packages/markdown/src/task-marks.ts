import { isBlankCode, trimEnd } from "./blocks/index.ts";
import type { Leaf, Span } from "./blocks/index.ts";

/** The `[ ]` or `[x]` that starts a task list item, with positions in the text. */
export interface TaskMark {
  /** Where the character between the brackets is. */
  readonly box: number;
  readonly checked: boolean;
  /** The rest of the line, or the next line if there is no rest, without the white space around it. */
  readonly label: Span;
}

/** The task mark that a list item's first paragraph starts with (GFM 5.3). */
export function taskMark(text: string, leaf: Leaf): TaskMark | undefined {
  const { start, lines } = leaf;
  if (leaf.kind !== "paragraph" || !leaf.firstInItem || text.charCodeAt(start) !== 91) return undefined;
  const box = text.charCodeAt(start + 1);
  const checked = box === 120 || box === 88;
  if ((!checked && !isBlankCode(box)) || text.charCodeAt(start + 2) !== 93) return undefined;
  const lineEnd = lines[1] ?? 0;
  let from = start + 3;
  let to = trimEnd(text, from, lineEnd);
  if (from === to) {
    // Nothing after the brackets: what the item says is on the next line, directly at the line end.
    if (lines.length < 4 || from !== lineEnd) return undefined;
    from = lines[2] ?? 0;
    to = trimEnd(text, from, lines[3] ?? 0);
  } else if (!isBlankCode(text.charCodeAt(from))) {
    return undefined;
  }
  while (from < to && isBlankCode(text.charCodeAt(from))) from += 1;
  return { box: start + 1, checked, label: { start: from, end: to } };
}
