import type { Assignment, Grammar } from "../analysis/grammar.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";

function assignments(root: SyntaxNode): readonly Assignment[] {
  return root.findAll(["variable_assignment"]).map((node) => {
    const { text } = node;
    return { name: text.slice(0, text.search(/[+[=]/)), node, value: () => node.field("value") };
  });
}

/** Scoping of a shell: every name is global unless it is declared local, and functions take their arguments by position. */
export const bash: Grammar = {
  functionKinds: ["function_definition"],
  catchKind: "",
  branchKinds: ["if_statement", "elif_clause", "else_clause", "case_statement", "case_item"],
  globals: true,
  parameters: () => [],
  bindsParameter: () => false,
  assignments,
  /** `"$name"`, `${name}` and `$name` are the name. */
  unwrap(node) {
    let current = node;
    for (;;) {
      const parts = operands(current);
      const [only, second] = parts;
      if (only === undefined || second !== undefined) return current;
      const quoted = current.kind === "string" && only.end - only.start === current.end - current.start - 2;
      const plain =
        current.kind === "simple_expansion" || (current.kind === "expansion" && /^\$\{\w+\}$/.test(current.text));
      if (!quoted && !plain) return current;
      current = only;
    }
  },
  lastName(node) {
    return node.text;
  },
  // Any script may source this one.
  isPrivate: () => false,
  functionName(owner) {
    return owner.field("name")?.text ?? null;
  },
};
