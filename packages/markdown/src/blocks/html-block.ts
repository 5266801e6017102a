import { isLetter, tagEnd } from "./html-tags.ts";
import { trimEnd } from "./leaf-starts.ts";

/** The seven ways an HTML block can start (CommonMark 4.6); 0 is none. */
export type HtmlBlock = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

const rawTag = /^<(?:script|pre|textarea|style)(?:[ \t>]|$)/i;
const rawTagEnd = /<\/(?:script|pre|textarea|style)>/i;
const blockTag = new RegExp(
  `^</?(?:${[
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt",
    "fieldset|figcaption|figure|footer|form|frame|frameset|h[123456]|head|header|hr|html|iframe|legend|li|link|main",
    "menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title",
    "tr|track|ul",
  ].join("|")})(?:[ \t]|/?>|$)`,
  "i",
);
const longestBlockTag = 16;

/** The HTML block that starts at `at`, where there is a `<`. Number 7 cannot interrupt a paragraph. */
export function htmlBlockAt(text: string, at: number, lineEnd: number, inParagraph: boolean): HtmlBlock {
  const head = text.slice(at, Math.min(lineEnd, at + longestBlockTag));
  if (rawTag.test(head)) return 1;
  if (head.startsWith("<!--")) return 2;
  if (head.startsWith("<?")) return 3;
  if (head.startsWith("<![CDATA[")) return 5;
  if (head.startsWith("<!") && isLetter(head.charCodeAt(2))) return 4;
  if (blockTag.test(head)) return 6;
  if (inParagraph) return 0;
  const end = tagEnd(text, at, lineEnd);
  return end > 0 && trimEnd(text, end, lineEnd) === end ? 7 : 0;
}

/** Whether a line ends an HTML block of that kind (kinds 6 and 7 end at a blank line instead). */
export function endsHtmlBlock(kind: HtmlBlock, line: string): boolean {
  switch (kind) {
    case 1:
      return rawTagEnd.test(line);
    case 2:
      return line.includes("-->");
    case 3:
      return line.includes("?>");
    case 4:
      return line.includes(">");
    case 5:
      return line.includes("]]>");
    default:
      return false;
  }
}
