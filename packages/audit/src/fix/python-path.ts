import { Definitions } from "../analysis/definitions.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands } from "../engine/index.ts";
import { python } from "../python/grammar.ts";

const pathClass = /^(pathlib\.)?(Pure)?(Posix|Windows)?Path(\.(home|cwd))?$/;
const pathType = /^["']?(Optional\[)?(pathlib\.)?(Posix|Windows)?Path\]?(\s*\|\s*None)?["']?$/;
/** Methods and attributes that only paths have, and whose value is a path. */
const passing =
  /^(parent|joinpath|with_suffix|with_name|with_stem|with_segments|resolve|absolute|expanduser|relative_to|readlink)$/;
const listing = /^(iterdir|glob|rglob)$/;

/** Other libraries' paths, which are asynchronous or not on this machine, and a `Path` that is not the one of `pathlib`. */
const otherPaths =
  /^[ \t]*(from|import)[ \t]+(anyio|aiopath|trio|upath|cloudpathlib|universal_pathlib)\b|^[ \t]*from[ \t]+(?!pathlib[ \t])[\w.]+[ \t]+import\b[^\n]*\bPath\b|^class[ \t]+Path\b/m;

const definitions = new WeakMap<SyntaxNode, Definitions>();

/** Whether an expression is known to be a `pathlib.Path`, and not something else that has methods of the same names. */
export function isPath(root: SyntaxNode, node: SyntaxNode): boolean {
  return !otherPaths.test(root.text) && isPathValue(root, node, 0);
}

function isPathValue(root: SyntaxNode, node: SyntaxNode, depth: number): boolean {
  if (depth > 7) return false;
  const again = (one: SyntaxNode | null | undefined): boolean => one != null && isPathValue(root, one, depth + 1);
  switch (node.kind) {
    case "parenthesized_expression":
      return again(operands(node)[0]);
    case "binary_operator":
      // What comes of dividing and can be written is a path.
      return node.field("operator")?.text === "/";
    case "boolean_operator":
      return again(node.field("left")) && again(node.field("right"));
    case "conditional_expression":
      return again(operands(node)[0]) && again(operands(node)[2]);
    case "call": {
      const callee = node.field("function");
      if (callee === null) return false;
      if (pathClass.test(callee.text)) return true;
      if (callee.kind === "attribute") return passing.test(callee.field("attribute")?.text ?? "");
      return callee.kind === "identifier" && returnsPath(root, callee.text);
    }
    case "attribute":
      return passing.test(node.field("attribute")?.text ?? "") || isPathName(root, node, depth);
    case "identifier":
      return isPathName(root, node, depth);
    default:
      return false;
  }
}

function isPathName(root: SyntaxNode, node: SyntaxNode, depth: number): boolean {
  const known = definitions.get(root) ?? new Definitions(root, python);
  definitions.set(root, known);
  const origin = known.origin(node.text, node);
  if (origin.kind === "parameter")
    return pathType.test(python.parameters(origin.owner)[origin.index]?.type.trim() ?? "");
  if (origin.kind === "values") {
    const values = origin.values.filter((value) => value.text !== "None");
    return values.length > 0 && values.every((value) => isPathValue(root, value, depth + 1));
  }
  return isListed(node) || isDeclared(root, node) || isProperty(root, node);
}

/** `for path in folder.glob("*.json")` */
function isListed(node: SyntaxNode): boolean {
  const loop = ancestor(node, (one) => one.kind === "for_statement" && one.field("left")?.text === node.text);
  const list = loop?.field("right");
  if (!list) return false;
  const call =
    list.kind === "call" && list.field("function")?.text === "sorted"
      ? operands(list.field("arguments") ?? list)[0]
      : list;
  const method = call?.field("function")?.field("attribute")?.text ?? "";
  return listing.test(method);
}

/** `path: Path`, in a class or at the top. */
function isDeclared(root: SyntaxNode, node: SyntaxNode): boolean {
  const name = node.text.replace(/^(self|cls)\./, "");
  return root
    .findAll(["assignment"])
    .some((one) => one.field("left")?.text === name && pathType.test(one.field("type")?.text ?? ""));
}

/** `self.path`, where `path` is a property of the file that says so. */
function isProperty(root: SyntaxNode, node: SyntaxNode): boolean {
  const name = /^(?:self|cls)\.(\w+)$/.exec(node.text)?.[1];
  return (
    name !== undefined &&
    returnsPath(root, name) &&
    root
      .findAll(["decorated_definition"], /^@(functools\.)?(cached_)?property\b/)
      .some((one) => one.field("definition")?.field("name")?.text === name)
  );
}

/** A function of the file that says so: `def target() -> Path`. */
function returnsPath(root: SyntaxNode, name: string): boolean {
  const [only, second] = root.findAll(["function_definition"]).filter((one) => one.field("name")?.text === name);
  return second === undefined && pathType.test(only?.field("return_type")?.text ?? "");
}
