import { lineEnd } from "./comments.ts";
import type { Style } from "./layout.ts";
import type { Gap } from "./plan.ts";
import type { Splice } from "../splices.ts";
import { skipSpace } from "./scan.ts";
import type { Span } from "./scan.ts";
import { longestLine } from "./serialize.ts";
import type { Layout } from "./serialize.ts";

/** The texts that gaps are cut into. `scan` is `text` with comments, trailing commas and BOM blanked. */
export interface Source {
  readonly text: string;
  readonly scan: string;
  readonly trailing: ReadonlySet<number>;
}

/**
 * The splices that a gap needs: members go with their comma, new ones come on lines of their own where their neighbours
 * have that. Comments between members always stay: nobody can know whether one spoke only of the member that went.
 */
export class GapWriter {
  readonly #source: Source;
  readonly #style: Style;
  readonly #write: (added: Gap["added"][number], layout: Layout) => string;
  readonly splices: Splice[] = [];

  constructor(source: Source, style: Style, write: (added: Gap["added"][number], layout: Layout) => string) {
    this.#source = source;
    this.#style = style;
    this.#write = write;
  }

  gap(gap: Gap): void {
    const { before, removed, after, open } = gap;
    if (before === undefined && after === undefined && removed.length === 0) {
      this.#fillEmpty(gap);
      return;
    }
    const layout = this.#style.inside(open);
    const texts = gap.added.map((added) => this.#write(added, layout));
    const separator = layout.pretty ? layout.newline + layout.indent : layout.comma.slice(1);
    if (after !== undefined) this.#inFront(gap, after, texts, separator, layout.pretty);
    else if (before !== undefined) this.#atEnd(gap, before, texts, separator);
    else this.#replaceAll(gap, texts, separator);
  }

  /** Something goes or comes before a member that stays. */
  #inFront({ before, removed, open }: Gap, after: Span, texts: string[], separator: string, pretty: boolean): void {
    if (texts.length > 0) {
      if (before !== undefined || pretty) {
        const at = this.#afterLine(before === undefined ? open + 1 : this.#commaAfter(before.end) + 1, separator);
        this.#put(at, at, texts.map((text) => `${separator}${text},`).join(""));
      } else {
        this.#put(after.start, after.start, texts.map((text) => `${text},${separator}`).join(""));
      }
    }
    const [first] = removed;
    if (first === undefined) return;
    if (this.#clean([...removed, after])) this.#put(first.start, after.start, "");
    else for (const span of removed) this.#take(span, this.#commaAfter(span.end));
  }

  /** Something goes or comes after the last member that stays. */
  #atEnd({ removed }: Gap, before: Span, texts: string[], separator: string): void {
    const last = removed.at(-1);
    if (last === undefined) {
      const trailing = this.#trailingAfter(before.end);
      if (trailing === -1) {
        this.#put(before.end, before.end, ",");
        const at = this.#afterLine(before.end, separator);
        this.#put(at, at, separator + texts.join(`,${separator}`));
      } else {
        const at = this.#afterLine(trailing + 1, separator);
        this.#put(at, at, texts.map((text) => `${separator}${text},`).join(""));
      }
      return;
    }
    const comma = this.#commaAfter(before.end);
    const trailing = this.#trailingAfter(last.end);
    if (texts.length > 0) {
      const at = this.#afterLine(comma + 1, separator);
      this.#put(at, at, separator + texts.join(`,${separator}`));
      if (this.#clean([before, ...removed])) this.#put(comma + 1, last.end, "");
      else for (const span of removed) this.#take(span, span === last ? -1 : this.#commaAfter(span.end));
    } else if (this.#clean([before, ...removed])) {
      this.#put(before.end, last.end, "");
    } else {
      if (trailing === -1) this.#put(comma, comma + 1, "");
      for (const span of removed) this.#take(span, span === last ? trailing : this.#commaAfter(span.end));
    }
  }

  /** All members go; new ones may take their place. */
  #replaceAll({ removed, open }: Gap, texts: string[], separator: string): void {
    const first = removed[0] as Span;
    const last = removed.at(-1) as Span;
    const close = skipSpace(this.#source.scan, last.end);
    const trailing = this.#trailingAfter(last.end);
    if (texts.length > 0) {
      const text = texts.join(`,${separator}`);
      if (this.#clean(removed)) {
        this.#put(first.start, last.end, text);
        return;
      }
      this.#put(first.start, first.end, text);
      const comma = first === last ? -1 : this.#commaAfter(first.end);
      if (comma !== -1) this.#put(comma, comma + 1, "");
      for (const span of removed.slice(1)) this.#take(span, span === last ? -1 : this.#commaAfter(span.end));
    } else if (this.#clean([{ start: open, end: open + 1 }, ...removed, { start: close, end: close }], trailing)) {
      this.#put(open + 1, close, "");
    } else {
      for (const span of removed) this.#take(span, span === last ? trailing : this.#commaAfter(span.end));
    }
  }

  /** The first members of a container that had none. */
  #fillEmpty({ open, outer, added }: Gap): void {
    const { text, scan } = this.#source;
    const { inLine, ...around } = this.#style.inside(outer);
    const unit = around.pretty ? around.unit : "";
    const layout = { ...around, indent: around.indent + unit };
    const close = skipSpace(scan, open + 1);
    const inside = text.slice(open + 1, close);
    if (inLine !== undefined && inLine.bracket === text.charAt(open) && inside.trim() === "") {
      const one = { ...layout, ...inLine, inLine, pretty: false };
      const pad = inLine.pads[inLine.bracket] ?? "";
      const line = pad + added.map((item) => this.#write(item, one)).join(inLine.comma) + pad;
      if (line.length <= longestLine - 2 && !/[\r\n]/.test(line)) {
        this.#put(open + 1, close, line);
        return;
      }
    }
    const texts = added.map((item) => this.#write(item, layout));
    if (inside.trim() === "") {
      const line = around.newline + layout.indent;
      const filled = around.pretty
        ? line + texts.join(`,${line}`) + around.newline + around.indent
        : texts.join(layout.comma);
      this.#put(open + 1, close, filled);
      return;
    }
    const at = open + 1 + inside.trimEnd().length;
    const separator = /[\r\n]/.test(inside) ? around.newline + layout.indent : " ";
    this.#put(at, at, separator + texts.join(`,${separator}`));
  }

  #put(start: number, end: number, text: string): void {
    this.splices.push({ start, end, text });
  }

  #commaAfter(end: number): number {
    const at = skipSpace(this.#source.scan, end);
    return this.#source.scan.charCodeAt(at) === 44 ? at : -1;
  }

  /** The trailing comma after the last member, or -1. */
  #trailingAfter(end: number): number {
    const { scan, trailing } = this.#source;
    if (trailing.size === 0) return -1;
    const close = skipSpace(scan, end);
    for (let at = end; at < close; at++) if (trailing.has(at)) return at;
    return -1;
  }

