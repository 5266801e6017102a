import { Definitions } from "../analysis/definitions.ts";
import { enclosingFunctions } from "../analysis/grammar.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands, within } from "../engine/index.ts";
import { javascript } from "../javascript/grammar.ts";

const { unwrap, lastName } = javascript;

/** A handler that looks at a system's error code, by its value or by its name. */
const asksForCode = /["'`]E[A-Z]{3,}["'`]|\.(code|errno)\b|\(\s*\{[^{}]*\b(code|errno)\b/;

/** Whether a handler of the call's failure looks for a system's error code, which untorn's errors carry as `systemCode`. */
export function readsSystemCodes(root: SyntaxNode, call: SyntaxNode): boolean {
  let current = call;
  for (let parent = call.parent(); parent !== null; parent = parent.parent()) {
    if (parent.kind === "try_statement" && asksForCode.test(parent.field("handler")?.text ?? "")) return true;
    const chain = parent.kind === "member_expression" ? parent.parent() : null;
    const isObject = chain?.kind === "call_expression" && parent.field("object")?.start === current.start;
    if (isObject && /^(catch|then|finally)$/.test(parent.field("property")?.text ?? "")) {
      const handlers = operands(chain.field("arguments") ?? chain);
      if (handlers.some((handler) => asksForCode.test(handlerText(root, handler)))) return true;
    }
    current = parent;
  }
  return false;
}

/** What runs: the function itself, or the one of this file that is named. */
function handlerText(root: SyntaxNode, handler: SyntaxNode): string {
  if (javascript.functionKinds.includes(handler.kind)) return handler.text;
  return [handler, ...functionsNamed(root, lastName(handler))].map((one) => one.text).join("\n");
}

/** The functions of a file that have a name, however it was given to them. */
export function functionsNamed(root: SyntaxNode, name: string): SyntaxNode[] {
  return root.findAll(javascript.functionKinds).filter((one) => javascript.functionName(one) === name);
}

const definitions = new WeakMap<SyntaxNode, Definitions>();

export function definitionsOf(root: SyntaxNode): Definitions {
  const known = definitions.get(root);
  if (known !== undefined) return known;
  const made = new Definitions(root, javascript);
  definitions.set(root, made);
  return made;
}

/** untorn takes a path as text; a URL, bytes and an open file it does not. */
export function isPathText(root: SyntaxNode, path: SyntaxNode | null, depth = 0): boolean {
  if (path === null || depth > 5) return path !== null;
  const plain = unwrap(path);
  const each = (nodes: readonly (SyntaxNode | null)[]): boolean =>
    nodes.every((one) => one === null || isPathText(root, one, depth + 1));
  switch (plain.kind) {
    case "new_expression":
    case "number":
      return false;
    case "call_expression":
      return !/^(pathToFileURL|from|openSync)$/.test(lastName(plain.field("function") ?? plain));
    case "ternary_expression":
      return each([plain.field("consequence"), plain.field("alternative")]);
    case "binary_expression":
      // `a + b` is a text; `a ?? b` is one of the two.
      return (
        !/^(\|\||\?\?)$/.test(plain.field("operator")?.text ?? "") || each([plain.field("left"), plain.field("right")])
      );
    case "identifier":
    case "member_expression":
      return !/[uU]rl$|(^|\.)fd$/.test(plain.text) && isTextName(root, plain, depth);
    default:
      return true;
  }
}

function isTextName(root: SyntaxNode, name: SyntaxNode, depth: number): boolean {
  const origin = definitionsOf(root).origin(name.text, name);
  if (origin.kind === "values") return origin.values.every((value) => isPathText(root, value, depth + 1));
  if (origin.kind === "unknown") return true;
  const type = javascript.parameters(origin.owner)[origin.index]?.type ?? "";
  return !/\b(URL|PathLike|PathOrFileDescriptor|Buffer|Uint8Array|FileHandle|number)\b/.test(type);
}

/** Whether `await` may stand in the place of this call. */
export function mayAwait(call: SyntaxNode): boolean {
  const [owner] = enclosingFunctions(call, javascript);
  if (owner === undefined) return call.parent()?.kind === "await_expression";
  const parameters = owner.field("parameters");
  if (parameters !== null && within(call, parameters)) return false;
  // Fields and static blocks of a class inside the function wait for nothing.
  for (let current = call.parent(); current !== null && current.start !== owner.start; current = current.parent()) {
    if (current.kind === "class_body") return false;
  }
  return owner.children().some((child) => child.kind === "async");
}

/** Awaited, returned or chained: a call with a callback looks different. */
export function isAwaited(call: SyntaxNode): boolean {
  const parent = call.parent();
  if (parent === null) return false;
  if (parent.kind === "await_expression" || parent.kind === "return_statement" || parent.kind === "arrow_function")
    return true;
  return parent.kind === "member_expression" && /^(then|catch|finally)$/.test(parent.field("property")?.text ?? "");
}

/** Whether nobody looks at what the call returns: untorn returns a receipt where Node returns nothing. */
export function isStatement(call: SyntaxNode): boolean {
  let current = call;
  for (let parent = current.parent(); parent !== null; parent = current.parent()) {
    if (parent.kind === "expression_statement") return true;
    if (parent.kind !== "await_expression" && parent.kind !== "parenthesized_expression") return false;
    current = parent;
  }
  return false;
}
