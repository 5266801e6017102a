import { BlockScanner, textStart } from "./blocks/index.ts";
import type { Leaf } from "./blocks/index.ts";
import { fieldOnLine, fieldsOf, writeField } from "./field-lines.ts";
import type { FieldForm } from "./field-lines.ts";
import { findSection } from "./headings.ts";
import { keepBlocks } from "./markers.ts";
import type { Where } from "./options.ts";
import { refused } from "./problems.ts";
import { checkLine } from "./replacement.ts";
import { applySplice, blocksInside, contentEnd, lineEndNear, lineStart } from "./splice.ts";

/**
 * Adds a field at the end of the text that is directly under a heading, or of the document: as the next line if a
 * field stands last there, as the next list item if a list item that is a field does, else as a paragraph of its own.
 */
export function addField(
  text: string,
  key: string,
  value: string,
  { under, path, form }: Where & { readonly form?: FieldForm },
): string {
  checkLine(key, "the key", path);
  const section = under === undefined ? undefined : findSection(text, under, path === undefined ? {} : { path });
  const from = section?.start ?? textStart(text);
  const to = section?.ownEnd ?? text.length;
  const at = contentEnd(text, from, to);
  const lineEnd = lineEndNear(text, at);
  const last = lastBlock(text, from, to, at);
  const lastLine = last === undefined ? undefined : lastField(text, last);
  const line = writeField(form ?? lastLine?.form ?? "plain", key, value);
  let gap = lineEnd + lineEnd;
  if (lastLine !== undefined) gap = lineEnd + lastLine.prefix;
  if (at === from) gap = "";
  const apart = to < text.length && at === to ? lineEnd : "";
  const end = at === text.length && at === from ? lineEnd : "";
  const splice = { start: at, end: at, text: gap + line + apart + end };
  const after = applySplice(text, splice);
  const stretch = last !== undefined && lastLine?.prefix === "" ? last.start : at;
  const inside = blocksInside(text, after, splice, stretch, Math.max(at, stretch + 1));
  if (!holds(after, inside, at + gap.length, key, value)) {
    throw refused(
      `a field ${JSON.stringify(key)} with that value cannot be added there`,
      path,
      "A key holds no colon before white space and does not start with a mark; no code fence or comment may be left open before it.",
    );
  }
  keepBlocks(text, after, splice, path);
  return after;
}

/** The block that ends where the text of the stretch ends. */
function lastBlock(text: string, from: number, to: number, at: number): Leaf | undefined {
  const scanner = new BlockScanner(text);
  for (let leaf = scanner.next(); leaf !== undefined && leaf.start < to; leaf = scanner.next()) {
    if (leaf.start >= from && leaf.kind === "paragraph" && leaf.end === at) return leaf;
  }
  return undefined;
}

/** How the field on a paragraph's last line is written, and what a line of the same kind starts with. */
function lastField(text: string, leaf: Leaf): { readonly form: FieldForm; readonly prefix: string } | undefined {
  const start = leaf.lines.at(-2) ?? 0;
  const found = fieldOnLine(text, start, leaf.lines.at(-1) ?? 0);
  if (found === undefined) return undefined;
  if (leaf.depth === 0) return { form: found.form, prefix: "" };
  const prefix = text.slice(lineStart(text, start), start);
  const bullet = leaf.depth === 1 && leaf.lines.length === 2 && leaf.firstInItem && /^ *[-+*] +$/.test(prefix);
  return bullet ? { form: found.form, prefix } : undefined;
}

/** Whether the field is read on the line that starts there: its colon may be in a code span or a tag. */
function holds(after: string, inside: Leaf[] | undefined, start: number, key: string, value: string): boolean {
  for (const leaf of inside ?? []) {
    if (leaf.kind !== "paragraph" || leaf.end <= start) continue;
    for (const { key: keyAt, value: valueAt } of fieldsOf(after, leaf, undefined, key)) {
      // The marks of a bold key stand before it.
      if (keyAt.start === start || keyAt.start === start + 2) return after.slice(valueAt.start, valueAt.end) === value;
    }
  }
  return false;
}
