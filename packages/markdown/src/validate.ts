import { findFrontmatter, frontmatterFence, textStart } from "./blocks/index.ts";

/** Why a text is no whole Markdown document. */
export interface MarkdownProblem {
  readonly problem: string;
  /** The line it is on, counted from 1. */
  readonly line: number;
}

/**
 * What shows that a Markdown file was torn or never written: nothing in it but white space, NUL characters (what a power cut leaves
 * where data was not synced), or frontmatter that starts and never ends. Any other text is valid Markdown.
 */
export function validateMarkdown(text: string): MarkdownProblem | undefined {
  const nul = text.indexOf("\0");
  if (nul !== -1) return { problem: "it holds NUL characters", line: lineOf(text, nul) };
  if (text.slice(textStart(text)).trim() === "") return { problem: "it is empty", line: 1 };
  const fence = frontmatterFence(text);
  if (fence === undefined || findFrontmatter(text) !== undefined) return undefined;
  // A first `---` can be a thematic break; what looks like a key after it says that it is not.
  const next = text.slice(textStart(text)).split(/\r\n|\r|\n/, 2)[1] ?? "";
  const key = fence === "---" ? /^[^\s:#][^:]*:(?:\s|$)/ : /^[^\s=#][^=]*=/;
  return key.test(next) ? { problem: `its frontmatter has no closing ${fence}`, line: 1 } : undefined;
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split(/\r\n|\r|\n/).length;
}
