import type { WriteSite } from "../analysis/site.ts";
import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { stringValue } from "../javascript/bindings.ts";
import { javascript } from "../javascript/grammar.ts";
import type { Edit, PlannedFix } from "./change.ts";
import { pipedFile } from "./javascript-stream.ts";

/** Where the options of untorn and of Node mean the same. */
const carried = new Set(["mode", "encoding", "signal"]);
/** What untorn does anyway. */
const implied = new Set(["flush"]);

/** The call becomes untorn's: same path, same content, options carried over, sync stays sync. */
export function planJavascript(source: Source, site: WriteSite): PlannedFix | null {
  const callee = site.node.field("function");
  const list = site.node.field("arguments");
  if (callee === null || list === null) return null;
  const given = operands(list);
  const member = site.api.slice(site.api.lastIndexOf(".") + 1);
  if (member === "createWriteStream") return streamPlan(source, site, callee);
  const sync = member.endsWith("Sync");
  if (given.some((one) => one.kind === "spread_element")) return null;
  if (!sync && !isAwaited(site.node)) return null;
  const target = sync ? "writeFileSync" : "writeFile";
  const edits = editsFor(site, member.replace(/Sync$/, ""), given, list);
  if (edits === null || !isPathText(site.path)) return null;
  const safe = (isStatement(site.node) || !isTyped(source)) && !readsSystemCodes(site.node);
  const { start, end } = callee;
  const bare = callee.kind === "identifier";
  const name = bare ? callee.text : (rootName(callee) ?? "");
  return { safe, kind: "replace-call", edits, calls: target, callee: { start, end, name, bare } };
}

function streamPlan(source: Source, site: WriteSite, stream: SyntaxNode): PlannedFix | null {
  const piped = pipedFile(source, site);
  if (piped === null || !isAwaited(piped.call) || !isPathText(site.path)) return null;
  const safe = (isStatement(piped.call) || !isTyped(source)) && !readsSystemCodes(piped.call);
  const { start, end, text: name } = piped.callee;
  const gone = stream.kind === "identifier" ? stream.text : rootName(stream);
  return {
    safe,
    kind: "whole-stream",
    edits: piped.edits,
    calls: "writeFile",
    callee: { start, end, name, bare: false },
    gone: gone === null ? [] : [gone],
  };
}

function isTyped(source: Source): boolean {
  return source.language !== "tsx" || /\.[mc]?tsx?$/.test(source.path);
}

function editsFor(site: WriteSite, verb: string, given: readonly SyntaxNode[], list: SyntaxNode): Edit[] | null {
  const [first, second, third, extra] = given;
  if (first === undefined || second === undefined || extra !== undefined) return null;
  if (site.api.startsWith("Deno.") || site.api.startsWith("jsonfile.")) return null;
  switch (verb) {
    case "writeFile":
      return optionEdits(second, third, false);
    case "outputFile":
      return optionEdits(second, third, true);
    case "write":
      return site.api === "Bun.write" ? bunEdits(first, second, third) : null;
    case "writeJson":
    case "writeJSON":
    case "outputJson":
    case "outputJSON":
      return third === undefined ? jsonEdits(second, verb.startsWith("output")) : null;
    case "copyFile":
      return copyEdits(site, first, second, third, list);
    default:
      return null;
  }
}

/** The edits that turn Node's third argument into untorn's options; null where it is more than can be carried over. */
function optionEdits(data: SyntaxNode, options: SyntaxNode | undefined, mkdir: boolean): Edit[] | null {
  const wanted = mkdir ? ["mkdir: true"] : [];
  if (!isWritable(data)) return null;
  if (options === undefined)
    return wanted.length === 0 ? [] : [{ start: data.end, end: data.end, text: `, { ${wanted.join(", ")} }` }];
  const encoding = stringValue(options);
  if (encoding !== null) {
    if (!/^utf-?8$/i.test(encoding)) wanted.unshift(`encoding: ${options.text}`);
    const text = wanted.length === 0 ? "" : `, { ${wanted.join(", ")} }`;
    return [{ start: data.end, end: options.end, text }];
  }
  if (options.kind !== "object") return null;
  const pairs = operands(options);
  for (const pair of pairs) {
    const key = keyOf(pair);
    if (carried.has(key) || implied.has(key)) continue;
    if ((key === "flag" || key === "flags") && stringValue(pair.field("value")) === "w") continue;
    return null;
  }
  const kept = pairs.filter((pair) => carried.has(keyOf(pair)) && !isUtf8(pair));
  if (kept.length === pairs.length && !mkdir) return [];
  const parts = [...kept.map((pair) => pair.text), ...wanted];
  const text = parts.length === 0 ? "" : `, { ${parts.join(", ")} }`;
  return [{ start: data.end, end: options.end, text }];
}

