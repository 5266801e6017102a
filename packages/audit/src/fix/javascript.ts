import type { WriteSite } from "../analysis/site.ts";
import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { stringValue } from "../javascript/bindings.ts";
import { javascript } from "../javascript/grammar.ts";
import type { Edit, PlannedFix } from "./change.ts";
import { isArgument } from "./javascript-argument.ts";
import { definitionsOf, isAwaited, isPathText, isStatement, readsSystemCodes } from "./javascript-context.ts";
import { isRefused } from "./javascript-module.ts";
import type { Planned } from "./javascript-copy.ts";
import { copyEdits, neighbours } from "./javascript-copy.ts";
import { modePair } from "./javascript-mode.ts";
import { pipedFile } from "./javascript-stream.ts";

/** Where the options of untorn and of Node mean the same, or nearly so (`mode`). */
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
  const planned = editsFor(site, member.replace(/Sync$/, ""), given, list);
  if (planned === null || !isPathText(source.root, site.path)) return null;
  const { edits } = planned;
  const safe = planned.safe && isUnnoticed(source, site, site.node);
  const { start, end } = callee;
  const isBare = callee.kind === "identifier";
  const name = isBare ? callee.text : (rootName(callee) ?? "");
  // What is called by another name than untorn's would be misread by it: its arguments are others.
  const bare = isBare && member === target;
  const needs = neighbours(callee, edits);
  return { safe, kind: "replace-call", edits, calls: target, callee: { start, end, name, bare }, needs };
}

function streamPlan(source: Source, site: WriteSite, stream: SyntaxNode): PlannedFix | null {
  const piped = pipedFile(source, site);
  if (piped === null || !isAwaited(piped.call) || !isPathText(source.root, site.path)) return null;
  const safe = piped.safe && isUnnoticed(source, site, piped.call);
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

/** Whether untorn's can be had there, and takes the path, and nobody could tell it from Node's by what the call returns or throws. */
function isUnnoticed(source: Source, site: WriteSite, call: SyntaxNode): boolean {
  const { root } = source;
  if (isRefused(source)) return false;
  if (site.path !== null && isArgument(() => definitionsOf(root), root, site.path)) return false;
  return (isStatement(call) || !isTyped(source)) && !readsSystemCodes(root, call);
}

function isTyped(source: Source): boolean {
  return source.language !== "tsx" || /\.[mc]?tsx?$/.test(source.path);
}

function editsFor(site: WriteSite, verb: string, given: readonly SyntaxNode[], list: SyntaxNode): Planned | null {
  const [first, second, third, extra] = given;
  if (first === undefined || second === undefined || extra !== undefined) return null;
  if (site.api.startsWith("Deno.") || site.api.startsWith("jsonfile.")) return null;
  switch (verb) {
    case "writeFile":
      return optionEdits(second, third, false);
    case "outputFile":
      return optionEdits(second, third, true);
    case "write":
      return site.api === "Bun.write" ? planned(bunEdits(first, second, third)) : null;
    case "writeJson":
    case "writeJSON":
    case "outputJson":
    case "outputJSON":
      return third === undefined ? planned(jsonEdits(second, verb.startsWith("output"))) : null;
    case "copyFile":
      return third === undefined ? copyEdits(site, first, second, list) : null;
    default:
      return null;
  }
}

function planned(edits: Edit[] | null): Planned | null {
  return edits === null ? null : { safe: true, edits };
}

/** The edits that turn Node's third argument into untorn's options; null where it is more than can be carried over. */
function optionEdits(data: SyntaxNode, options: SyntaxNode | undefined, mkdir: boolean): Planned | null {
  const wanted = mkdir ? ["mkdir: true"] : [];
  const given = (parts: readonly string[]): string => (parts.length === 0 ? "" : `, { ${parts.join(", ")} }`);
  if (!isWritable(data)) return null;
  if (options === undefined) return planned(mkdir ? [{ start: data.end, end: data.end, text: given(wanted) }] : []);
  const encoding = stringValue(options);
  if (encoding !== null) {
    if (!/^utf-?8$/i.test(encoding)) wanted.unshift(`encoding: ${options.text}`);
    return planned([{ start: data.end, end: options.end, text: given(wanted) }]);
  }
  // `writeFileSync(path, data, encoding)`: a name that says so holds a text.
  if (options.kind === "identifier" && /^(file_?)?encoding$/i.test(options.text)) {
    wanted.unshift(options.text === "encoding" ? "encoding" : `encoding: ${options.text}`);
    return planned([{ start: data.end, end: options.end, text: given(wanted) }]);
  }
  if (options.kind !== "object") return null;
  const pairs = operands(options);
  const kept: string[] = [];
  let safe = true;
  for (const pair of pairs) {
    const key = keyOf(pair);
    if (implied.has(key)) continue;
    if ((key === "flag" || key === "flags") && stringValue(pair.field("value")) === "w") continue;
    if (!carried.has(key)) return null;
    if (key === "mode") {
      const mode = modePair(pair);
      if (mode === null) return null;
      if (mode.text !== "") kept.push(mode.text);
      safe &&= mode.safe;
    } else if (!isUtf8(pair)) kept.push(pair.text);
  }
  if (kept.length === pairs.length && !mkdir && kept.every((text, index) => text === pairs[index]?.text))
    return { safe, edits: [] };
  return { safe, edits: [{ start: data.end, end: options.end, text: given([...kept, ...wanted]) }] };
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

/** `fs` of `fs.promises.writeFile`. */
function rootName(callee: SyntaxNode): string | null {
  let current: SyntaxNode | null = callee;
  while (current?.kind === "member_expression") current = current.field("object");
  return current?.kind === "identifier" ? current.text : null;
}
