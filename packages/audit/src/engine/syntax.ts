/** The languages that are read, `zsh` with the grammar of `bash`, as far as it goes. `tsx` also reads `.jsx`; `typescript` also reads plain JavaScript without JSX. */
export type Language = "typescript" | "tsx" | "javascript" | "python" | "bash" | "zsh";

/** The family a language belongs to: rules are written once per family. */
export type Family = "javascript" | "python" | "bash";

/**
 * One node of a syntax tree, whatever parser made it. Positions are UTF-16 offsets into the source text, so that
 * `text.slice(start, end)` is the node's text.
 */
export interface SyntaxNode {
  readonly kind: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly named: boolean;
  /** The first child under a field name of the grammar, or null. */
  field(name: string): SyntaxNode | null;
  /** All children, with punctuation. */
  children(): readonly SyntaxNode[];
  /** The children without punctuation. */
  namedChildren(): readonly SyntaxNode[];
  parent(): SyntaxNode | null;
  /** Every node below this one (and itself) of one of these kinds, in source order; `name` filters by the node's whole text. */
  findAll(kinds: readonly string[], name?: RegExp): readonly SyntaxNode[];
}

/** The family of a language. */
export function familyOf(language: Language): Family {
  if (language === "zsh") return "bash";
  if (language === "python" || language === "bash") return language;
  return "javascript";
}

/** The children that carry meaning: no punctuation, no comments. */
export function operands(node: SyntaxNode): SyntaxNode[] {
  return node.namedChildren().filter((child) => child.kind !== "comment");
}

/** Climbs from a node (itself left out) to the nearest ancestor that `accept` takes; stops at the root. */
export function ancestor(node: SyntaxNode, accept: (node: SyntaxNode) => boolean): SyntaxNode | null {
  for (let current = node.parent(); current !== null; current = current.parent()) {
    if (accept(current)) return current;
  }
  return null;
}

/** Whether `inner` lies within `outer`. */
export function within(inner: { start: number; end: number }, outer: { start: number; end: number }): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}
