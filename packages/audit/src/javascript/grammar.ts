import type { Assignment, Grammar, Parameter } from "../analysis/grammar.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands } from "../engine/index.ts";

const wrappers = new Set([
  "parenthesized_expression",
  "await_expression",
  "non_null_expression",
  "as_expression",
  "satisfies_expression",
]);

function parameters(owner: SyntaxNode): readonly Parameter[] {
  const single = owner.field("parameter");
  if (single !== null) return [{ name: single.text, fallback: null, type: "" }];
  const list = owner.field("parameters");
  return (list === null ? [] : operands(list)).map((parameter) => {
    if (parameter.kind === "assignment_pattern") {
      return { name: parameter.field("left")?.text ?? "", fallback: parameter.field("right"), type: "" };
    }
    const pattern = parameter.field("pattern") ?? parameter;
    return { name: pattern.text, fallback: parameter.field("value"), type: parameter.field("type")?.text ?? "" };
  });
}

function functionName(owner: SyntaxNode): string | null {
  const own = owner.field("name");
  if (own !== null) return own.text;
  const holder = owner.parent();
  if (holder === null) return null;
  if (holder.kind === "variable_declarator" || holder.kind === "public_field_definition") {
    return holder.field("name")?.text ?? null;
  }
  if (holder.kind === "pair") return holder.field("key")?.text ?? null;
  const left = holder.kind === "assignment_expression" ? holder.field("left") : null;
  return left === null ? null : lastName(left);
}

function lastName(node: SyntaxNode): string {
  return node.kind === "member_expression" ? (node.field("property")?.text ?? "") : node.text;
}

function assignments(root: SyntaxNode): readonly Assignment[] {
  const found: Assignment[] = [];
  const add = (name: string | undefined, node: SyntaxNode, field: string): void => {
    if (name !== undefined) found.push({ name, node, value: () => node.field(field) });
  };
  for (const node of root.findAll(["assignment_expression"])) add(node.field("left")?.text, node, "right");
  // One of a list says what the list says.
  for (const node of root.findAll(["for_in_statement"])) {
    const name = node.field("left")?.text;
    const list = node.field("right");
    if (name !== undefined && list !== null) found.push({ name, node: list, value: () => list });
  }
  for (const node of root.findAll(["public_field_definition"])) add(`this.${node.field("name")?.text}`, node, "value");
  for (const node of root.findAll(["variable_declarator"])) {
    const target = node.field("name");
    const list = target?.kind === "array_pattern" ? node.field("value") : null;
    if (target && list?.kind === "array") {
      // `const [a, b] = [x, y]`
      const values = operands(list);
      for (const [index, part] of operands(target).entries())
        found.push({ name: part.text, node, value: () => values[index] ?? null });
      continue;
    }
    if (target?.kind !== "object_pattern") {
      add(target?.text, node, "value");
      continue;
    }
    // `const { a, b: c } = value`: the whole value stands for each of the names.
    for (const part of operands(target)) {
      if (part.kind === "shorthand_property_identifier_pattern") add(part.text, node, "value");
      else add(part.field("value")?.text ?? part.field("left")?.text, node, "value");
    }
  }
  return found;
}

function isPrivate(owner: SyntaxNode, root: SyntaxNode): boolean {
  const name = functionName(owner);
  if (name === null) return false;
  if (owner.kind === "method_definition") return /^\s*(private\b|#)/.test(owner.text);
  if (ancestor(owner, (node) => node.kind === "export_statement") !== null) return false;
  // `export { name }`, `module.exports = { name }`, `exports.name = name`
  return !new RegExp(`export(s\\b[^;]{0,2000}|\\s*\\{[^{}]*)\\b${name.replaceAll("$", "\\$")}\\b`).test(root.text);
}

/** Scoping of JavaScript and TypeScript. */
export const javascript: Grammar = {
  functionKinds: [
    "function_declaration",
    "function_expression",
    "arrow_function",
    "method_definition",
    "generator_function",
    "generator_function_declaration",
  ],
  catchKind: "catch_clause",
  branchKinds: ["if_statement", "else_clause", "switch_case", "ternary_expression"],
  globals: false,
  parameters,
  bindsParameter(owner, name) {
    const inPattern = new RegExp(`[{,\\s]${name.replaceAll("$", "\\$")}\\s*[,}=]`);
    return parameters(owner).some((one) => one.name === name || (one.name.startsWith("{") && inPattern.test(one.name)));
  },
  assignments,
  unwrap(node) {
    let current = node;
    while (wrappers.has(current.kind)) {
      const inner = operands(current)[0];
      if (inner === undefined) break;
      current = inner;
    }
    return current;
  },
  lastName,
  isPrivate,
  functionName,
};
