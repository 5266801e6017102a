import { skipSpace, skipString } from "./scan.ts";
import type { InLine, Layout } from "./serialize.ts";
import { longestLine } from "./serialize.ts";

/** How a document is laid out, as far as new text has to follow it. */
export class Style {
  readonly #text: string;
  readonly newline: string;
  /** What one level adds to the indent. */
  readonly unit: string;
  /** Whether the root has one member a line, or has no members to tell. */
  readonly #pretty: boolean;
  readonly #colon: string;

  /** `text` is the strict text (comments blank); `root` is where its value begins; `unit` is for a text without indent. */
  constructor(text: string, root: number, unit: string) {
    this.#text = text;
    const lineBreak = /\r\n|\n|\r/.exec(text.length < 65_536 ? text : text.slice(0, 65_536));
    this.newline = lineBreak?.[0] ?? "\n";
    const own = this.memberIndent(root);
    this.#pretty = own !== undefined || this.#isEmpty(root);
    this.unit = own === undefined || own === "" ? unit : own;
    this.#colon = this.#colonIn(root) ?? (this.#pretty ? ": " : ":");
  }

  /** The indent of the members of the container that opens at `open`, if they stand on lines of their own. */
  memberIndent(open: number): string | undefined {
    const bracket = this.#text.charCodeAt(open);
    if (bracket !== 123 && bracket !== 91) return undefined;
    const first = skipSpace(this.#text, open + 1);
    const space = this.#text.slice(open + 1, first);
    const after = Math.max(space.lastIndexOf("\n"), space.lastIndexOf("\r"));
    return after === -1 || this.#isEmpty(open) ? undefined : space.slice(after + 1);
  }

  /** The layout of a new value in the container at `open` (-1: the root itself). */
  inside(open: number): Layout {
    const indent = open === -1 ? "" : this.memberIndent(open);
    const pretty = open === -1 ? this.#pretty : indent !== undefined;
    const colon = (open === -1 ? undefined : this.#colonIn(open)) ?? this.#colon;
    const comma = pretty ? "," : (this.#commaIn(open) ?? (/\s$/.test(colon) ? ", " : ","));
    const layout = { pretty, indent: indent ?? "", unit: this.unit, newline: this.newline, colon, comma };
    const inLine = pretty && open !== -1 ? this.#inLine(open) : undefined;
    return inLine === undefined ? layout : { ...layout, inLine };
  }

  /** How the first value in a container with lines of its own is written, if that is an object or a list on one line. */
  #inLine(open: number): InLine | undefined {
    const text = this.#text;
    let at = skipSpace(text, open + 1);
    if (text.charCodeAt(open) === 123) at = skipSpace(text, skipSpace(text, skipString(text, at)) + 1);
    const form = lineForm(text.slice(at, at + 2 * longestLine));
    if (form === undefined) return undefined;
    const colon = this.#colonIn(at) ?? this.#colon;
    return { ...form, colon, comma: form.comma ?? (/\s$/.test(colon) ? ", " : ",") };
  }

  #isEmpty(open: number): boolean {
    const code = this.#text.charCodeAt(skipSpace(this.#text, open + 1));
    return code === 125 || code === 93;
  }

  /** What stands between the first name and its value. */
  #colonIn(open: number): string | undefined {
    const first = skipSpace(this.#text, open + 1);
    if (this.#text.charCodeAt(open) !== 123 || this.#text.charCodeAt(first) !== 34) return undefined;
    const end = skipString(this.#text, first);
    const value = skipSpace(this.#text, skipSpace(this.#text, end) + 1);
    const between = this.#text.slice(end, value);
    return /[\r\n]/.test(between) || between.length > 4 ? undefined : between;
  }

  /** What stands between the first two members on one line, if the first one is a scalar. */
  #commaIn(open: number): string | undefined {
    if (open === -1) return undefined;
    const text = this.#text;
    let at = skipSpace(text, open + 1);
    if (text.charCodeAt(open) === 123) at = skipSpace(text, skipSpace(text, skipString(text, at)) + 1);
    const scalar = /(?:"(?:[^"\\]|\\.){0,200}"|[\w.+-]{1,40})(,[ \t]{0,3})(?=["\w[{-])/y;
    scalar.lastIndex = at;
    return scalar.exec(text)?.[1];
  }
}

/** How the object or list is written that a text begins with, if it ends on that line; an empty one shows no form. */
function lineForm(text: string): (Pick<InLine, "bracket" | "pads"> & { comma: string | undefined }) | undefined {
  const pads: { "{"?: string; "["?: string } = {};
  let comma: string | undefined;
  let depth = 0;
  // A string may be cut off. Comments are blank here: many blanks are no pad.
  const parts = /"(?:[^"\\]|\\.)*(?:"|$)|([{[])([ \t]*)(?=([^\s\]}])?)|[\]}\r\n]|,[ \t]{0,3}(?=\S)/g;
  for (const [found, open, pad, first] of text.matchAll(parts)) {
    if (open === "{" || open === "[") {
      depth++;
      if (first !== undefined) pads[open] ??= pad?.length === 1 ? pad : "";
    } else if (depth === 0 || found === "\n" || found === "\r") {
      return undefined;
    } else if (found.startsWith(",")) {
      comma ??= found;
    } else if ((found === "]" || found === "}") && --depth === 0) {
      const bracket = found === "}" ? "{" : "[";
      return pads[bracket] === undefined ? undefined : { bracket, pads, comma };
    }
  }
  return undefined;
}
