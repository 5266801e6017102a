import type { WriteSite } from "../analysis/site.ts";
import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { stringValue } from "../javascript/bindings.ts";
import { javascript } from "../javascript/grammar.ts";
import type { Edit } from "./change.ts";
import { functionsNamed } from "./javascript-context.ts";
import type { ModePair } from "./javascript-mode.ts";
import { modePair } from "./javascript-mode.ts";

/** A pipeline whose last part is a file, as one call that takes the stream. */
export interface PipedFile {
  /** The call of `pipeline`, and what it is called by. */
  readonly call: SyntaxNode;
  readonly callee: SyntaxNode;
  readonly edits: readonly Edit[];
  readonly safe: boolean;
}

/**
 * `await pipeline(stream, createWriteStream(path))` as `await writeFile(path, stream)`, which takes what is left of it and
 * rejects as it does. With stages in between, or with the callback of `node:stream`, it is left to a person.
 */
export function pipedFile(source: Source, site: WriteSite): PipedFile | null {
  const call = site.node.parent()?.parent();
  const callee = call?.field("function");
  const list = call?.field("arguments");
  if (!call || call.kind !== "call_expression" || callee?.kind !== "identifier" || !list) return null;
  const [from, to, extra] = operands(list);
  if (from === undefined || to?.start !== site.node.start || extra !== undefined) return null;
  if (!isPromisedPipeline(source.root, callee.text)) return null;
  // A function that makes the stream is called by `pipeline`, and would be written by nobody.
  if (isFunction(source.root, from) || from.kind === "spread_element") return null;
  const [path, options] = operands(site.node.field("arguments") ?? site.node);
  const mode = options === undefined ? { text: "", safe: true } : modeOf(options);
  if (path === undefined || mode === null) return null;
  const kept = mode.text === "" ? "" : `, { ${mode.text} }`;
  const text = `(${path.text}, ${from.text}${kept})`;
  return { call, callee, edits: [{ start: list.start, end: list.end, text }], safe: mode.safe };
}

function isFunction(root: SyntaxNode, from: SyntaxNode): boolean {
  if (javascript.functionKinds.includes(from.kind)) return true;
  const named = from.kind === "identifier" || from.kind === "member_expression";
  return named && functionsNamed(root, javascript.lastName(from)).length > 0;
}

/** The options as untorn's, where they are a mode at most; null where they say more. */
function modeOf(options: SyntaxNode): ModePair | null {
  if (options.kind !== "object") return null;
  let mode: ModePair | null = { text: "", safe: true };
  for (const pair of operands(options)) {
    const key = pair.kind === "pair" ? (pair.field("key")?.text ?? "") : "";
    if (key === "mode") mode = modePair(pair);
    else if (key !== "flags" || stringValue(pair.field("value")) !== "w") return null;
  }
  return mode;
}

function isPromisedPipeline(root: SyntaxNode, name: string): boolean {
  const lists = root.findAll(["import_statement", "variable_declarator"]).flatMap((node) => {
    const from = node.kind === "import_statement" ? node.field("source") : node.field("value");
    const promised = /^(require\()?["'](node:)?stream\/promises["']\)?$/.test(from?.text ?? "");
    return promised ? [...node.findAll(["named_imports", "object_pattern"])] : [];
  });
  const locals = lists.flatMap((list) => operands(list)).map((one) => one.field("alias") ?? one.field("value") ?? one);
  return locals.some((local) => local.text === name);
}
