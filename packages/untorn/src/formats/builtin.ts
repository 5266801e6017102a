import { isUtf8 } from "node:buffer";
import { decodeUtf8, isUntornError } from "../platform/index.ts";
import { parseJson } from "../documents/json/index.ts";
import { parseLines } from "../documents/jsonl/index.ts";
import type { Format, Problem } from "./format.ts";
import { isPlainFrontmatter } from "./plain-frontmatter.ts";

/** Files that their tools read with comments and trailing commas, whatever their name says. */
const commented = [
  "*.jsonc",
  /^(?:ts|js)config(?:\..+)?\.json$/,
  "devcontainer.json",
  ".swcrc",
  ".oxlintrc.json",
  ".babelrc",
  ".eslintrc.json",
] as const;

/** What a parse says about a text; errors of another kind go on. */
function problemOf(parse: () => unknown): Problem | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (!isUntornError(error)) throw error;
    return { text: error.problem, position: error.position };
  }
}

/**
 * The text, if it is JSON beyond doubt: most files are, and this takes a fifth of the time of finding out where one is wrong.
 * `false` only says that somebody has to look closer.
 */
function isPlainJson(bytes: Uint8Array): boolean {
  if (!isUtf8(bytes)) return false;
  try {
    JSON.parse(textOf(bytes));
    return true;
  } catch {
    return false;
  }
}

/** As `isPlainJson`, for lines that all have their line end. */
function arePlainRecords(bytes: Uint8Array): boolean {
  if (bytes.at(-1) !== 10 || !isUtf8(bytes)) return false;
  const text = textOf(bytes);
  try {
    for (let start = 0; start < text.length;) {
      const end = text.indexOf("\n", start);
      if (end > start) JSON.parse(text.slice(start, end));
      start = end + 1;
    }
    return true;
  } catch {
    return false;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** A format that comes with the library. */
export interface BuiltinFormat extends Format {
  /** Whether these bytes are whole beyond doubt, by a look that costs little. `false` only says that `validate` has to be asked. */
  readonly isSound?: (bytes: Uint8Array) => boolean;
}

const json: BuiltinFormat = {
  name: "json",
  match: "*.json",
  isSound: isPlainJson,
  validate: (bytes, path) => (isPlainJson(bytes) ? undefined : problemOf(() => parseJson(bytes, { path }))),
  describe(bytes, path) {
    const value = parseJson(bytes, { path });
    if (Array.isArray(value)) return count(value.length, "item");
    return typeof value === "object" && value !== null ? count(Object.keys(value).length, "member") : typeof value;
  },
};

const jsonWithComments: Format = {
  name: "json with comments",
  match: [...commented],
  validate: (bytes, path) => problemOf(() => parseJson(bytes, { path, comments: true })),
};

const jsonl: BuiltinFormat = {
  name: "jsonl",
  match: ["*.jsonl", "*.ndjson"],
  isSound: arePlainRecords,
  mayBeEmpty: true,
  validate(bytes, path) {
    if (arePlainRecords(bytes)) return undefined;
    let bad = 0;
    let good = 0;
    let first: Problem | undefined;
    let torn = false;
    for (const line of parseLines(bytes, { path })) {
      if (line.ok) {
        good += 1;
        continue;
      }
      bad += 1;
      torn = line.torn;
      first ??= { text: line.error.problem, position: line.error.position };
    }
    if (first === undefined) return undefined;
    const many = `${bad} lines are no records, of which the first: ${first.text}`;
    const text = bad > 1 ? many : torn ? `the last line was cut off: ${first.text}` : first.text;
    const rest =
      good === 0
        ? undefined
        : `${count(good, "record")} in it ${good === 1 ? "is" : "are"} good; repairLog takes out what is not`;
    return { ...first, text, rest };
  },
  describe: (bytes, path) => count([...parseLines(bytes, { path })].length, "record"),
};

/** Set once something needs it: the YAML reader is not loaded by those who only write, or who meet nothing but plain frontmatter. */
let parseFrontmatter: ((text: string, options: { path: string }) => unknown) | undefined;

/** From when it has ended, frontmatter is not only looked at for its closing line, but parsed. Nothing to wait for the second time. */
export function loadFrontmatter(): Promise<void> | undefined {
  return parseFrontmatter === undefined ? load() : undefined;
}

async function load(): Promise<void> {
  ({ parseFrontmatter } = await import("../documents/frontmatter/index.ts"));
}

/** A line of dashes at the beginning is a frontmatter only if a member follows; else it is a rule across the page. */
const frontmatterStart = /^\uFEFF?---[ \t]*\r?\n\s*(?:[#"'\w-][^\n:]*:|#)/;

const markdown: BuiltinFormat = {
  name: "markdown",
  match: ["*.md", "*.markdown", "*.mdx"],
  isSound(bytes) {
    if (hasNul(bytes) || !isUtf8(bytes)) return false;
    const text = textOf(bytes);
    return /\S/.test(text) && (!frontmatterStart.test(text) || isPlainFrontmatter(text));
  },
  validate(bytes, path) {
    const text = decodeUtf8(bytes, path);
    const nul = nulIn(bytes, path);
    if (nul !== undefined) return nul;
    if (!/\S/.test(text)) return { text: "it holds nothing but white space" };
    if (!frontmatterStart.test(text)) return undefined;
    if (isPlainFrontmatter(text)) return undefined;
    const closed = /\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/.test(text);
    if (!closed) return { text: "the frontmatter has no closing --- line", position: start };
    const parse = parseFrontmatter;
    return parse === undefined ? undefined : problemOf(() => parse(text, { path }));
  },
};

const start = { line: 1, column: 1, offset: 0, byteOffset: 0 };

const text: BuiltinFormat = {
  name: "text",
  isSound: (bytes) => !hasNul(bytes),
  match: [
    "*.txt",
    "*.html",
    "*.htm",
    "*.yaml",
    "*.yml",
    "*.toml",
    "*.ini",
    "*.cfg",
    "*.csv",
    "*.xml",
    "*.svg",
    "*.patch",
  ],
  validate: nulIn,
};

const log: BuiltinFormat = {
  name: "log",
  match: "*.log",
  mayBeEmpty: true,
  isSound: (bytes) => !hasNul(bytes),
  validate: nulIn,
};

function hasNul(bytes: Uint8Array): boolean {
  return bytes.includes(0);
}

function nulIn(bytes: Uint8Array, _path: string): Problem | undefined {
  const nul = bytes.indexOf(0);
  return nul === -1 ? undefined : { text: `there is a NUL at byte ${nul} of ${bytes.byteLength}` };
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** In the order in which they are asked. */
export const builtin: readonly BuiltinFormat[] = [jsonWithComments, json, jsonl, markdown, text, log];
