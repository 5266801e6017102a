import { BlockScanner } from "./blocks/index.ts";
import type { Leaf } from "./blocks/index.ts";
import { addField } from "./field-add.ts";
import { fieldsOf, hiddenLines } from "./field-lines.ts";
import type { FieldForm, FieldLine } from "./field-lines.ts";
import { scopeOf } from "./headings.ts";
import { keepBlocks } from "./markers.ts";
import type { Where } from "./options.ts";
import { pickOne, refused } from "./problems.ts";
import type { Candidate } from "./problems.ts";
import { checkLine } from "./replacement.ts";
import { applySplice, blocksInside } from "./splice.ts";

export interface SetFieldOptions extends Where {
  /** If there is no such field, add it at the end of the text directly under `under` (or of the document). */
  readonly add?: boolean;
  /** How a field that is added is written; as the field before it, or plain, if left out. */
  readonly form?: FieldForm;
}

/** A field of a document. */
export interface Field {
  readonly key: string;
  readonly value: string;
  readonly form: FieldForm;
  /** Where its key's mark starts in the text. */
  readonly start: number;
}

interface Found extends Candidate {
  readonly field: FieldLine;
  readonly leaf: Leaf;
}

/**
 * The `Key: value`, `**Key:** value` and `**Key**: value` lines of a document's paragraphs, also of those in lists and
 * block quotes. What is in code, comments, frontmatter, headings and tables is none.
 */
export function listFields(text: string, where: Where = {}): Field[] {
  return [...search(text, where)].map(({ field, name, start }) => ({
    key: name,
    value: valueOf(text, field),
    form: field.form,
    start,
  }));
}

/**
 * The value of a field, as it stands in the text; "" if there is nothing after the colon.
 * @throws UntornError `UNTORN_NO_MATCH` or `UNTORN_AMBIGUOUS`, naming the fields that are there.
 */
export function getField(text: string, key: string, where: Where = {}): string {
  return valueOf(text, find(text, key, where).field);
}

/**
 * Sets a field's value; no other byte changes. The value is data: `$&`, `\1` and `/` mean themselves.
 * @throws UntornError `UNTORN_NO_MATCH`, `UNTORN_AMBIGUOUS`; `UNTORN_INVALID_ARGUMENT` for a value that would break out
 * of its line, is not kept by Markdown (white space at its ends, NUL) or would change what the lines around it are.
 */
export function setField(text: string, key: string, value: string, options: SetFieldOptions = {}): string {
  const { path, add } = options;
  checkLine(value, "the value", path);
  const found = add === true ? find(text, key, options, true) : find(text, key, options);
  if (found === undefined) return addField(text, key, value, options);
  const { field, leaf } = found;
  if (valueOf(text, field) === value) return text;
  const empty = field.value.start >= field.value.end;
  const spaced = field.afterColon < leaf.end && /[ \t]/.test(text.charAt(field.afterColon));
  const start = empty ? field.afterColon + (spaced ? 1 : 0) : field.value.start;
  const splice = { start, end: empty ? start : field.value.end, text: empty && !spaced ? ` ${value}` : value };
  const after = applySplice(text, splice);
  const inside = blocksInside(text, after, splice, leaf.start, leaf.end);
  if (!isSameParagraph(text, leaf, after, inside, path) || !reads(after, inside?.[0], found, value, path)) {
    throw refused(
      `as the value of ${JSON.stringify(key)} the text would change what the lines around it are`,
      path,
      "Look for a backtick, `<` or `|` that is left open in it, and escape it with a backslash; or the value that is there goes on on the next line.",
    );
  }
  keepBlocks(text, after, splice, path);
  return after;
}

/** Whether a paragraph is one still, with the same lines of text in it. */
function isSameParagraph(
  text: string,
  leaf: Leaf,
  after: string,
  inside: Leaf[] | undefined,
  path: string | undefined,
): boolean {
  const now = inside?.[0];
  if (now === undefined || inside?.length !== 1 || now.kind !== leaf.kind || now.start !== leaf.start) return false;
  if (now.end !== leaf.end + after.length - text.length || now.lines.length !== leaf.lines.length) return false;
  const was = hiddenLines(text, leaf, path);
  const is = hiddenLines(after, now, path);
  return was.length === is.length && was.every((line, at) => line === is[at]);
}

/** Whether a field that was set is read back as it was asked for: its colon may be in a code span or a tag now. */
function reads(after: string, leaf: Leaf | undefined, { name, start }: Found, value: string, path: string | undefined) {
  if (leaf === undefined) return false;
  for (const now of fieldsOf(after, leaf, path, name))
    if (now.key.start === start) return valueOf(after, now) === value;
  return false;
}

function find(text: string, key: string, where: Where): Found;
function find(text: string, key: string, where: Where, orNone: true): Found | undefined;
function find(text: string, key: string, where: Where, orNone?: boolean): Found | undefined {
  const found = [...search(text, where, key)];
  if (orNone === true && found.length === 0) return undefined;
  return pickOne(text, `field ${JSON.stringify(key)}`, found, () => [...search(text, where)], where);
}

/** The fields in the stretch that `where` means, or those with one key. */
function* search(text: string, where: Where, key?: string): Generator<Found> {
  const { from, to } = scopeOf(text, where);
  const scanner = new BlockScanner(text);
  for (let leaf = scanner.next(); leaf !== undefined && leaf.start < to; leaf = scanner.next()) {
    if (leaf.kind !== "paragraph" || leaf.start < from) continue;
    for (const field of fieldsOf(text, leaf, where.path, key)) {
      const name = key ?? text.slice(field.key.start, field.key.end);
      yield { name, start: field.key.start, field, leaf };
    }
  }
}

function valueOf(text: string, { value }: FieldLine): string {
  return text.slice(value.start, value.end);
}
