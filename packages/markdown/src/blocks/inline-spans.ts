import { isEscapable } from "./definitions.ts";
import { isLetter, tagEnd } from "./html-tags.ts";
import type { Leaf } from "./leaf.ts";

/** A range of the text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The code spans, HTML tags, comments and autolinks of a paragraph (CommonMark 6.1, 6.5, 6.6), whose insides are not
 * text. These bind more tightly than any other inline construct, but for a backtick or `<` in a link's destination or
 * title, which this takes for the start of one.
 */
export function hiddenSpans(text: string, leaf: Leaf): Span[] {
  const { lines } = leaf;
  const parts: string[] = [];
  const starts: number[] = [];
  let length = 0;
  for (let at = 0; at < lines.length; at += 2) {
    const part = text.slice(lines[at], lines[at + 1]);
    parts.push(part);
    starts.push(length);
    length += part.length + 1;
  }
  const spans = spansOf(parts.join("\n"));
  // From positions in the joined lines back to positions in the text; both go upwards.
  let line = 0;
  const place = (position: number) => {
    while ((starts[line + 1] ?? Infinity) <= position) line += 1;
    return (lines[line * 2] ?? 0) + position - (starts[line] ?? 0);
  };
  return spans.map(({ start, end }) => ({ start: place(start), end: place(end - 1) + 1 }));
}

/** Where the comments in raw HTML are. */
export function commentsIn(text: string, from: number, to: number): Span[] {
  const html = text.slice(from, to);
  const comments: Span[] = [];
  for (let at = html.indexOf("<!--"); at !== -1;) {
    const close = html.indexOf("-->", at + 4);
    const end = shortComment(html, at) ?? (close === -1 ? html.length : close + 3);
    comments.push({ start: from + at, end: from + end });
    at = html.indexOf("<!--", end);
  }
  return comments;
}

function spansOf(text: string): Span[] {
  const spans: Span[] = [];
  const backticks = new Backticks(text);
  const raw = new RawSearch(text);
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    let end = -1;
    let next = at + 1;
    if (code === 92 && isEscapable(text.charCodeAt(at + 1))) {
      next = at + 2;
    } else if (code === 96) {
      while (text.charCodeAt(next) === 96) next += 1;
      end = backticks.closerEnd(at, next);
    } else if (code === 60) {
      end = raw.end(at);
    }
    if (end !== -1) spans.push({ start: at, end });
    at = end === -1 ? next : end;
  }
  return spans;
}

/** Finds the run of backticks that closes another, in one pass over the text whatever is in it. */
class Backticks {
  /** Per length, where the runs of that length end, and the first of them that was not passed yet. */
  readonly #runs = new Map<number, { readonly ends: number[]; next: number }>();

  constructor(text: string) {
    for (let at = text.indexOf("`"); at !== -1;) {
      let end = at;
      while (text.charCodeAt(end) === 96) end += 1;
      const known = this.#runs.get(end - at);
      if (known === undefined) this.#runs.set(end - at, { ends: [end], next: 0 });
      else known.ends.push(end);
      at = text.indexOf("`", end);
    }
  }

  /** Where the code span ends that the run from `start` to `end` opens, or -1. To be asked with growing positions. */
  closerEnd(start: number, end: number): number {
    const same = this.#runs.get(end - start);
    if (same === undefined) return -1;
    while ((same.ends[same.next] ?? Infinity) <= end) same.next += 1;
    return same.ends[same.next] ?? -1;
  }
}

/** Finds where raw HTML and autolinks end, without searching one stretch again and again. */
class RawSearch {
  readonly #text: string;
  /** Closing strings, each with a position from which on it does not occur. */
  readonly #absent = new Map<string, number>();
  /** What tags that turn out to be none may cost. */
  #budget: number;

  constructor(text: string) {
    this.#text = text;
    this.#budget = text.length * 16;
  }

  end(at: number): number {
    const text = this.#text;
    const next = text.charCodeAt(at + 1);
    if (next === 63) return this.#after("?>", at + 2);
    if (next === 33) {
      if (text.startsWith("<!--", at)) return shortComment(text, at) ?? this.#after("-->", at + 4);
      if (text.startsWith("<![CDATA[", at)) return this.#after("]]>", at + 9);
      return isLetter(text.charCodeAt(at + 2)) ? this.#after(">", at + 3) : -1;
    }
    const autolink = autolinkEnd(text, at);
    if (autolink !== -1) return autolink;
    const tag = tagEnd(text, at, text.length);
    if (tag > 0) return tag;
    this.#budget -= ~tag - at;
    if (this.#budget < 0) throw new TooCostly();
    return -1;
  }

  #after(what: string, from: number): number {
    if (from >= (this.#absent.get(what) ?? Infinity)) return -1;
    const at = this.#text.indexOf(what, from);
    if (at === -1) this.#absent.set(what, from);
    return at === -1 ? -1 : at + what.length;
  }
}

/** Thrown for a paragraph of nested, never completed tags that would take quadratic time to look through. */
export class TooCostly extends Error {}

/** The end of `<!-->` or `<!--->`, which are whole comments. */
function shortComment(text: string, at: number): number | undefined {
  if (text.startsWith(">", at + 4)) return at + 5;
  return text.startsWith("->", at + 4) ? at + 6 : undefined;
}

const scheme = /^[A-Za-z][A-Za-z0-9.+-]{1,31}:/;
const email =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
const longestEmail = 1000;

function autolinkEnd(text: string, at: number): number {
  if (!isAutolinkStart(text.charCodeAt(at + 1))) return -1;
  let end = at + 1;
  for (; ; end += 1) {
    const code = text.charCodeAt(end);
    if (code === 62) break;
    if (!(code > 32) || code === 60) return -1;
  }
  const inside = text.slice(at + 1, end);
  return scheme.test(inside) || (inside.length <= longestEmail && email.test(inside)) ? end + 1 : -1;
}

function isAutolinkStart(code: number): boolean {
  return code > 32 && code !== 60 && code !== 62 && code !== 47;
}
