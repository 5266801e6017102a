import type { SyntaxNode } from "../engine/index.ts";
import type { Definitions } from "./definitions.ts";
import { areExclusive, enclosingFunctions, inCatchOf, isConditional } from "./grammar.ts";
import { isLeftBefore } from "./flow.ts";
import { soundsStaged } from "./path-value.ts";
import type { Fate, RenameSite } from "./site.ts";

/** A project's own way to say "rename": `renameWithRetry(tmp, target)`, `commit_file(tmp, target)`. */
const movingName = /rename|move|commit|install|promote|swap|publish|atomic|replace_?file|_replace$/i;

/** What is put behind the name of a file that is kept: `.old`, `.bak`, `~`, `.1`, `-$(date +%s)`. */
const asideSuffix =
  /^\}?\+?[._-]?(~$|(old|bak|backup|orig|prev(ious)?|saved?|broken|corrupt(ed)?)(?![a-z])|\d+$|.*(?<![a-z])(date|time|timestamp|stamp|now|strftime)(?![a-z]))/i;

/** A call, with what it is called and given, for languages and rules that look at any call. */
export interface AnyCall {
  readonly node: SyntaxNode;
  readonly name: string;
  readonly given: readonly SyntaxNode[];
}

export interface StagingFacts {
  readonly renames: readonly RenameSite[];
  readonly removals: readonly { readonly node: SyntaxNode; readonly path: SyntaxNode | null }[];
  /** All calls below a node; asked only where a name sounds staged. */
  readonly isTemporary: (path: SyntaxNode) => boolean;
  readonly callsIn: (node: SyntaxNode) => readonly AnyCall[];
}

/** Says whether a written path is put in place, or removed again, later in the same function. */
export class Staging {
  readonly #root: SyntaxNode;
  readonly #definitions: Definitions;
  readonly #facts: StagingFacts;
  readonly #spelled = new WeakMap<SyntaxNode, ReadonlySet<string>>();

  constructor(root: SyntaxNode, definitions: Definitions, facts: StagingFacts) {
    this.#root = root;
    this.#definitions = definitions;
    this.#facts = facts;
  }

