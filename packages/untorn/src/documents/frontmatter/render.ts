import { stringify } from "yaml";
import type { CreateNodeOptions, DocumentOptions, SchemaOptions, ToStringOptions } from "yaml";

/** How the YAML at hand is written, so that new text follows it. */
export class Renderer {
  readonly #newline: string;
  readonly #options: DocumentOptions & SchemaOptions & CreateNodeOptions & ToStringOptions;

  constructor(yaml: string, newline: string) {
    this.#newline = newline;
    const nested = /^[^\s#-][^\n]*:[ \t]*\r?\n( {1,8})[^\s#-]/m.exec(yaml);
    this.#options = {
      version: "1.2",
      schema: "core",
      // Strings that YAML 1.1 readers (PyYAML, js-yaml) take for dates, booleans or numbers are quoted, too.
      compat: "yaml-1.1",
      indent: nested?.[1]?.length ?? 2,
      // Lists at the indent of their key, where the file has them there.
      indentSeq: !/^( *)[^\s#-][^\n]*:[ \t]*\r?\n\1-[ \r\n]/m.test(yaml),
      lineWidth: 0,
      doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
      blockQuote: "literal",
      flowCollectionPadding: false,
      aliasDuplicateObjects: false,
      singleQuote: firstQuote(yaml) === "'",
    };
  }

  /** A value on one line. `quote` is the quote that stood around the old value. */
  inline(value: unknown, quote?: string): string {
    // With a line break in it, a plain or single-quoted string would not stay on one line.
    const broken = someString(value, /\n/);
    const quoted = typeof value === "string" && quote !== undefined;
    const single = !broken && (quoted ? quote === "'" : this.#options.singleQuote === true);
    const type = single ? "QUOTE_SINGLE" : "QUOTE_DOUBLE";
    const style = quoted || broken ? ({ defaultStringType: type, defaultKeyType: "PLAIN" } as const) : {};
    // An element of a flow list is quoted wherever it has to be, in a flow collection and outside.
    const text = stringify([value], {
      ...this.#options,
      ...style,
      singleQuote: single,
      collectionStyle: "flow",
      blockQuote: false,
    });
    return text.trimEnd().slice(1, -1);
  }

  /** `key: value` lines at an indent, the last line end included. */
  member(key: string, value: unknown, indent: string): string {
    // Object literals put `__proto__` and numbers elsewhere; a Map keeps every key.
    return this.#lines(stringify(new Map([[key, value]]), this.#optionsFor(value)), indent);
  }

  /** `- value` lines at an indent, the last line end included. */
  item(value: unknown, indent: string): string {
    return this.#lines(stringify([value], { ...this.#optionsFor(value), indentSeq: true }), indent);
  }

  /** What follows a key's colon or an item's dash, without the last line end. */
  after(mark: ":" | "-", value: unknown, indent: string): string {
    const lines = mark === ":" ? this.member("k", value, indent) : this.item(value, indent);
    return lines.slice(indent.length + (mark === ":" ? 2 : 1), -this.#newline.length);
  }

  /** No block scalars where one would end in blank lines: it would take in those that follow in the file. */
  #optionsFor(value: unknown): ToStringOptions {
    return someString(value, /\n\s*\n$|^\n/)
      ? { ...this.#options, blockQuote: false, singleQuote: false }
      : this.#options;
  }

  #lines(text: string, indent: string): string {
    const lines = text.endsWith("\n") ? text.slice(0, -1).split("\n") : text.split("\n");
    return lines.map((line) => (line === "" ? "" : indent + line) + this.#newline).join("");
  }
}

/** The quote that the file puts around its values. */
function firstQuote(yaml: string): string | undefined {
  return /[:-][ \t]+(["'])/.exec(yaml)?.[1];
}

function someString(value: unknown, pattern: RegExp): boolean {
  if (typeof value === "string") return pattern.test(value);
  return typeof value === "object" && value !== null && Object.values(value).some((item) => someString(item, pattern));
}
