import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands } from "../engine/index.ts";
import type { Edit } from "./change.ts";

/**
 * `f = open(path, "w")`, some lines, `f.close()` as a `with` block, which knows where the content is complete; null where
 * the handle goes further than to its `close` in the same block.
 */
export function asBlock(text: string, call: SyntaxNode, callee: SyntaxNode): readonly Edit[] | null {
  const assignment = call.parent();
  const statement = assignment?.parent();
  const block = statement?.parent();
  const handle = assignment?.kind === "assignment" ? assignment.field("left") : null;
  if (!block || statement?.kind !== "expression_statement" || handle?.kind !== "identifier") return null;
  const later = operands(block).filter((one) => one.start > statement.start);
  const at = later.findIndex((one) => one.text === `${handle.text}.close()`);
  const close = later[at];
  const [first] = later;
  const last = later[at - 1];
  if (close === undefined || first === undefined || last === undefined) return null;
  const inside = later.slice(0, at);
  if (!isAlone(text, statement) || !isAlone(text, close) || !inside.every((one) => isAlone(text, one))) return null;
  if (inside.some((one) => isOpaque(one)) || isUsed(afterwards(text, close), handle.text)) return null;
  const indent = text.slice(text.lastIndexOf("\n", statement.start - 1) + 1, statement.start);
  return [
    { start: statement.start, end: callee.start, text: "with " },
    { start: callee.start, end: callee.end, text: "atomic_open" },
    { start: call.end, end: statement.end, text: ` as ${handle.text}:` },
    ...indented(text, first.start, last.end, indent.startsWith("\t") ? "\t" : "    "),
    { start: text.lastIndexOf("\n", close.start), end: lineEnd(text, close.end), text: "" },
  ];
}

/** A statement on a line of its own. */
function isAlone(text: string, node: SyntaxNode): boolean {
  const before = text.slice(text.lastIndexOf("\n", node.start - 1) + 1, node.start);
  return /^[ \t]*$/.test(before) && /^[ \t]*(#.*)?$/.test(text.slice(node.end, lineEnd(text, node.end)));
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

/** Text over several lines, which an indent would change, and ways out of the block before the file is closed. */
function isOpaque(node: SyntaxNode): boolean {
  const kinds = ["return_statement", "break_statement", "continue_statement", "yield", "await"];
  return kinds.includes(node.kind) || node.findAll(kinds).length > 0 || node.findAll(["string"]).some(spansLines);
}

function spansLines(node: SyntaxNode): boolean {
  return node.text.includes("\n");
}

function afterwards(text: string, close: SyntaxNode): string {
  const around = ancestor(close, (one) => one.kind === "function_definition");
  return text.slice(close.end, around?.end);
}

function isUsed(text: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b(?!\\s*=[^=])`).test(text);
}

/** One level more for every line of a stretch that is not empty. */
function indented(text: string, start: number, end: number, level: string): Edit[] {
  const edits: Edit[] = [];
  for (let at = text.lastIndexOf("\n", start - 1) + 1; at < end; at = lineEnd(text, at) + 1) {
    if (/\S/.test(text.slice(at, lineEnd(text, at)))) edits.push({ start: at, end: at, text: level });
  }
  return edits;
}
