import { enclosingFunctions } from "../analysis/grammar.ts";
import type { FileFacts, WriteSite } from "../analysis/site.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor } from "../engine/index.ts";

/**
 * Whether two expressions name the same path: spelled the same in one function, or followed back to the same text. A
 * local name in two functions proves nothing.
 */
export function samePath(facts: FileFacts, one: SyntaxNode, other: SyntaxNode): boolean {
  if (inOneFunction(facts, one, other)) {
    const spellings = facts.spellings(one);
    for (const spelling of facts.spellings(other)) if (spellings.has(spelling)) return true;
  }
  if (isSameField(facts, one, other)) return true;
  const { text } = facts.evaluate(one);
  const known = text.replace(/<[^<>]*>/g, "").length > 3 || /^<([A-Z][A-Z_\d]+|(this|self)\.\w+)>$/.test(text);
  return known && text === facts.evaluate(other).text;
}

/** `this.file` in two methods of one class, whatever it was set to; also where a local name was set to it. */
function isSameField(facts: FileFacts, one: SyntaxNode, other: SyntaxNode): boolean {
  const classOf = (node: SyntaxNode): number | undefined =>
    ancestor(node, ({ kind }) => /^class(_declaration|_definition)?$/.test(kind))?.start;
  const around = classOf(one);
  if (around === undefined || around !== classOf(other)) return false;
  const spellings = facts.spellings(one);
  return [...facts.spellings(other)].some(
    (spelling) => /^(this|self|cls)\.#?\w+$/.test(spelling) && spellings.has(spelling),
  );
}

function inOneFunction(facts: FileFacts, one: SyntaxNode, other: SyntaxNode): boolean {
  const around = enclosingFunctions(one, facts.grammar).at(-1);
  const otherAround = enclosingFunctions(other, facts.grammar).at(-1);
  return around?.start === otherAround?.start && around?.end === otherAround?.end;
}

/** The innermost function around a node, or the whole file. */
export function region(facts: FileFacts, node: SyntaxNode, root: SyntaxNode): SyntaxNode {
  return enclosingFunctions(node, facts.grammar)[0] ?? root;
}

/** The text of a function without its comments, which promise what the code does not do. */
export function codeOf(node: SyntaxNode): string {
  const known = codes.get(node);
  if (known !== undefined) return known;
  const code = node.text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/[^\n]*|(^|\s)#(?!\{)[^\n]*/g, " ");
  codes.set(node, code);
  return code;
}

const codes = new WeakMap<SyntaxNode, string>();

/** A path as a message shows it. */
export function shown(path: SyntaxNode | null): string {
  const flat = path?.text.replace(/\s+/g, " ") ?? "the file";
  return flat.length > 60 ? `${flat.slice(0, 57)}...` : flat;
}

/** The sites that put content at a path, in place or as a whole. */
export function replacing(facts: FileFacts): readonly WriteSite[] {
  return facts.sites.filter((site) => site.fate === "torn" || site.fate === "staged" || site.fate === "atomic");
}
