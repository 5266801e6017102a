import type { WriteSite } from "../analysis/site.ts";
import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { stringValue } from "../javascript/bindings.ts";
import { javascript } from "../javascript/grammar.ts";
import type { Edit, PlannedFix } from "./change.ts";
import { isAwaited, isPathText, isStatement, mayAwait, readsSystemCodes } from "./javascript-context.ts";
import { canImport } from "./javascript-neighbours.ts";
import { modePair } from "./javascript-mode.ts";
import { pipedFile } from "./javascript-stream.ts";

/** Where the options of untorn and of Node mean the same, or nearly so (`mode`). */
const carried = new Set(["mode", "encoding", "signal"]);
/** What untorn does anyway. */
const implied = new Set(["flush"]);

/** Edits that leave the program as it was, or nearly so. */
interface Planned {
  readonly safe: boolean;
  readonly edits: Edit[];
}

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
  const safe = planned.safe && isUnnoticed(source, site.node);
  const { start, end } = callee;
  const bare = callee.kind === "identifier";
  const name = bare ? callee.text : (rootName(callee) ?? "");
  const needs = neighbours(callee, edits);
  return { safe, kind: "replace-call", edits, calls: target, callee: { start, end, name, bare }, needs };
}

function streamPlan(source: Source, site: WriteSite, stream: SyntaxNode): PlannedFix | null {
  const piped = pipedFile(source, site);
  if (piped === null || !isAwaited(piped.call) || !isPathText(source.root, site.path)) return null;
  const safe = piped.safe && isUnnoticed(source, piped.call);
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

/** Whether what the call returns or throws is looked at by nobody who could tell untorn's from Node's. */
function isUnnoticed(source: Source, call: SyntaxNode): boolean {
  return (isStatement(call) || !isTyped(source)) && !readsSystemCodes(source.root, call);
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
      return planned(copyEdits(site, first, second, third, list));
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
  if (
    flags !== undefined ||
    (!(stringValue(from) ?? "").length && !/^["'`\w$.]+$/.test(from.text)) ||
    object?.kind === "call_expression"
  )
    return null;
  const sync = site.api.endsWith("Sync");
  if (!sync && !mayAwait(site.node)) return null;
  const [readName, statName] = sync ? ["readFileSync", "statSync"] : ["readFile", "stat"];
  // A bare `copyFileSync` has no module to ask; its neighbours are imported with it (`neighbours`).
  if (!object && !(callee && canImport(callee, [readName, statName]))) return null;
  const of = object ? `${object.text}.` : "";
  const read = `${sync ? "" : "await "}${of}${readName}(${from.text})`;
  const stat = `${of}${statName}(${from.text})`;
  const mode = sync ? `${stat}.mode` : `(await ${stat}).mode`;
  return [{ start: list.start, end: list.end, text: `(${to.text}, ${read}, { mode: ${mode} & 0o777 })` }];
}

/** The functions of the same module that a bare copy needs in its new form. */
function neighbours(callee: SyntaxNode, edits: readonly Edit[]): readonly string[] {
  if (callee.kind !== "identifier" || !callee.text.startsWith("copyFile")) return [];
  const text = edits.map((edit) => edit.text).join("");
  return ["readFileSync", "statSync", "readFile", "stat"].filter((name) => new RegExp(`\\b${name}\\(`).test(text));
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
