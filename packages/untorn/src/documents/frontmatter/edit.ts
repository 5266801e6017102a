import { isDeepStrictEqual } from "node:util";
import { decodeUtf8, invalidArgument } from "../../platform/index.ts";
import { applySplices } from "../splices.ts";
import type { DocumentOptions } from "../text.ts";
import { YamlChanges } from "./changes.ts";
import { TooTangled } from "./entries.ts";
import { keepsComments, keepsForms } from "./kept.ts";
import type { Span } from "./kept.ts";
import { deleteAt, keysOf, setAt, valueAt } from "./path.ts";
import type { KeyPath } from "./path.ts";
import { DigitsBack, withBigInts } from "./numbers.ts";
import { plainCopy } from "./plain.ts";
import { read } from "./read.ts";
import type { Data, Read } from "./read.ts";
import { Renderer } from "./render.ts";
import { split } from "./split.ts";
import type { Split } from "./split.ts";
import { rewriteMembers } from "./whole-members.ts";

/** A text with frontmatter, taken apart. */
export interface Frontmatter {
  /** Whether the text has frontmatter. */
  readonly present: boolean;
  /** Its members as plain data of your own; {} if there is none. */
  readonly data: Data;
  /** What follows it, byte for byte. */
  readonly body: string;
}

/** How the frontmatter of a text is read. */
export interface FrontmatterOptions extends DocumentOptions {
  /** Whether an integer that a double cannot hold is a BigInt instead of the nearest double. Default false. */
  readonly bigints?: boolean;
}

/**
 * Reads the frontmatter of a text (or its UTF-8 bytes): YAML 1.2 core schema between a first line `---` and a line
 * `---` or `...`. Tags are never executed, aliases are bounded, repeated keys are errors. A byte order mark is accepted.
 *
 * @throws UntornError UNTORN_CORRUPT with `position`: not UTF-8, not YAML, not a mapping, no closing fence, or frontmatter
 * in TOML or JSON.
 */
export function parseFrontmatter(input: string | Uint8Array, options: FrontmatterOptions = {}): Frontmatter {
  const { parts, content } = open(input, options);
  return { present: parts.present, data: dataOf(content, options), body: parts.text.slice(parts.body) };
}

/** The value at a path of the frontmatter (`"author.name"`, `"tags.0"`, `["a.b"]`); undefined if there is none. */
export function getFrontmatter(input: string | Uint8Array, path: KeyPath, options: FrontmatterOptions = {}): unknown {
  return valueAt(dataOf(open(input, options).content, options), keysOf(path, label(options)));
}

/**
 * The text with one value of its frontmatter set. Missing objects on the way are made; a text without frontmatter gets
 * one. Everything else keeps its bytes; see `editFrontmatter`.
 */
export function setFrontmatter(input: string, path: KeyPath, value: unknown, options: DocumentOptions = {}): string {
  const opened = open(input, options);
  const file = label(options);
  const { data, exact } = opened.content;
  const keys = keysOf(path, file);
  const raw = plainCopy(exact, context(file)) as Data;
  setAt(raw, keys, value, file);
  const fresh = plainCopy(raw, context(file)) as Data;
  const asked = valueAt(fresh, keys);
  const old = { read: valueAt(data, keys), exact: valueAt(exact, keys) };
  if (asked !== undefined) setAt(fresh, keys, digitsBack(opened, file).of(asked, old), file);
  return change(opened, fresh, file);
}

/** The text with one value of its frontmatter removed; the same text if there is no such value. */
export function deleteFrontmatter(input: string, path: KeyPath, options: DocumentOptions = {}): string {
  const opened = open(input, options);
  const file = label(options);
  const fresh = plainCopy(opened.content.exact, context(file)) as Data;
  return deleteAt(fresh, keysOf(path, file)) ? change(opened, fresh, file) : input;
}

