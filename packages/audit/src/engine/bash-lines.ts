import type { SyntaxNode } from "./syntax.ts";
import { operands } from "./syntax.ts";

/** What is on one line in a script, but for what is continued by a backslash. */
export const oneLine = ["command", "redirected_statement", "file_redirect", "declaration_command", "unset_command"];

/** Such an end of a line is none. */
const continued = /\\\r?\n/g;

/** A command, or a statement with a redirect, that goes on behind the end of its line for the grammar; null if there is none. */
export function swallowing(root: SyntaxNode): SyntaxNode | null {
  return root.findAll(oneLine).find((node) => placesIn(node).length > 0) ?? null;
}

/**
 * Behind a pipeline of three commands the grammar takes the next line for more words of the last one, where a pipeline
 * with a redirect follows: `a | b | c`, `d | e`, `f > out` are one statement for it, and the redirect is another
 * command's. So it does behind `a= b=`. The text in which such lines end with a `;`, each position as it was; null where there is no such line.
 */
export function withLinesEnded(root: SyntaxNode, readable: string): string | null {
  const places = new Set(root.findAll(oneLine).flatMap(placesIn));
  if (places.size === 0) return null;
  let ended = "";
  let from = 0;
  for (const at of [...places].sort((one, other) => one - other)) {
    ended += `${readable.slice(from, at)};`;
    from = at + 1;
  }
  return ended + readable.slice(from);
}

/** The blanks, each behind a part of a node, from which a line ends before its next part begins. */
function placesIn(node: SyntaxNode): number[] {
  const { text } = node;
  if (!text.includes("\n") || !/\n/.test(text.replace(continued, ""))) return [];
  const parts = operands(node);
  // The text of a here-document stands between the parts of what it is given to.
  if (parts.some((part) => part.kind.startsWith("heredoc"))) return [];
  return parts.slice(1).flatMap((part, index) => {
    const start = parts[index]?.end ?? part.start;
    // A continuation is as long as what takes its place, so that what is found is found where it is.
    const gap = text
      .slice(start - node.start, part.start - node.start)
      .replace(continued, (one) => "_".repeat(one.length));
    const at = gap.search(/\s/);
    return gap.includes("\n") && at !== -1 ? [start + at] : [];
  });
}
