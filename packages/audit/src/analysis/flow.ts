import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands, within } from "../engine/index.ts";
import type { Grammar } from "./grammar.ts";
import { enclosingFunctions } from "./grammar.ts";

/** What leaves a function. */
const leaves = /^(return|throw|raise)_statement$/;
const leavesLoop = /^(break|continue)_statement$/;
const loops = /^(for|for_in|while|do)_statement$/;

/** Whether one of these assignments has run on every way from the start of `owner` to `use`. */
export function isOverwritten(
  assignments: readonly SyntaxNode[],
  use: SyntaxNode,
  owner: SyntaxNode,
  grammar: Grammar,
): boolean {
  return assignments.some((one) => {
    let decision: SyntaxNode | null = null;
    for (let node = one.parent(); node !== null && node.start !== owner.start; node = node.parent()) {
      if (within(use, node)) break;
      if (grammar.branchKinds.includes(node.kind)) decision = node;
    }
    // What is in no decision, or in the branch of one that the use is in too, has run.
    return decision === null || decidesEverywhere(decision, assignments, grammar);
  });
}

/** `if a: x = 1 else: x = 2`: every branch sets it, or leaves the function. */
function decidesEverywhere(decision: SyntaxNode, assignments: readonly SyntaxNode[], grammar: Grammar): boolean {
  if (decision.kind === "conditional_expression" || decision.kind === "ternary_expression") return false;
  const body = decision.field("consequence");
  if (body === null || !settles(body, assignments)) return false;
  const others = decision.children().filter((child) => /^(elif|else)_clause$/.test(child.kind));
  return (
    others.some((child) => child.kind === "else_clause") &&
    others.every((child) => {
      const again = operands(child).find((inner) => inner.kind === "if_statement");
      if (again !== undefined && !assignments.some((one) => within(one, child) && !within(one, again)))
        return decidesEverywhere(again, assignments, grammar);
      return settles(child, assignments);
    })
  );
}

function settles(branch: SyntaxNode, assignments: readonly SyntaxNode[]): boolean {
  return assignments.some((one) => within(one, branch)) || /\b(return|throw|raise|exit)\b/.test(branch.text);
}

/**
 * Whether the code leaves between the two, so that `later` does not run when `earlier` has run:
 * `if (value) { write(path); return; } unlink(path)`. A `finally` around `earlier` runs all the same.
 */
export function isLeftBefore(later: SyntaxNode, earlier: SyntaxNode, grammar: Grammar): boolean {
  const inFinally = ancestor(later, (node) => node.kind === "finally_clause")?.parent();
  if (inFinally && within(earlier, inFinally)) return false;
  const [owner] = enclosingFunctions(earlier, grammar);
  for (let node: SyntaxNode | null = earlier; node !== null && !within(later, node); node = node.parent()) {
    if (owner !== undefined && node.start === owner.start && node.end === owner.end) return false;
    if (leaves.test(node.kind)) return true;
    const after = node.parent();
    if (after === null || within(later, after)) return false;
    const { start } = node;
    const leaving = operands(after).find(
      (one) => one.start > start && (leaves.test(one.kind) || leavesLoop.test(one.kind)),
    );
    if (leaving === undefined) continue;
    if (leaves.test(leaving.kind)) return true;
    const loop = ancestor(leaving, (one) => loops.test(one.kind));
    if (loop !== null && within(later, loop)) return true;
  }
  return false;
}
