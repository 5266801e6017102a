import { parseFrontmatter } from "untorn/frontmatter";

type Data = Record<string, unknown>;

/** Words that YAML 1.2 reads as something other than text. */
const words: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["", null],
  ["null", null],
  ["~", null],
  ["true", true],
  ["false", false],
]);

/** Starts with a letter, and has neither `: ` nor ` #` nor a colon at its end: YAML takes it as it is (YAML 1.2, 7.3.3). */
const plainText = /^[A-Za-z](?:(?:[ !-"$-9;-~\u00a1-\ud7ff]|:(?=[!-~]))*[!-"$-9;-~\u00a1-\ud7ff])?$/;
const timestamp = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?Z)?$/;

/**
 * The frontmatter of an artifact. A board of a thousand items reads some thousands of them, so one in the plain form
 * that artifacts have (`key: value`, one a line) is taken apart here; everything else is left to the YAML parser, which
 * also words what is wrong. Both read the same: a test compares them.
 *
 * @throws UntornError UNTORN_CORRUPT as `parseFrontmatter`.
 */
export function artifactData(text: string, path: string): Data {
  return plainData(text) ?? parseFrontmatter(text, { path }).data;
}

/** The data, if all of it is in the plain form; `undefined` if the YAML parser has to look. */
export function plainData(text: string): Data | undefined {
  if (!text.startsWith("---\n")) return undefined;
  const end = text.indexOf("\n---\n", 3);
  if (end < 4) return undefined;
  const data: Data = {};
  for (const line of text.slice(4, end).split("\n")) {
    const colon = line.indexOf(":");
    const key = line.slice(0, Math.max(colon, 0));
    if (!/^[a-z][a-z_]*$/.test(key) || words.has(key) || Object.hasOwn(data, key)) return undefined;
    const value = plainValue(line.slice(colon + 1));
    if (value === undefined) return undefined;
    data[key] = value;
  }
  return data;
}

function plainValue(written: string): unknown {
  if (written !== "" && !written.startsWith(" ")) return undefined;
  const text = written.slice(1);
  if (words.has(text)) return words.get(text);
  if (/^(?:null|true|false)$/i.test(text)) return undefined;
  if (plainText.test(text) || timestamp.test(text)) return text;
  if (/^(?:0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  // Inside quotes a character means itself, but for a backslash and the quote.
  return /^"([ !#-[\]-~\u00a1-\ud7ff]*)"$/.exec(text)?.[1] ?? /^'([ -&(-~\u00a1-\ud7ff]*)'$/.exec(text)?.[1];
}
