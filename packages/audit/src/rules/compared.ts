import type { FileFacts } from "../analysis/site.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands, within } from "../engine/index.ts";
import { kindsOf } from "./read-and-saved.ts";

const comparing = /^([!=]==?|[<>]=?|is|in|not)$/;
/** What hands a value on as it is, or as another form of it. */
const passing =
  /^(await(_expression)?|parenthesized_expression|non_null_expression|as_expression|attribute|member_expression|argument_list|arguments|call|call_expression|conditional_expression|ternary_expression|with_item|with_clause|none)$/;
const setting = /^(assignment|assignment_expression|variable_declarator)$/;
const maximumSteps = 4;

/** `if (read(path) !== text) write(path, text)`: what was read is compared, and nothing of it is saved. */
export function isOnlyCompared(facts: FileFacts, node: SyntaxNode, around: SyntaxNode, steps = 0): boolean {
  if (steps > maximumSteps) return false;
  let from = node;
  for (let current = node.parent(); current !== null; current = current.parent()) {
    const name = nameSetTo(current, from);
    if (name !== null) return isNameOnlyCompared(facts, name, current, around, steps);
    if (isComparison(current)) return true;
    if (isTested(current, from)) return true;
    if (!passing.test(current.kind)) return false;
    from = current;
  }
  return false;
}

function isNameOnlyCompared(
  facts: FileFacts,
  name: string,
  binding: SyntaxNode,
  around: SyntaxNode,
  steps: number,
): boolean {
  if (!/^[\w$]+$/.test(name)) return false;
  // `with open(path) as f`: the next block may have another `f`.
  const block = binding.kind === "as_pattern" ? ancestor(binding, ({ kind }) => kind === "with_statement") : null;
  const uses = (block ?? around)
    .findAll(kindsOf(facts).names.slice(0, 1), new RegExp(`^${name.replaceAll("$", "\\$")}$`))
    .filter((use) => use.start > binding.end && !isSet(use));
  return uses.length > 0 && uses.every((use) => isOnlyCompared(facts, use, around, steps + 1));
}

/** `old` of `old = value`, of `const old = value` and of `with value as old`. */
function nameSetTo(holder: SyntaxNode, value: SyntaxNode): string | null {
  if (holder.kind === "as_pattern") return holder.children().at(-1)?.text ?? null;
  if (!setting.test(holder.kind)) return null;
  const target = holder.field("left") ?? holder.field("name");
  return target === null || within(value, target) ? null : target.text;
}

function isSet(use: SyntaxNode): boolean {
  const holder = use.parent();
  if (holder === null || !setting.test(holder.kind)) return false;
  return (holder.field("left") ?? holder.field("name"))?.start === use.start;
}

function isComparison(node: SyntaxNode): boolean {
  if (node.kind === "comparison_operator") return true;
  return node.kind === "binary_expression" && comparing.test(node.field("operator")?.text ?? "");
}

/** `if (old)`, `old && ...`: asked whether it is there. */
function isTested(holder: SyntaxNode, value: SyntaxNode): boolean {
  if (/^(if_statement|elif_clause|while_statement)$/.test(holder.kind))
    return within(value, holder.field("condition") ?? value);
  if (holder.kind === "not_operator" || holder.kind === "unary_expression") return true;
  const [first] = operands(holder);
  const isLogical = holder.kind === "boolean_operator" || /^(&&)$/.test(holder.field("operator")?.text ?? "");
  return isLogical && first !== undefined && within(value, first) && holder.field("operator")?.text !== "or";
}
