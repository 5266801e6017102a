import type { Grammar } from "../analysis/grammar.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands, within } from "../engine/index.ts";
import type { PlannedFix } from "./change.ts";

/**
 * Where the first statement at the top of a file begins that may run one of the fixes: it holds one outside of a function,
 * or names a function or class through which one is reached. What the fixes call must be imported in front of it.
 */
export function firstUse(top: readonly SyntaxNode[], fixes: readonly PlannedFix[], grammar: Grammar): number {
  const places = fixes.flatMap((fix) => fix.edits).concat(fixes.flatMap((fix) => fix.callee ?? []).map(atPlace));
  const parts = top
    .filter((node) => !isText(node))
    .map((node) => ({ node, name: definedName(node, grammar), text: node.text }));
  const reaching = new Set<string>();
  const holds = ({ node }: { node: SyntaxNode }): boolean => places.some((place) => within(place, node));
  const runs = (part: (typeof parts)[number]): boolean =>
    part.name === null
      ? holds(part)
      : places.some((place) => within(place, part.node) && !isInBody(place, part.node, grammar));
  for (let known = -1; known < reaching.size;) {
    known = reaching.size;
    for (const part of parts)
      if (part.name !== null && (holds(part) || names(part.text, reaching))) reaching.add(part.name);
  }
  const first = parts.find((part) => runs(part) || (part.name === null && names(part.text, reaching)));
  return first?.node.start ?? Number.POSITIVE_INFINITY;
}

/** A docstring or a directive: a text that stands for itself, and runs nothing whatever it names. */
export function isText(statement: SyntaxNode): boolean {
  if (statement.kind !== "expression_statement") return false;
  const [only, second] = operands(statement);
  if (only === undefined || second !== undefined) return false;
  const parts = only.kind === "concatenated_string" ? operands(only) : [only];
  return parts.every(
    (part) => part.kind === "string" && !part.children().some((child) => child.kind === "interpolation"),
  );
}

function atPlace({ start, end }: { readonly start: number; readonly end: number }): {
  start: number;
  end: number;
  text: string;
} {
  return { start, end, text: "" };
}

function names(text: string, wanted: ReadonlySet<string>): boolean {
  if (wanted.size === 0) return false;
  return (text.match(/[\p{L}\p{N}_$]+/gu) ?? []).some((word) => wanted.has(word));
}

/** What a statement defines without running anything of it: a function, a class, a name for a function; null for others. */
function definedName(statement: SyntaxNode, grammar: Grammar): string | null {
  const inner = statement.field("declaration") ?? statement.field("definition") ?? statement;
  if (grammar.functionKinds.includes(inner.kind) || /^(abstract_)?class_d/.test(inner.kind))
    return inner.field("name")?.text ?? null;
  if (inner.kind !== "lexical_declaration" && inner.kind !== "variable_declaration") return null;
  const [only, second] = operands(inner);
  const value = only?.field("value");
  return second === undefined && value && grammar.functionKinds.includes(value.kind)
    ? (only?.field("name")?.text ?? null)
    : null;
}

/** Whether a place stands in the body of a function, which runs when that is called. */
function isInBody(place: { start: number; end: number }, statement: SyntaxNode, grammar: Grammar): boolean {
  return statement.findAll(grammar.functionKinds).some((one) => {
    const body = one.field("body");
    return body !== null && within(place, body);
  });
}
