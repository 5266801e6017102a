import type { Definitions, Origin } from "../analysis/definitions.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands } from "../engine/index.ts";
import { argumentsOf, python, stringValue } from "./grammar.ts";

export type Access = "replace" | "update" | "append" | "exclusive" | "read";

/** What a `mode` does to the file, or null where it cannot be known. With several possibilities the one that can tear wins. */
export function accessOfMode(node: SyntaxNode | null, definitions: Definitions, depth = 0): Access | null {
  if (node === null) return "read";
  if (depth > 4) return null;
  const plain = python.unwrap(node);
  const literal = stringValue(plain);
  if (literal !== null) return fromText(literal);
  const parts = operands(plain);
  if (plain.kind === "conditional_expression") return worst([parts[0], parts[2]], definitions, depth);
  if (plain.kind === "boolean_operator") return worst(parts, definitions, depth);
  // `"w" + suffix`, `f"w{suffix}"`
  if (plain.kind === "binary_operator" && parts[0] !== undefined) return accessOfMode(parts[0], definitions, depth + 1);
  if (plain.kind === "string") return fromText(plain.text.replace(/^[a-zA-Z]*["']+/, ""));
  if (plain.kind !== "identifier" && plain.kind !== "attribute") return null;
  const origin = definitions.origin(plain.text, plain);
  if (origin.kind === "values") return worst(origin.values, definitions, depth);
  if (origin.kind !== "parameter") return null;
  const passed = origin.fallback === null ? [] : [origin.fallback];
  return worst([...passed, ...modesPassed(origin, definitions)], definitions, depth);
}

/** `def open(path, mode="r"): return io.open(path, mode)`: the modes that the calls in this file pass. */
function modesPassed({ owner, index }: Extract<Origin, { kind: "parameter" }>, { grammar }: Definitions): SyntaxNode[] {
  const list = grammar.parameters(owner);
  const name = grammar.functionName(owner);
  const root = ancestor(owner, (node) => node.kind === "module");
  if (name === null || root === null) return [];
  const isMethod = /^(self|cls)$/.test(list[0]?.name ?? "");
  return root
    .findAll(["identifier"], new RegExp(`^${name}$`))
    .map((leaf) => (isMethod ? leaf.parent() : leaf))
    .filter((callee) => callee !== null && (!isMethod || callee.kind === "attribute"))
    .map((callee) => callee?.parent() ?? null)
    .filter((call) => call?.kind === "call" && python.lastName(call.field("function") ?? call) === name)
    .map((call) => {
      const given = call === null ? null : argumentsOf(call);
      return given?.keyword(list[index]?.name ?? "") ?? given?.positional[index - (isMethod ? 1 : 0)];
    })
    .filter((mode) => mode !== undefined && looksLikeMode(stringValue(mode) ?? ""))
    .filter((mode) => mode !== undefined);
}

/** Whether a text can be a mode at all; `Image.open("photo.png")` has none. */
export function looksLikeMode(text: string): boolean {
  return /^(?=[^+]*[rwax])[rwaxbtU+]{1,4}(:\w+)?$/.test(text);
}

function fromText(text: string): Access {
  // `w:xz` is not exclusive.
  const mode = text.replace(/[:|].*$/, "");
  if (mode.includes("a")) return "append";
  if (mode.includes("x")) return "exclusive";
  if (mode.includes("w")) return "replace";
  return mode.includes("+") ? "update" : "read";
}

/** Bits for `os.open`. */
export function accessOfBits(text: string): Access {
  if (/\bO_EXCL\b/.test(text)) return "exclusive";
  if (/\bO_APPEND\b/.test(text)) return "append";
  if (/\bO_TRUNC\b/.test(text)) return "replace";
  return "read";
}

function worst(nodes: readonly (SyntaxNode | undefined)[], definitions: Definitions, depth: number): Access | null {
  const found = nodes.filter((one) => one !== undefined).map((one) => accessOfMode(one, definitions, depth + 1));
  const order: readonly Access[] = ["replace", "update", "append", "exclusive", "read"];
  return order.find((access) => found.includes(access)) ?? null;
}