/**
 * The text with its frontmatter changed so that it means `data`, touching only the members that differ. The body keeps
 * every byte, and so does the YAML that did not change: comments, quotes, order, indent, line ends, anchors. A removed
 * member takes the comment on its own line with it. New members go to the end of their mapping. A string that YAML 1.2
 * or YAML 1.1 would read as something else (`no`, `1.0`, `2024-01-01`, `null`) is quoted. A number that a double cannot hold
 * keeps its digits, also when it moves; a BigInt is written as the integer that it is.
 *
 * The result is read again before it is returned: what does not mean exactly `data` is never handed out.
 *
 * @throws UntornError UNTORN_CORRUPT as `parseFrontmatter`; UNTORN_INVALID_ARGUMENT, naming the place, if `data` has no
 * YAML form, and if the change cannot be made without taking comments of what stays.
 */
export function editFrontmatter(input: string, data: Data, options: DocumentOptions = {}): string {
  const opened = open(input, options);
  const file = label(options);
  const asked = plainCopy(data, context(file));
  if (typeof asked !== "object" || asked === null || Array.isArray(asked)) {
    throw invalidArgument(file, "frontmatter is a mapping, and the new value is not an object");
  }
  const { data: read, exact } = opened.content;
  return change(opened, digitsBack(opened, file).of(asked, { read, exact }) as Data, file);
}

interface Opened {
  readonly parts: Split;
  readonly content: Read;
}

function open(input: string | Uint8Array, options: DocumentOptions): Opened {
  const file = label(options);
  const text = typeof input === "string" ? input : decodeUtf8(input, file);
  const parts = split(text, file);
  return { parts, content: read(parts, file) };
}

function label(options: DocumentOptions): string {
  return options.path ?? "frontmatter";
}

function context(path: string): { path: string; what: string } {
  return { path, what: "frontmatter" };
}

function dataOf(content: Read, options: FrontmatterOptions): Data {
  return options.bigints === true ? (withBigInts(content.exact) as Data) : content.data;
}

function digitsBack({ content }: Opened, file: string): DigitsBack {
  return new DigitsBack(content.exact, (value) =>
    invalidArgument(
      file,
      `two numbers look the same in JavaScript (${value}), and one of them moved or changed`,
      "Write them as BigInt, or leave them where they are.",
    ),
  );
}

function change({ parts, content }: Opened, fresh: Data, file: string): string {
  if (isDeepStrictEqual(content.exact, fresh)) return parts.text;
  const { text, start, end, body } = parts;
  const render = new Renderer(content.yaml, parts.newline);
  if (!parts.present) {
    const fence = `---${parts.newline}`;
    const lines = Object.keys(fresh).map((key) => render.member(key, fresh[key], ""));
    const result = text.slice(0, body) + fence + lines.join("") + fence + text.slice(body);
    reread(result, fresh, file);
    return result;
  }
  const attempts = [() => fine(content, fresh, render), () => rewriteMembers(content, fresh, render)];
  for (const attempt of attempts) {
    try {
      const { yaml, gone } = attempt();
      if (!keepsComments(content.yaml, yaml, gone)) continue;
      const result = text.slice(0, start) + yaml + text.slice(end);
      const now = reread(result, fresh, file);
      if (attempt === attempts[0] || keepsForms(content, now)) return result;
    } catch (error) {
      if (!(error instanceof TooTangled)) throw error;
    }
  }
  throw invalidArgument(
    file,
    "this change cannot be made without changing what is around it (anchors, aliases, tags, comments, unusual keys or a text that begins with |+ are in the way)",
    "Edit the frontmatter by hand.",
  );
}

/** Only what differs. */
function fine({ yaml, document, root }: Read, fresh: Data, render: Renderer): { yaml: string; gone: readonly Span[] } {
  if (root === undefined) {
    const lines = Object.keys(fresh).map((key) => render.member(key, fresh[key], ""));
    return { yaml: yaml + lines.join(""), gone: [] };
  }
  const changes = new YamlChanges(yaml, document, render);
  changes.root(root, fresh);
  return { yaml: applySplices(yaml, changes.splices), gone: changes.gone };
}

/** The new text, read again; it has to mean what was asked. */
function reread(text: string, asked: Data, file: string): Read {
  let now: Read;
  try {
    now = open(text, { path: file }).content;
  } catch {
    throw new TooTangled();
  }
  if (!isDeepStrictEqual(now.exact, asked)) throw new TooTangled();
  return now;
}
