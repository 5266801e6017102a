import { BOM, corrupt, positionAt } from "../../platform/index.ts";

/** Where the frontmatter of a text is. */
export interface Split {
  readonly text: string;
  /** Whether there is frontmatter at all; if not, the YAML and its fences are empty and the body is everything. */
  readonly present: boolean;
  /** The YAML between the fences. */
  readonly start: number;
  readonly end: number;
  /** The place after the closing fence and its line end; after the byte order mark if there is no frontmatter. */
  readonly body: number;
  readonly newline: string;
}

/** Fences of other kinds, which must not be taken for "no frontmatter": a second one would be put above them. */
const foreign: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^\+\+\+[ \t]*$/, "TOML frontmatter (+++)"],
  [/^;;;[ \t]*$/, "JSON frontmatter (;;;)"],
  [/^\{[ \t]*(?:"|$)/, "JSON frontmatter ({)"],
  // A word after the dashes is a language, as gray-matter and its like take it; YAML itself allows a comment there.
  [/^---[ \t]*(?!ya?ml[ \t]*$)[a-z][\w-]*[ \t]*$/i, "frontmatter in a language other than YAML"],
  [/^---[ \t]+#/, "frontmatter that has a comment behind its dashes"],
];

/** The first line of YAML frontmatter; some programs name the language. */
const fence = /^---(?:[ \t]*ya?ml)?[ \t]*$/i;

/**
 * Finds the frontmatter: a first line `---` (or `---yaml`), YAML, and a line `---` or `...`. Only the lines up to the closing fence are
 * looked at, so that the size of the body does not matter.
 */
export function split(text: string, path: string): Split {
  const begin = text.startsWith(BOM) ? 1 : 0;
  const firstEnd = lineBreak(text, begin);
  const first = text.slice(begin, Math.min(firstEnd.at, begin + 200));
  for (const [pattern, what] of foreign) {
    if (!pattern.test(first)) continue;
    throw corrupt(
      path,
      `the file begins with ${what}; only YAML between lines of three dashes can be edited`,
      positionAt(text, begin),
    );
  }
  const newline = firstEnd.text || "\n";
  if (!fence.test(first) || firstEnd.text === "") {
    if (fence.test(first)) throw unclosed(text, begin, path);
    return { text, present: false, start: begin, end: begin, body: begin, newline };
  }
  const start = firstEnd.next;
  for (let line = start; line < text.length;) {
    const end = lineBreak(text, line);
    if (end.at - line < 200 && /^(?:---|\.\.\.)[ \t]*$/.test(text.slice(line, end.at))) {
      return { text, present: true, start, end: line, body: end.next, newline };
    }
    line = end.next;
  }
  throw unclosed(text, begin, path);
}

function unclosed(text: string, begin: number, path: string): Error {
  return corrupt(path, "the frontmatter that begins here has no closing --- line", positionAt(text, begin));
}

/** Where the line that holds `pos` ends, and what ends it ("" at the end of the text). */
function lineBreak(text: string, pos: number): { at: number; text: string; next: number } {
  const lf = text.indexOf("\n", pos);
  if (lf === -1) return { at: text.length, text: "", next: text.length };
  const crlf = lf > pos && text.charCodeAt(lf - 1) === 13;
  return { at: crlf ? lf - 1 : lf, text: crlf ? "\r\n" : "\n", next: lf + 1 };
}
