import { isBlankCode, LineCursor } from "./line-cursor.ts";

/** Frontmatter: a first line of `---` (or `---yaml`) or `+++` up to the next `---` or `+++`. */
export interface Frontmatter {
  readonly start: number;
  /** The end of the closing line, without its line end. */
  readonly end: number;
  readonly nextLine: number;
}

/** Where the text starts after a byte order mark. */
export function textStart(text: string): number {
  return text.charCodeAt(0) === 0xfeff ? 1 : 0;
}

/** The text's frontmatter; without a closing line there is none, and a first `---` is a thematic break. */
export function findFrontmatter(text: string): Frontmatter | undefined {
  const start = textStart(text);
  const fence = frontmatterFence(text);
  if (fence === undefined) return undefined;
  const line = new LineCursor(text, start);
  line.advanceLine();
  while (line.advanceLine()) {
    if (isFence(line, fence)) return { start, end: line.lineEnd, nextLine: line.nextLine };
  }
  return undefined;
}

/** The fence that the first line is, if it is one and another line follows. */
export function frontmatterFence(text: string): string | undefined {
  const start = textStart(text);
  const fence = text.slice(start, start + 3);
  if (fence !== "---" && fence !== "+++") return undefined;
  const line = new LineCursor(text, start);
  if (!line.advanceLine() || line.lineEnd >= text.length) return undefined;
  return isFence(line, fence) || isYaml(text.slice(start, Math.min(line.lineEnd, start + 100))) ? fence : undefined;
}

/** Some programs name the language. */
function isYaml(line: string): boolean {
  return /^---[ \t]*ya?ml[ \t]*$/i.test(line);
}

function isFence(line: LineCursor, fence: string): boolean {
  const { text, lineStart, lineEnd } = line;
  if (!text.startsWith(fence, lineStart) || lineEnd < lineStart + 3) return false;
  let at = lineStart + 3;
  while (at < lineEnd && isBlankCode(text.charCodeAt(at))) at += 1;
  return at === lineEnd;
}
