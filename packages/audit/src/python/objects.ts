import type { Definitions, Origin } from "../analysis/definitions.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { isPath } from "../fix/python-path.ts";
import { wordsOf } from "../tiers/evidence.ts";
import { python } from "./grammar.ts";

/** What an expression stands for: a path with methods of its own, an open file, or some other thing. */
export type ObjectKind = "path" | "file" | "other" | "unknown";

const pathType = /\b(\w*Path|PathLike|PurePath\w*|py\.path\.local)\b/;
const fileType =
  /\b(BinaryIO|TextIO|IO|BytesIO|StringIO|Buffered(Writer|Random|IOBase)|TextIOWrapper|IOBase|RawIOBase|SupportsWrite)\b/;
const anyType = /^["']?(object|[A-Z]|(typing\.)?Any|str|bytes|_?\w*(Type|T))["']?$/;
const makesPath = /^(joinpath|with_suffix|with_name|with_stem|expanduser|relative_to|cwd|home)$/;
const keepsPath = /^(resolve|absolute)$/;
const makesFile = /^(BytesIO|StringIO|open|fdopen|TextIOWrapper)$/;

/** What the code itself says an expression is: by what it was made with, or by an annotation. */
export function kindOf(node: SyntaxNode, definitions: Definitions, depth = 0): ObjectKind {
  if (depth > 5) return "unknown";
  const inner = (one: SyntaxNode | null | undefined): ObjectKind =>
    one == null ? "unknown" : kindOf(one, definitions, depth + 1);
  switch (node.kind) {
    case "parenthesized_expression":
    case "await":
      return inner(operands(node)[0]);
    case "binary_operator":
      return node.field("operator")?.text === "/" ? "path" : "unknown";
    case "conditional_expression":
    case "boolean_operator":
      return firstKnown(operands(node).map(inner));
    case "call":
      return ofCall(node, inner);
    case "attribute":
      if (node.field("attribute")?.text === "parent") return "path";
      break;
    case "identifier":
      break;
    default:
      return "unknown";
  }
  const origin = definitions.origin(node.text, node);
  if (origin.kind === "parameter") return ofParameter(origin, inner);
  if (origin.kind !== "values") return "unknown";
  const annotated = origin.values.map((value) => ofType(value.parent()?.field("type")?.text ?? ""));
  const passed = origin.incoming === null ? [] : [ofParameter(origin.incoming, inner)];
  return firstKnown([...annotated, ...origin.values.map(inner), ...passed]);
}

function ofCall(node: SyntaxNode, inner: (one: SyntaxNode | null) => ObjectKind): ObjectKind {
  const callee = node.field("function");
  const name = callee === null ? "" : python.lastName(callee);
  if (/^\w*Path$/.test(name) || makesPath.test(name)) return "path";
  if (makesFile.test(name)) return "file";
  if (keepsPath.test(name) && callee?.kind === "attribute") return inner(callee.field("object"));
  return /^[A-Z]\w*[a-z]/.test(name) ? "other" : "unknown";
}

function ofParameter(
  origin: Extract<Origin, { kind: "parameter" }>,
  inner: (one: SyntaxNode | null) => ObjectKind,
): ObjectKind {
  const type = python.parameters(origin.owner)[origin.index]?.type ?? "";
  return type === "" ? inner(origin.fallback) : ofType(type);
}

function ofType(type: string): ObjectKind {
  if (type === "" || anyType.test(type)) return "unknown";
  if (pathType.test(type)) return "path";
  // `str | BinaryIO`
  if (fileType.test(type)) return /\bstr\b/.test(type) ? "unknown" : "file";
  return /\b(str|Any)\b/.test(type) ? "unknown" : "other";
}

function firstKnown(kinds: readonly ObjectKind[]): ObjectKind {
  return kinds.find((kind) => kind === "path") ?? kinds.find((kind) => kind !== "unknown") ?? "unknown";
}

const ofPaths =
  /^(paths?|files?|filename|fname|dir|directory|folder|dest|destination|dst|target|out|output|tmp|temp|p|f|readme|json|toml|yaml|yml|txt|md|ini|cfg|csv)$/;
/** What has a `write_text` or an `open` of its own in one library or the other. */
const ofOthers =
  /^(formatter|console|clipboard|responses?|resp|transport|socket|sock|ws|websocket|serial|writer|stream|buffer|buf|client|conn|connection|session|request|req|printer|terminal|term|screen|window|widget|editor|display|reporter|port|channel|pipe|proc|process|stdin|stdout|stderr|sink|protocol|handler|device|zf|zip|storage|fs|filesystem|bucket|blob|page)$/;

/**
 * Whether `object.write_text(...)` writes a file: the object is made or annotated as a path, or else is called like one; in a
 * file that works with `pathlib`, anything that is not called like another thing.
 */
export function isPathObject(object: SyntaxNode, definitions: Definitions, root: SyntaxNode): boolean {
  if (isPath(root, object)) return true;
  const kind = kindOf(object, definitions);
  if (kind !== "unknown") return kind === "path";
  const callee = object.kind === "call" ? object.field("function") : null;
  const words = wordsOf(python.lastName(callee ?? object));
  if (words.some((word) => ofPaths.test(word))) return true;
  return /\bpathlib\b|\bimport\s+[\w, ]*\bPath\b/.test(root.text) && !words.some((word) => ofOthers.test(word));
}
