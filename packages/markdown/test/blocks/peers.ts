import { Parser } from "commonmark";
import { fromMarkdown } from "mdast-util-from-markdown";
import { frontmatterFromMarkdown } from "mdast-util-frontmatter";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { frontmatter } from "micromark-extension-frontmatter";
import { gfmTable } from "micromark-extension-gfm-table";
import { BlockScanner } from "../../src/blocks/index.ts";

/** A leaf block as all three parsers can tell it: kind, first and last line, how deep it is, level of a heading. */
export type Outline = string[];

interface MdastPoint {
  readonly line: number;
  readonly offset?: number;
}

interface MdastNode {
  readonly type: string;
  readonly depth?: number;
  readonly children?: readonly MdastNode[];
  readonly position?: { readonly start: MdastPoint; readonly end: MdastPoint };
}

const kinds: Readonly<Record<string, string>> = {
  code_block: "code",
  fence: "code",
  html_block: "html",
  thematicBreak: "rule",
  thematic_break: "rule",
  toml: "frontmatter",
  yaml: "frontmatter",
};

/**
 * The end of code and HTML is left out, for each parser counts the blank lines after it in its own way; so is the start of what
 * follows a definition, which the others let begin with the definition.
 */
function entry(
  type: string,
  first: number,
  last: number,
  depth: number,
  level: number,
  afterDefinition: boolean,
): string {
  const kind = kinds[type] ?? type;
  const start = afterDefinition ? "?" : first;
  const end = kind === "code" || kind === "html" ? "?" : last;
  return `${kind} ${start}-${end} depth ${depth} level ${level}`;
}

/** Whether a text has link reference definitions in it: then starts cannot be compared. */
export function untornOutline(text: string): { outline: Outline; definitions: boolean } {
  const starts = lineStarts(text);
  const outline: Outline = [];
  const leaves = [];
  const scanner = new BlockScanner(text);
  for (let leaf = scanner.next(); leaf !== undefined; leaf = scanner.next()) leaves.push(leaf);
  const definitions = leaves.some(({ kind }) => kind === "definition");
  for (const { kind, start, end, depth, level } of leaves) {
    if (kind === "definition") continue;
    const headingLevel = kind === "heading" ? level : 0;
    outline.push(entry(kind, lineOf(starts, start), lineOf(starts, end), depth, headingLevel, definitions));
  }
  return { outline, definitions };
}

export function commonmarkOutline(text: string, definitions: boolean): Outline {
  const outline: Outline = [];
  const walker = new Parser().parse(text).walker();
  let depth = 0;
  for (let event = walker.next(); event !== null; event = walker.next()) {
    const { node, entering } = event;
    if (node.type === "item" || node.type === "block_quote") depth += entering ? 1 : -1;
    const leaf = ["paragraph", "heading", "code_block", "html_block", "thematic_break"].includes(node.type);
    if (!leaf || !entering) continue;
    const [[first], [last]] = node.sourcepos;
    outline.push(entry(node.type, first, last, depth, node.type === "heading" ? node.level : 0, definitions));
  }
  return outline;
}

export function micromarkOutline(text: string, definitions: boolean): Outline {
  const outline: Outline = [];
  const walk = (node: MdastNode, depth: number): void => {
    const inside = node.type === "blockquote" || node.type === "listItem" ? depth + 1 : depth;
    if (["root", "blockquote", "list", "listItem"].includes(node.type)) {
      for (const child of node.children ?? []) walk(child, inside);
      return;
    }
    const { start, end } = node.position ?? { start: { line: 0, offset: 0 }, end: { line: 0, offset: 0 } };
    // An empty list item or block quote is given a paragraph without anything in it.
    const empty = node.type === "paragraph" && /^[ \t>]*$/.test(text.slice(start.offset, end.offset));
    if (node.type === "definition" || empty) return;
    outline.push(entry(node.type, start.line, end.line, depth, node.depth ?? 0, definitions));
  };
  const matters: ("yaml" | "toml")[] = ["yaml", "toml"];
  const tree = fromMarkdown(text, {
    extensions: [frontmatter(matters), gfmTable()],
    mdastExtensions: [frontmatterFromMarkdown(matters), gfmTableFromMarkdown()],
  });
  walk(tree, 0);
  return outline;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (const { index, 0: end } of text.matchAll(/\r\n|\r|\n/g)) starts.push(index + end.length);
  return starts;
}

function lineOf(starts: readonly number[], position: number): number {
  return starts.findLastIndex((start) => start <= position) + 1;
}