/** Bun makes missing folders, and takes things that untorn does not. */
function bunEdits(path: SyntaxNode, data: SyntaxNode, options: SyntaxNode | undefined): Edit[] | null {
  if (options !== undefined || /Bun\.file|fetch\(|[rR]esponse/.test(data.text) || /Bun\.file/.test(path.text))
    return null;
  return [{ start: data.end, end: data.end, text: ", { mkdir: true }" }];
}

/** fs-extra ends the text in a line break. */
function jsonEdits(data: SyntaxNode, mkdir: boolean): Edit[] {
  const options = mkdir ? ", { mkdir: true }" : "";
  return [
    { start: data.start, end: data.start, text: "JSON.stringify(" },
    { start: data.end, end: data.end, text: `) + "\\n"${options}` },
  ];
}

/** A copy is a read and a write; the mode of the source goes with it, as with `copyFile`. */
function copyEdits(
  site: WriteSite,
  from: SyntaxNode,
  to: SyntaxNode,
  flags: SyntaxNode | undefined,
  list: SyntaxNode,
): Edit[] | null {
  const callee = site.node.field("function");
  const object = callee?.kind === "member_expression" ? callee.field("object") : null;
  // The source is named twice, so it must be nothing that runs.
  if (!object || flags !== undefined || !/^["'`\w$.]+$/.test(from.text) || object.kind === "call_expression")
    return null;
  const sync = site.api.endsWith("Sync");
  const read = sync ? `${object.text}.readFileSync(${from.text})` : `await ${object.text}.readFile(${from.text})`;
  const mode = sync ? `${object.text}.statSync(${from.text}).mode` : `(await ${object.text}.stat(${from.text})).mode`;
  return [{ start: list.start, end: list.end, text: `(${to.text}, ${read}, { mode: ${mode} & 0o777 })` }];
}

function keyOf(pair: SyntaxNode): string {
  return pair.kind === "pair" ? (pair.field("key")?.text.replace(/["']/g, "") ?? "") : pair.text;
}

function isUtf8(pair: SyntaxNode): boolean {
  return keyOf(pair) === "encoding" && /^utf-?8$/i.test(stringValue(pair.field("value")) ?? "");
}

/** False for what cannot be content: a callback in the place of the data. */
function isWritable(data: SyntaxNode): boolean {
  return !javascript.functionKinds.includes(data.kind);
}

/** Whether a handler around the call looks for a system's error code, which untorn's errors carry as `systemCode`. */
function readsSystemCodes(call: SyntaxNode): boolean {
  for (let current = call.parent(); current !== null; current = current.parent()) {
    if (current.kind === "try_statement" && /["'`]E[A-Z]{3,}["'`]/.test(current.field("handler")?.text ?? ""))
      return true;
  }
  return false;
}

/** untorn takes a path as text; a URL object it does not. */
function isPathText(path: SyntaxNode | null): boolean {
  return path !== null && !/new URL\(|pathToFileURL/.test(path.text) && !/[uU]rl$/.test(path.text);
}

/** Awaited, returned or chained: a call with a callback looks different. */
function isAwaited(call: SyntaxNode): boolean {
  const parent = call.parent();
  if (parent === null) return false;
  if (parent.kind === "await_expression" || parent.kind === "return_statement" || parent.kind === "arrow_function")
    return true;
  return parent.kind === "member_expression" && /^(then|catch|finally)$/.test(parent.field("property")?.text ?? "");
}

/** Whether nobody looks at what the call returns: untorn returns a receipt where Node returns nothing. */
function isStatement(call: SyntaxNode): boolean {
  let current = call;
  for (let parent = current.parent(); parent !== null; parent = current.parent()) {
    if (parent.kind === "expression_statement") return true;
    if (parent.kind !== "await_expression" && parent.kind !== "parenthesized_expression") return false;
    current = parent;
  }
  return false;
}

/** `fs` of `fs.promises.writeFile`. */
function rootName(callee: SyntaxNode): string | null {
  let current: SyntaxNode | null = callee;
  while (current?.kind === "member_expression") current = current.field("object");
  return current?.kind === "identifier" ? current.text : null;
}
