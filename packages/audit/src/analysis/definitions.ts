import type { SyntaxNode } from "../engine/index.ts";
import type { Assignment, Grammar } from "./grammar.ts";
import { enclosingFunctions } from "./grammar.ts";
import { isOverwritten } from "./flow.ts";

interface Definition {
  readonly assignment: Assignment;
  /** The function the name is set in; null at the top of the file. */
  readonly scope: { readonly start: number; readonly end: number } | null;
}

/** Where a name got its value: expressions, a parameter of a function, or nowhere that could be found. */
export type Origin =
  | {
      readonly kind: "values";
      readonly values: readonly SyntaxNode[];
      /** The parameter of that name, where what was passed may still be in it: it is set again in a branch only. */
      readonly incoming: ParameterOrigin | null;
    }
  | ParameterOrigin
  | { readonly kind: "unknown" };

interface ParameterOrigin {
  readonly kind: "parameter";
  readonly owner: SyntaxNode;
  readonly index: number;
  readonly fallback: SyntaxNode | null;
}

/** Every place of one file that sets a name, found once and asked by name. */
export class Definitions {
  readonly grammar: Grammar;
  readonly #root: SyntaxNode;
  #byName: Map<string, Definition[]> | undefined;

  constructor(root: SyntaxNode, grammar: Grammar) {
    this.#root = root;
    this.grammar = grammar;
  }

  /** Where the value of `name` at `use` comes from; the innermost scope wins, and what was set before the use. */
  origin(name: string, use: SyntaxNode): Origin {
    const candidates = this.#index().get(name) ?? [];
    for (const owner of enclosingFunctions(use, this.grammar)) {
      const inScope = candidates.filter(
        (one) => one.scope !== null && one.scope.start === owner.start && one.scope.end === owner.end,
      );
      const before = inScope.filter((one) => one.assignment.node.start < use.start && !holds(one.assignment.node, use));
      const chosen = before.length > 0 ? before : inScope.filter((one) => !holds(one.assignment.node, use));
      const parameter = this.#parameter(owner, name);
      if (chosen.length > 0) {
        const nodes = chosen.map((one) => one.assignment.node);
        const survives = parameter !== null && !isOverwritten(nodes, use, owner, this.grammar);
        return { kind: "values", values: valuesOf(chosen), incoming: survives ? parameter : null };
      }
      if (parameter !== null) return parameter;
    }
    // A field (`this.path`) and, in a shell, any name is set in one function and used in another.
    const shared = this.grammar.globals || name.includes(".");
    const outside = candidates.filter((one) => (shared || one.scope === null) && !holds(one.assignment.node, use));
    if (outside.length === 0) return { kind: "unknown" };
    return { kind: "values", values: valuesOf(outside), incoming: null };
  }

  #parameter(owner: SyntaxNode, name: string): ParameterOrigin | null {
    if (!this.grammar.bindsParameter(owner, name)) return null;
    const list = this.grammar.parameters(owner);
    const index = list.findIndex((parameter) => parameter.name === name);
    return { kind: "parameter", owner, index, fallback: list[index]?.fallback ?? null };
  }

  /** What a plain name was set to; nothing for any other expression. */
  setTo(node: SyntaxNode | null): readonly SyntaxNode[] {
    const plain = node === null ? null : this.grammar.unwrap(node);
    if (plain?.kind !== "identifier") return [];
    const origin = this.origin(plain.text, plain);
    return origin.kind === "values" ? origin.values : [];
  }

  /** Whether anything in the file sets this name. */
  defines(name: string): boolean {
    return this.#index().has(name);
  }

  #index(): Map<string, Definition[]> {
    if (this.#byName !== undefined) return this.#byName;
    const byName = new Map<string, Definition[]>();
    const functions = this.#root.findAll(this.grammar.functionKinds);
    for (const assignment of this.grammar.assignments(this.#root)) {
      const list = byName.get(assignment.name) ?? [];
      list.push({ assignment, scope: innermost(functions, assignment.node) });
      byName.set(assignment.name, list);
    }
    this.#byName = byName;
    return byName;
  }
}

function valuesOf(definitions: readonly Definition[]): SyntaxNode[] {
  return definitions.map((one) => one.assignment.value()).filter((value) => value !== null);
}

/** `path = path + ".bak"` does not say where `path` comes from. */
function holds(assignment: SyntaxNode, use: SyntaxNode): boolean {
  return use.start >= assignment.start && use.end <= assignment.end;
}

/** `functions` come in source order, so the last one that holds the node is the innermost. */
function innermost(functions: readonly SyntaxNode[], node: SyntaxNode): SyntaxNode | null {
  let found: SyntaxNode | null = null;
  for (const one of functions) {
    if (one.start > node.start) break;
    if (one.end >= node.end && (one.start !== node.start || one.end !== node.end)) found = one;
  }
  return found;
}
