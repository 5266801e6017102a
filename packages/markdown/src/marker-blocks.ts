import { textStart } from "./blocks/index.ts";
import { findSection } from "./headings.ts";
import { findBlock, innerOf, keepBlocks, pairsIn, pairsOf } from "./markers.ts";
import type { HeadingPath, Where } from "./options.ts";
import { refused } from "./problems.ts";
import { checkLine, checkText } from "./replacement.ts";
import { applySplice, blocksInside, contentEnd, lineEndNear, lineStart } from "./splice.ts";

export interface BlockOptions {
  /** Look only in the section under this heading, which includes the headings below it; `add` adds at its end. */
  readonly under?: HeadingPath;
  /** Which one, counted from 0, if several blocks have the name. */
  readonly index?: number;
  /** The file's name for error messages. */
  readonly path?: string;
}

export interface AddBlockOptions extends BlockOptions {
  /** If there is no such block, add it at the end of the document, or of the section that `under` means. */
  readonly add?: boolean;
}

/**
 * The text between `<!-- NAME:BEGIN -->` and `<!-- NAME:END -->`: the lines between them, or what is between them on one
 * line. Markers count in the document itself, not in code, lists or block quotes.
 * @throws UntornError `UNTORN_NO_MATCH` (also for a marker without its other half) or `UNTORN_AMBIGUOUS`.
 */
export function getBlock(text: string, name: string, options: BlockOptions = {}): string {
  const { from, to } = innerOf(text, findBlock(text, name, options));
  return text.slice(from, to);
}

/** The names of a document's marker blocks, or of those that `where` means, in order. */
export function listBlocks(text: string, where: Where = {}): string[] {
  return pairsIn(text, where).map(({ name }) => name);
}

/**
 * Replaces the text between two markers. Between markers on lines of their own its line ends become those of the file,
 * and it gets a last one; else it must fit where it stands.
 * @throws UntornError as `getBlock`; `UNTORN_INVALID_ARGUMENT` for text that would hide the end marker, and for a change after
 * which another block would not be whole.
 */
export function replaceBlock(text: string, name: string, content: string, options: AddBlockOptions = {}): string {
  const { path } = options;
  checkText(content, "the text", path);
  const base = options.add === true ? addBlock(text, name, options) : text;
  const block = findBlock(base, name, options);
  const inner = innerOf(base, block);
  const [wanted, written] = inner.lines ? asLines(content, lineEndNear(base, block.end.start)) : [content, content];
  if (wanted === base.slice(inner.from, inner.to)) return base;
  const end = inner.lines ? lineStart(base, block.end.start) : inner.to;
  const splice = { start: inner.from, end, text: written };
  const after = applySplice(base, splice);
  const inside = blocksInside(base, after, splice, block.begin.leaf.start, block.end.leaf.end);
  // What comes before the block is as it was, so it begins where it began.
  const same = pairsOf(after).find((pair) => pair.start === block.start);
  const read = same === undefined ? undefined : innerOf(after, same);
  if (inside === undefined || read === undefined || after.slice(read.from, read.to) !== wanted) {
    throw refused(
      `the text would not stay in the block ${JSON.stringify(name)}`,
      path,
      "It must not hold the block's own markers or leave a code fence, comment or HTML block open.",
    );
  }
  keepBlocks(base, after, splice, path);
  return after;
}

/** Text as whole lines in the file's line ends: as it will be read back, and as it is written. */
function asLines(content: string, lineEnd: string): [wanted: string, written: string] {
  const lines = content.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  const wanted = lines.join(lineEnd);
  return [wanted, lines.length > 0 ? wanted + lineEnd : ""];
}

/** Adds an empty block at the end of the document or section, unless there is one of that name. */
function addBlock(text: string, name: string, where: Where): string {
  const { path, under } = where;
  checkLine(name, "the block's name", path);
  if (pairsIn(text, where).some((pair) => pair.name === name)) return text;
  const section = under === undefined ? undefined : findSection(text, under, path === undefined ? {} : { path });
  const first = section?.start ?? textStart(text);
  const at = contentEnd(text, first, section?.end ?? text.length);
  const lineEnd = lineEndNear(text, at);
  const gap = at === first ? "" : lineEnd + lineEnd;
  const lines = `<!-- ${name}:BEGIN -->${lineEnd}<!-- ${name}:END -->${at === text.length ? lineEnd : ""}`;
  const splice = { start: at, end: at, text: gap + lines };
  const after = applySplice(text, splice);
  const added = pairsOf(after).some((pair) => pair.name === name && pair.start === at + gap.length);
  if (blocksInside(text, after, splice, at, at) === undefined || !added) {
    throw refused(
      `a block ${JSON.stringify(name)} cannot be added`,
      path,
      "Its name must not hold what ends a comment, nor may a code fence or comment before it be left open.",
    );
  }
  return after;
}
