import { Scalar, stringify } from "yaml";
import type { CreateNodeOptions, DocumentOptions, ScalarTag, SchemaOptions, ToStringOptions } from "yaml";
import { Digits } from "../digits.ts";

/** Numbers that a double cannot hold are written as their digits. */
const digits: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  identify: (value) => value instanceof Digits,
  resolve: (text) => text,
  stringify: ({ value }) => (value as Digits).text,
};

/** What readers of YAML 1.1 refuse, drop or take for a line end: it is written as an escape. */
const unsafe = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/;

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
      customTags: (tags) => [digits, ...tags],
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
    const text = written([prepared(value, true)], {
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
    const pair = new Map([[preparedString(key, false), prepared(value, false)]]);
    return this.#lines(written(pair, this.#optionsFor(value)), indent);
  }

  /** `- value` lines at an indent, the last line end included. */
  item(value: unknown, indent: string): string {
    return this.#lines(written([prepared(value, false)], { ...this.#optionsFor(value), indentSeq: true }), indent);
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

function written(value: unknown, options: ToStringOptions & CreateNodeOptions): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return stringify(value, options).replace(new RegExp(unsafe, "g"), escape);
}

/** A value whose strings say for themselves that they need double quotes. */
function prepared(value: unknown, inFlow: boolean): unknown {
  if (typeof value === "string") return preparedString(value, inFlow);
  if (typeof value !== "object" || value === null || value instanceof Digits) return value;
  if (Array.isArray(value)) return value.map((item) => prepared(item, inFlow));
  // Object literals put `__proto__` and numbers elsewhere; a Map keeps every key.
  return new Map(Object.entries(value).map(([key, item]) => [preparedString(key, inFlow), prepared(item, inFlow)]));
}

/**
 * YAML 1.1 readers have a tag for a bare `=`, take no tab in a plain string, and some take `?` and `:` at a start in a flow collection for
 * marks of their own.
 */
function preparedString(value: string, inFlow: boolean): unknown {
  const bare = value === "=" || (inFlow && /^[?:]/.test(value)) || (value.includes("\t") && !value.includes("\n"));
  if (!bare && !unsafe.test(value)) return value;
  const scalar = new Scalar(value);
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

/** The quote that the file puts around its values. */
function firstQuote(yaml: string): string | undefined {
  return /[:-][ \t]+(["'])/.exec(yaml)?.[1];
}

function someString(value: unknown, pattern: RegExp): boolean {
  if (typeof value === "string") return pattern.test(value);
  return typeof value === "object" && value !== null && Object.values(value).some((item) => someString(item, pattern));
}
