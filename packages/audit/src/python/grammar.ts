import type { Assignment, Grammar, Parameter } from "../analysis/grammar.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";

function parameters(owner: SyntaxNode): readonly Parameter[] {
  const list = owner.field("parameters");
  return (list === null ? [] : operands(list)).map((parameter) => {
    const type = parameter.field("type")?.text ?? "";
    const name = parameter.field("name") ?? (parameter.kind === "identifier" ? parameter : operands(parameter)[0]);
    return { name: name?.text ?? "", fallback: parameter.field("value"), type };
  });
}

function assignments(root: SyntaxNode): readonly Assignment[] {
  const found: Assignment[] = [];
  for (const node of root.findAll(["assignment", "named_expression", "as_pattern"])) {
    if (node.kind === "as_pattern") {
      // `with tempfile.TemporaryDirectory() as folder`
      const [value, target] = operands(node);
      if (value !== undefined && target?.kind === "as_pattern_target")
        found.push({ name: target.text, node, value: () => value });
      continue;
    }
    const value = (): SyntaxNode | null => node.field("right") ?? node.field("value");
    // Most assignments are to a plain name, which their text shows without another question to the parser.
    const plain = /^[\w.]+(?=\s*(:?=|:))/.exec(node.text)?.[0];
    if (plain !== undefined) {
      found.push({ name: plain, node, value });
      continue;
    }
    const target = node.field("left") ?? node.field("name");
    if (target === null) continue;
    if (target.kind === "pattern_list" || target.kind === "tuple_pattern") {
      for (const [index, part] of operands(target).entries())
        found.push({ name: part.text, node, value: () => partOf(value(), index, operands(target).length) });
    } else found.push({ name: target.text, node, value });
  }
  return found;
}

/** `a, b = x, y`: each its own. Of `fd, path = tempfile.mkstemp()` the whole value stands for each of the names. */
function partOf(value: SyntaxNode | null, index: number, names: number): SyntaxNode | null {
  if (value?.kind !== "expression_list" && value?.kind !== "tuple") return value;
  const parts = operands(value);
  if (parts.length !== names || parts.some((part) => part.kind === "list_splat")) return value;
  return parts[index] ?? value;
}

const textOf = /^(str|Path|PurePath|fspath|fsdecode|fsencode|pathlib\.Path|os\.fspath|os\.fsdecode)$/;

/** Scoping of Python. */
export const python: Grammar = {
  functionKinds: ["function_definition", "lambda"],
  catchKind: "except_clause",
  branchKinds: ["if_statement", "elif_clause", "else_clause", "conditional_expression", "case_clause"],
  globals: false,
  parameters,
  bindsParameter(owner, name) {
    return parameters(owner).some((one) => one.name === name);
  },
  assignments,
  unwrap(node) {
    let current = node;
    for (;;) {
      const inner = wrapped(current);
      if (inner === undefined) return current;
      current = inner;
    }
  },
  lastName(node) {
    return node.kind === "attribute" ? (node.field("attribute")?.text ?? "") : node.text;
  },
  isPrivate(owner) {
    return /^_[^_]/.test(owner.field("name")?.text ?? "");
  },
  functionName(owner) {
    return owner.field("name")?.text ?? null;
  },
};

/** What stands in parentheses, after `await`, or in `str(...)` and `Path(...)` of one thing. */
function wrapped(node: SyntaxNode): SyntaxNode | undefined {
  if (node.kind === "parenthesized_expression" || node.kind === "await") return operands(node)[0];
  if (node.kind !== "call" || !textOf.test(node.field("function")?.text ?? "")) return undefined;
  const given = operands(node.field("arguments") ?? node);
  return given.length === 1 ? given[0] : undefined;
}

/** The value of a plain string literal, or null for one with an expression in it and for anything else. */
export function stringValue(node: SyntaxNode | null): string | null {
  if (node?.kind !== "string") return null;
  const parts = node.children();
  if (parts.some((part) => part.kind === "interpolation")) return null;
  return parts
    .filter((part) => part.kind === "string_content")
    .map((part) => part.text)
    .join("");
}

/** The arguments of a call by position, and by keyword. */
export interface Arguments {
  readonly positional: readonly SyntaxNode[];
  keyword(name: string): SyntaxNode | null;
}

export function argumentsOf(call: SyntaxNode): Arguments {
  const list = call.field("arguments");
  const all = list === null ? [] : list.kind === "argument_list" ? operands(list) : [list];
  return {
    positional: all.filter((one) => one.kind !== "keyword_argument"),
    keyword(name) {
      const found = all.find((one) => one.kind === "keyword_argument" && one.field("name")?.text === name);
      return found?.field("value") ?? null;
    },
  };
}
