import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import type { Definitions } from "../analysis/definitions.ts";
import { enclosingFunctions } from "../analysis/grammar.ts";
import { stringValue } from "./bindings.ts";
import { javascript } from "./grammar.ts";

/** Whether an expression is constantly empty: a write of it only truncates, and half of nothing is nothing. */
export function isEmptyData(node: SyntaxNode, definitions: Definitions, depth = 0): boolean {
  const plain = javascript.unwrap(node);
  const literal = stringValue(plain);
  if (literal !== null) return literal === "";
  if (plain.kind === "call_expression" || plain.kind === "new_expression") {
    const callee = plain.field("function") ?? plain.field("constructor");
    const given = operands(plain.field("arguments") ?? plain);
    if (/^Buffer\.(alloc|allocUnsafe)$|^Uint8Array$/.test(callee?.text ?? ""))
      return given.length === 0 || given[0]?.text === "0";
    if (callee?.text === "Buffer.from") return given[0] !== undefined && /^(""|''|``|\[\])$/.test(given[0].text);
    return false;
  }
  if (plain.kind === "identifier" && depth < 2) {
    const origin = definitions.origin(plain.text, plain);
    return (
      origin.kind === "values" &&
      origin.values.length > 0 &&
      origin.values.every(
        (value) => value.parent()?.kind === "variable_declarator" && isEmptyData(value, definitions, depth + 1),
      ) &&
      !isReassigned(plain)
    );
  }
  return false;
}

/** Whether `name += ...` or `name = ...` appears in the functions around a use. */
function isReassigned(use: SyntaxNode): boolean {
  const around = enclosingFunctions(use, javascript)[0];
  const kinds = ["assignment_expression", "augmented_assignment_expression"];
  return around?.findAll(kinds).some((node) => node.field("left")?.text === use.text) ?? false;
}

/** `closeSync(openSync(path, "w"))`: the file is made, and nothing is written. */
export function isTouch(open: SyntaxNode): boolean {
  const list = open.parent();
  if (list?.kind === "arguments") return /(^|\.)close(Sync)?$/.test(list.parent()?.field("function")?.text ?? "");
  // `(await open(path, "w")).close()` and `open(path, "w").then((f) => f.close())`
  let current = open;
  for (let parent = current.parent(); parent !== null; parent = current.parent()) {
    if (parent.kind !== "await_expression" && parent.kind !== "parenthesized_expression") break;
    current = parent;
  }
  const member = current.parent();
  return member?.kind === "member_expression" && member.field("property")?.text === "close";
}

/** Whether the function that opened a file for update also writes to a handle; many only sync it. */
export function writesThrough(open: SyntaxNode): boolean {
  const around = enclosingFunctions(open, javascript)[0];
  const text = around?.text ?? "";
  return /\b(write|writev|writeSync|writevSync|writeFile|writeFileSync|truncate|ftruncate|ftruncateSync)\s*\(/.test(
    text,
  );
}
