import type { FileFacts } from "../analysis/site.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor } from "../engine/index.ts";
import { codeOf, region } from "./paths.ts";
import { kindsOf } from "./read-and-saved.ts";

const telling =
  /(^|\.)(console|_?log(ger|ging)?|print|warn(ing)?|debug|info|trace|error|notice|exception|echo|secho)(\.\w+)?$/i;
const nothing =
  /^\s*(?::[^=;\n]*)?=\s*(?:\{\s*\}|\[\s*\]|(?:dict|list|set)\(\s*\)|new (?:Map|Set|Array)\b[^;\n]{0,60}?\(\s*\)|(?:\w+\.)?(?:OrderedDict|Counter|defaultdict|deque)\()/;

/** The code of an error path without what it only says: "corrupt file, making a backup" does neither. */
export function codeWithoutMessages(facts: FileFacts, clause: SyntaxNode): string {
  let code = clause.text;
  for (const call of clause.findAll(kindsOf(facts).calls)) {
    if (!telling.test(call.field("function")?.text ?? "")) continue;
    const [start, end] = [call.start - clause.start, call.end - clause.start];
    code = code.slice(0, start) + " ".repeat(end - start) + code.slice(end);
  }
  return code.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/[^\n]*|(^|\s)#(?!\{)[^\n]*/g, " ");
}

/** Whether an error path does nothing but say so: what it sets, calls or returns would be its way to deal with the error. */
export function onlyTells(facts: FileFacts, clause: SyntaxNode): boolean {
  const code = codeWithoutMessages(facts, clause).replace(/^\w+\s*(\([^)]*\)|[^:\n{(]*(\([^)]*\))?[^:\n{]*:)?/, "");
  return !/\breturn\s+[^\s;}]|[\w\])]\s*[-+|&?]*=(?![=>])|\b(?!if\b)\w+\(|\bawait\b/.test(code);
}

/**
 * The names that the body of a `try` fills and that were empty before it: `self.data = {}`, `state.clear()`. An error path
 * that only logs leaves them so.
 */
export function emptyBefore(facts: FileFacts, body: SyntaxNode, root: SyntaxNode): string[] {
  const names = new Set(facts.grammar.assignments(body).map(({ name }) => name.replace(/\[.*$/s, "")));
  const filling = /((?:(?:this|self)\.#?)?\b\w+)\.(?:set|push|update|append|extend|add|setdefault)\s*\(/g;
  for (const match of codeOf(body).matchAll(filling)) names.add(match[1] ?? "");
  return [...names].filter((name) => isEmptyBefore(facts, name, body, root));
}

function isEmptyBefore(facts: FileFacts, name: string, body: SyntaxNode, root: SyntaxNode): boolean {
  const field = /^(?:this|self)\.(#?\w+)$/.exec(name)?.[1];
  if (field === undefined && !/^[\w$]+$/.test(name)) return false;
  const around = region(facts, body, root);
  const before = root.text.slice(around.start - root.start, body.start - root.start);
  const spelled = name.replace(/[^\w]/g, "\\$&");
  if (isSetEmpty(before, `(?<![\\w.$])${spelled}`)) return true;
  if (field === undefined) {
    const isLocal = new RegExp(`\\b(?:let|var|const)\\s+${spelled}\\b`).test(around === root ? "" : around.text);
    return !isLocal && isSetEmpty(root.text, `^(?:export\\s+)?(?:let\\s+|var\\s+|const\\s+)?${spelled}`);
  }
  const owner = ancestor(body, ({ kind }) => /^class(_declaration|_definition)?$/.test(kind));
  if (owner === null) return false;
  const outside = owner.text.slice(0, body.start - owner.start) + owner.text.slice(body.end - owner.start);
  return isSetEmpty(outside, `(?<![\\w.$])(?:(?:this|self)\\.)?${field.replace("#", "#?")}`);
}

function isSetEmpty(code: string, name: string): boolean {
  for (const match of code.matchAll(new RegExp(name, "gm"))) {
    const after = code.slice((match.index ?? 0) + match[0].length, (match.index ?? 0) + match[0].length + 200);
    if (nothing.test(after) || /^\.clear\(\s*\)/.test(after)) return true;
  }
  return false;
}

/** Whether code names a variable or a field. */
export function names(code: SyntaxNode, name: string): boolean {
  return new RegExp(`(?<![\\w$])${name.replace(/[^\w]/g, "\\$&")}(?![\\w$])`).test(codeOf(code));
}
