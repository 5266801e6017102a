import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, within } from "../engine/index.ts";

export interface Parameter {
  readonly name: string;
  readonly fallback: SyntaxNode | null;
  readonly type: string;
}

export interface Assignment {
  readonly name: string;
  /** The whole assignment; its value is looked for when somebody asks. */
  readonly node: SyntaxNode;
  readonly value: () => SyntaxNode | null;
}

/** What the analysis must know of a language's scoping. */
export interface Grammar {
  readonly functionKinds: readonly string[];
  /** The clause that runs when the body of its parent fails; empty where the language has none. */
  readonly catchKind: string;
  /** What runs only sometimes: branches and error paths. */
  readonly branchKinds: readonly string[];
  /** Whether a name set in one function is seen in the others. */
  readonly globals: boolean;
  readonly parameters: (owner: SyntaxNode) => readonly Parameter[];
  readonly bindsParameter: (owner: SyntaxNode, name: string) => boolean;
  readonly assignments: (root: SyntaxNode) => readonly Assignment[];
  /** Takes off what does not change a path: parentheses, `await`, quotes, `str(...)`. */
  readonly unwrap: (node: SyntaxNode) => SyntaxNode;
  /** `c` of `a.b.c`, and the text of a plain name. */
  readonly lastName: (node: SyntaxNode) => string;
  /** Whether nothing outside the file can call a function. */
  readonly isPrivate: (owner: SyntaxNode, root: SyntaxNode) => boolean;
  readonly functionName: (owner: SyntaxNode) => string | null;
}

const around = new WeakMap<SyntaxNode, readonly SyntaxNode[]>();

/** The functions around a node, innermost first. */
export function enclosingFunctions(node: SyntaxNode, grammar: Grammar): readonly SyntaxNode[] {
  const parent = node.parent();
  if (parent === null) return [];
  const known = around.get(parent);
  if (known !== undefined) return known;
  const outer = enclosingFunctions(parent, grammar);
  const found = grammar.functionKinds.includes(parent.kind) ? [parent, ...outer] : outer;
  around.set(parent, found);
  return found;
}

/** The names of functions and classes around a node, innermost first. */
export function ownerNames(node: SyntaxNode, grammar: Grammar): string[] {
  const names: string[] = [];
  for (let current = node.parent(); current !== null; current = current.parent()) {
    if (grammar.functionKinds.includes(current.kind)) names.push(grammar.functionName(current) ?? "");
    else if (current.kind.startsWith("class_d") || current.kind === "class")
      names.push(current.field("name")?.text ?? "");
  }
  return names.filter((name) => name !== "");
}

/** Whether `node` stands in an error path of a try whose body holds `other`. */
export function inCatchOf(node: SyntaxNode, other: SyntaxNode, grammar: Grammar): boolean {
  const isCatch = (one: SyntaxNode): boolean => one.kind === grammar.catchKind;
  for (let clause = ancestor(node, isCatch); clause !== null; clause = ancestor(clause, isCatch)) {
    const body = clause.parent()?.field("body");
    if (body && other.start >= body.start && other.end <= body.end) return true;
  }
  return false;
}

/** Whether `later` runs only sometimes after `earlier` has run: it stands in a branch that does not hold `earlier`. */
export function isConditional(later: SyntaxNode, earlier: SyntaxNode, grammar: Grammar): boolean {
  for (let current = later.parent(); current !== null; current = current.parent()) {
    if (current.start <= earlier.start && current.end >= earlier.end) {
      // `if (a) write() else remove()`: one node holds both, in different branches.
      return grammar.branchKinds.includes(current.kind) && !sameBranch(current, later, earlier, grammar);
    }
    if (grammar.branchKinds.includes(current.kind) || current.kind === grammar.catchKind) return true;
  }
  return false;
}

/** Whether only one of the two runs: they stand in different branches of one decision. */
export function areExclusive(one: SyntaxNode, other: SyntaxNode, grammar: Grammar): boolean {
  for (let current = one.parent(); current !== null; current = current.parent()) {
    if (!within(other, current)) continue;
    if (!grammar.branchKinds.includes(current.kind)) return false;
    const condition = current.field("condition");
    if (condition !== null && (within(one, condition) || within(other, condition))) return false;
    return !sameBranch(current, one, other, grammar);
  }
  return false;
}

function sameBranch(holder: SyntaxNode, one: SyntaxNode, other: SyntaxNode, grammar: Grammar): boolean {
  const children = holder.children();
  const at = children.findIndex((child) => within(one, child));
  const otherAt = children.findIndex((child) => within(other, child));
  if (at === otherAt) return true;
  // Where a branch has no node of its own, its statements follow the word that begins it: `if a; then b; c; fi`.
  const begin = children.findIndex(({ kind }) => ["then", "else", ")", ":"].includes(kind));
  const isInside = (index: number): boolean => {
    const kind = children[index]?.kind;
    if (begin === -1 || index <= begin || kind === undefined) return false;
    // Another decision among the statements is no branch of this one; its clauses are.
    return kind.endsWith("_statement") || !grammar.branchKinds.includes(kind);
  };
  return isInside(at) && isInside(otherAt);
}
