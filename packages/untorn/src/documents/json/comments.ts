import { skipString } from "./scan.ts";

const SLASH = 47;
const STAR = 42;
const COMMA = 44;

/** JSON with comments, and the same text without them. */
export interface Cleaned {
  /** Strict JSON of the same length: comments and trailing commas are blanks, line ends stay. */
  readonly scan: string;
  /** Where the trailing commas were. */
  readonly trailing: ReadonlySet<number>;
  /** A comment that is never closed, if there is one. */
  readonly unclosed: number | undefined;
}

const none: ReadonlySet<number> = new Set();

/** A plain document: nothing to clean. */
export function uncommented(text: string): Cleaned {
  return { scan: text, trailing: none, unclosed: undefined };
}

/**
 * Blanks out comments and trailing commas, so that the native parser reads the rest and every offset stays true.
 * The dialect is that of tsconfig.json and VS Code's settings: line and block comments, one trailing comma.
 */
export function blankComments(text: string): Cleaned {
  const trailing = new Set<number>();
  let scan = "";
  let copied = 0;
  let unclosed: number | undefined;
  const blank = (start: number, end: number) => {
    scan += text.slice(copied, start) + text.slice(start, end).replace(/[^\r\n]/g, " ");
    copied = end;
  };
  // Where a comma is that may turn out to be a trailing one.
  let comma = -1;
  let afterValue = false;
  for (let i = 0; i < text.length;) {
    const code = text.charCodeAt(i);
    const next = code === SLASH ? text.charCodeAt(i + 1) : 0;
    if (code === 32 || code === 9 || code === 10 || code === 13) {
      i++;
    } else if (next === SLASH) {
      const end = lineEnd(text, i);
      blank(i, end);
      i = end;
    } else if (next === STAR) {
      const close = text.indexOf("*/", i + 2);
      if (close === -1) unclosed ??= i;
      const end = close === -1 ? text.length : close + 2;
      blank(i, end);
      i = end;
    } else {
      if ((code === 93 || code === 125) && comma !== -1) trailing.add(comma);
      comma = code === COMMA && afterValue ? i : -1;
      afterValue = code !== COMMA && code !== 58 && code !== 91 && code !== 123;
      i = code === 34 ? Math.min(skipString(text, i), text.length) : i + 1;
    }
  }
  scan += text.slice(copied);
  return { scan: blankCommas(scan, trailing), trailing, unclosed };
}

/** The end of the line that `pos` is in, its line break not included. */
export function lineEnd(text: string, pos: number): number {
  for (let i = pos; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || code === 13) return i;
  }
  return text.length;
}

function blankCommas(scan: string, commas: ReadonlySet<number>): string {
  let out = "";
  let copied = 0;
  for (const comma of commas) {
    out += `${scan.slice(copied, comma)} `;
    copied = comma + 1;
  }
  return out + scan.slice(copied);
}