  fateOf(write: SyntaxNode, path: SyntaxNode, depth = 0): Fate | null {
    const spellings = this.spellings(path);
    const renamed = this.#facts.renames.some((rename) => this.#puts(rename, write, spellings));
    if (renamed || this.#stagedProperty(path) || this.#movedByHelper(write, path, spellings)) return "staged";
    if (this.#isStagedParameter(path)) return "staged";
    if (depth < 2 && this.#everyCallerStages(path, depth)) return "staged";
    const removed = this.#facts.removals.some(
      ({ node, path: gone }) => gone !== null && this.#matches(gone, spellings) && this.#removes(node, write),
    );
    return removed ? "transient" : null;
  }

  /** Whether a rename puts what is written at this path in place; in another branch it puts what was there before. */
  #puts({ node, from, to }: RenameSite, write: SyntaxNode, spellings: ReadonlySet<string>): boolean {
    if (from === null || !this.#matches(from, spellings) || !this.#follows(node, write)) return false;
    return !areExclusive(write, node, this.#definitions.grammar) && !(to !== null && this.#isAside(from, to));
  }

  /** `mv state.json state.json.old`: what is renamed is the file itself, which is kept beside the next one. */
  #isAside(from: SyntaxNode, to: SyntaxNode): boolean {
    const { grammar } = this.#definitions;
    // What opens a template or an expansion is no part of a name.
    const [old = "", aside = ""] = [from, to].map((path) =>
      normalize(grammar.unwrap(path).text).replace(/^(f(?=\{))?`?\$?\{?/, ""),
    );
    return old !== "" && aside.startsWith(old) && asideSuffix.test(aside.slice(old.length));
  }

  /** The path as it is written, and the expression it was copied from. */
  spellings(path: SyntaxNode): ReadonlySet<string> {
    const known = this.#spelled.get(path);
    if (known !== undefined) return known;
    const found = this.#spell(path);
    this.#spelled.set(path, found);
    return found;
  }

  #spell(path: SyntaxNode): ReadonlySet<string> {
    const { grammar } = this.#definitions;
    const plain = grammar.unwrap(path);
    const found = new Set([normalize(plain.text)]);
    if (!/^[\w$]+$/.test(plain.text)) return found;
    const origin = this.#definitions.origin(plain.text, plain);
    const [only, second] = origin.kind === "values" ? origin.values : [];
    if (only !== undefined && second === undefined) found.add(normalize(grammar.unwrap(only).text));
    return found;
  }

  #matches(node: SyntaxNode, spellings: ReadonlySet<string>): boolean {
    for (const spelling of this.spellings(node)) if (spellings.has(spelling)) return true;
    return false;
  }

  /** `item.stagedPath` is written here and linked from there: the property's name ties the two together. */
  #stagedProperty(path: SyntaxNode): boolean {
    const { grammar } = this.#definitions;
    const plain = grammar.unwrap(path);
    const property = grammar.lastName(plain);
    if (property === plain.text) return false;
    const ownField = /^(this|self)\.\w+$/.test(plain.text);
    if (!ownField && !soundsStaged(property)) return false;
    return this.#facts.renames.some((rename) => {
      if (rename.from === null) return false;
      const from = grammar.unwrap(rename.from);
      return ownField && !soundsStaged(property)
        ? from.text === plain.text && from.start > plain.end
        : grammar.lastName(from) === property;
    });
  }

  #movedByHelper(write: SyntaxNode, path: SyntaxNode, spellings: ReadonlySet<string>): boolean {
    const { grammar } = this.#definitions;
    if (!soundsStaged(grammar.lastName(grammar.unwrap(path)))) return false;
    const around = enclosingFunctions(write, grammar).at(-1) ?? this.#root;
    return this.#facts.callsIn(around).some(({ node, name, given }) => {
      const [first] = given;
      return node.start > write.end && movingName.test(name) && first !== undefined && this.#matches(first, spellings);
    });
  }

  /** `function stage(tmpPath, data)`: whoever passes a temp path renames it. */
  #isStagedParameter(path: SyntaxNode): boolean {
    const plain = this.#definitions.grammar.unwrap(path);
    if (!/^[\w$]+$/.test(plain.text) || !soundsStaged(plain.text)) return false;
    return this.#definitions.origin(plain.text, plain).kind === "parameter";
  }

  /** A function that nobody else can call, and that every caller in this file gives a path which it renames or throws away. */
  #everyCallerStages(path: SyntaxNode, depth: number): boolean {
    const { grammar } = this.#definitions;
    // Where names are global, parameters have no names.
    if (grammar.globals) return false;
    const plain = grammar.unwrap(path);
    if (!/^[\w$]+$/.test(plain.text)) return false;
    const origin = this.#definitions.origin(plain.text, plain);
    if (origin.kind !== "parameter" || !grammar.isPrivate(origin.owner, this.#root)) return false;
    const name = grammar.functionName(origin.owner);
    const [receiver] = grammar.parameters(origin.owner);
    const index = origin.index - (receiver?.name === "self" || receiver?.name === "cls" ? 1 : 0);
    const calls = this.#facts.callsIn(this.#root).filter((call) => call.name === name);
    return (
      calls.length > 0 &&
      calls.every(({ node, given }) => {
        const passed = given[index];
        if (passed === undefined) return false;
        return this.#facts.isTemporary(passed) || this.fateOf(node, passed, depth + 1) !== null;
      })
    );
  }

  #removes(removal: SyntaxNode, write: SyntaxNode): boolean {
    return this.#follows(removal, write) && !isConditional(removal, write, this.#definitions.grammar);
  }

  /** Whether `later` comes after `write` in the same function, or in one nested in it or around it, and is not its error path. */
  #follows(later: SyntaxNode, write: SyntaxNode): boolean {
    const { grammar } = this.#definitions;
    if (later.start < write.end || inCatchOf(later, write, grammar) || isLeftBefore(later, write, grammar))
      return false;
    const outermost = enclosingFunctions(write, grammar).at(-1);
    if (outermost === undefined) return enclosingFunctions(later, grammar).length === 0;
    return later.start >= outermost.start && later.end <= outermost.end;
  }
}

/** Spelling without what does not matter: blanks, kinds of quotes, `${x}` for `$x`. */
export function normalize(text: string): string {
  return text.replace(/["'\s]+/g, "").replace(/\$\{(\w+)\}/g, "$$$1");
}
