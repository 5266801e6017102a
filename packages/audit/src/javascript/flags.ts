import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import type { Definitions } from "../analysis/definitions.ts";
import { stringValue } from "./bindings.ts";
import { javascript } from "./grammar.ts";

export type Access = "replace" | "update" | "append" | "exclusive" | "read";

/** What a `flags` expression does to the file; with several possibilities the one that can tear wins. */
export function accessOf(node: SyntaxNode, definitions: Definitions, depth = 0): Access | null {
  if (depth > 4) return null;
  const plain = javascript.unwrap(node);
  const literal = stringValue(plain);
  if (literal !== null) return fromText(literal);
  if (plain.kind === "ternary_expression") {
    const branches = [plain.field("consequence"), plain.field("alternative")].filter((one) => one !== null);
    return worst(branches.map((branch) => accessOf(branch, definitions, depth + 1)));
  }
  const text = plain.text;
  if (/\bO_[A-Z]+/.test(text)) return fromBits(text);
  if (plain.kind === "binary_expression" && /\?\?|\|\|/.test(text)) {
    const sides = [plain.field("left"), plain.field("right")].filter((side) => side !== null);
    return worst(sides.map((side) => accessOf(side, definitions, depth + 1)));
  }
  if (plain.kind === "identifier" || plain.kind === "member_expression") {
    const origin = definitions.origin(text, plain);
    if (origin.kind === "values") return worst(origin.values.map((value) => accessOf(value, definitions, depth + 1)));
    if (origin.kind === "parameter" && origin.fallback !== null)
      return accessOf(origin.fallback, definitions, depth + 1);
  }
  return null;
}

/** The value of a property of an options object, also through a name. */
export function option(
  node: SyntaxNode | undefined,
  names: readonly string[],
  definitions: Definitions,
): SyntaxNode | null {
  if (node === undefined) return null;
  let object = javascript.unwrap(node);
  if (object.kind === "identifier") {
    const origin = definitions.origin(object.text, object);
    if (origin.kind !== "values" || origin.values[0] === undefined) return null;
    object = javascript.unwrap(origin.values[0]);
  }
  if (object.kind !== "object") return null;
  for (const pair of operands(object)) {
    if (pair.kind === "pair" && names.includes(pair.field("key")?.text.replace(/["']/g, "") ?? ""))
      return pair.field("value");
    if (pair.kind === "shorthand_property_identifier" && names.includes(pair.text)) return pair;
  }
  return null;
}

function fromText(flags: string): Access {
  if (flags.startsWith("a")) return "append";
  if (flags.includes("x")) return "exclusive";
  if (flags.startsWith("r")) return flags.includes("+") ? "update" : "read";
  return "replace";
}

function fromBits(text: string): Access {
  if (/\bO_EXCL\b/.test(text)) return "exclusive";
  if (/\bO_APPEND\b/.test(text)) return "append";
  if (/\bO_TRUNC\b/.test(text)) return "replace";
  return /\bO_(WRONLY|RDWR)\b/.test(text) ? "update" : "read";
}

function worst(found: readonly (Access | null)[]): Access | null {
  const order: readonly Access[] = ["replace", "update", "append", "exclusive", "read"];
  return order.find((access) => found.includes(access)) ?? null;
}