  /** Whether nothing but white space and commas stands between these members (no comments). */
  #clean(spans: readonly Span[], trailing = -1): boolean {
    const { text, scan } = this.#source;
    if (text === scan) return true;
    for (let i = 1; i < spans.length; i++) {
      const from = spans[i - 1]?.end ?? 0;
      for (let at = from; at < (spans[i]?.start ?? 0); at++) {
        if (text.charCodeAt(at) !== scan.charCodeAt(at) && at !== trailing) return false;
      }
    }
    return true;
  }

  /** After the comments that follow on the same line, if nothing else does and a new line begins; else `pos` itself. */
  #afterLine(pos: number, separator: string): number {
    const { text, scan } = this.#source;
    if (text === scan || !/[\r\n]/.test(separator)) return pos;
    let last = pos;
    for (let at = pos; ;) {
      const code = text.charCodeAt(at);
      if (code === 32 || code === 9) {
        at++;
      } else if (code === 47 && scan.charCodeAt(at) === 32) {
        const line = lineEnd(text, at);
        const block = text.startsWith("/*", at);
        const end = block ? text.indexOf("*/", at) + 2 : line;
        if (end > line) return last;
        last = end;
        at = end;
      } else {
        return Number.isNaN(code) || code === 10 || code === 13 ? last : pos;
      }
    }
  }

  /** Takes one member and its comma out, and the line with them if nothing else is on it. */
  #take(span: Span, comma: number): void {
    const { text } = this.#source;
    let end = span.end;
    if (comma !== -1) {
      if (this.#clean([span, { start: comma, end: comma }], comma)) end = comma + 1;
      else this.#put(comma, comma + 1, "");
    }
    const line = blankLineStart(text, span.start);
    let next = end;
    while (text.charCodeAt(next) === 32 || text.charCodeAt(next) === 9) next++;
    const code = text.charCodeAt(next);
    if (line !== -1 && (code === 10 || code === 13)) {
      const newline = code === 13 && text.charCodeAt(next + 1) === 10 ? 2 : 1;
      this.#put(line, next + newline, "");
    } else {
      this.#put(span.start, code === 47 ? next : end, "");
    }
  }
}

/** Where the line that `pos` is on begins, if nothing but blanks stands before it; else -1. A line may hold the whole document. */
function blankLineStart(text: string, pos: number): number {
  let at = pos;
  while (at > 0 && (text.charCodeAt(at - 1) === 32 || text.charCodeAt(at - 1) === 9)) at--;
  return at === 0 || text.charCodeAt(at - 1) === 10 || text.charCodeAt(at - 1) === 13 ? at : -1;
}
