import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { oneLine as linesOfBash } from "./bash-lines.ts";
import type { Language, SyntaxNode } from "./syntax.ts";

/** What is used of a node of `@ast-grep/napi`; the package's own types are generic over each grammar. */
interface NativeNode {
  id(): number;
  kind(): string;
  isNamed(): boolean;
  range(): { start: { index: number }; end: { index: number } };
  field(name: string): NativeNode | null;
  children(): NativeNode[];
  namedChildren(): NativeNode[];
  parent(): NativeNode | null;
  findAll(config: { rule: Record<string, unknown> }): NativeNode[];
}

interface NativeModule {
  parse(language: string, text: string): { root(): NativeNode };
  registerDynamicLanguage(languages: Record<string, unknown>): void;
}

const builtIn: Readonly<Record<string, string>> = { typescript: "TypeScript", tsx: "Tsx", javascript: "JavaScript" };

const javascriptScopes = [
  "function_declaration",
  "function_expression",
  "arrow_function",
  "method_definition",
  "generator_function",
  "generator_function_declaration",
  "assignment_expression",
  "for_in_statement",
  "public_field_definition",
  "catch_clause",
];

/** Kinds that every analysis of a language asks for. */
const together: Readonly<Record<string, readonly string[]>> = {
  bash: ["ERROR", "function_definition", "variable_assignment", ...linesOfBash],
  python: ["ERROR", "import_statement", "import_from_statement"],
  typescript: ["ERROR", "import_statement", "variable_declarator"],
  tsx: ["ERROR", "import_statement", "variable_declarator"],
};

/** Kinds that are asked for together, and only of files that write something. */
const later: Readonly<Record<string, readonly string[]>> = {
  python: ["function_definition", "lambda", "assignment", "named_expression", "as_pattern", "except_clause"],
  typescript: javascriptScopes,
  tsx: javascriptScopes,
};

let registered = false;

/** The parser of a language on `@ast-grep/napi`; throws where no prebuilt parser fits this machine. */
export function nativeParser(language: Language): (text: string, readable: string) => SyntaxNode {
  const require = createRequire(import.meta.url);
  const native = require("@ast-grep/napi") as NativeModule;
  // Languages can be registered once in a process, so all of them together, when the first of them is needed.
  if (builtIn[language] === undefined && !registered) {
    native.registerDynamicLanguage({
      bash: grammar(require, "bash", ["sh"], "$"),
      python: grammar(require, "python", ["py"], "µ"),
    });
    registered = true;
  }
  const name = builtIn[language] ?? language;
  const groups = [together[language] ?? [], later[language] ?? []];
  return (text, readable) => new Tree(text, groups).wrap(native.parse(name, readable).root());
}

const systems: Readonly<Record<string, string>> = { darwin: "macOS", linux: "Linux", win32: "Windows" };

/**
 * What the package of a grammar answers when it is required. Where its prebuilt parser is found without asking, it is not
 * asked: it loads Node's `child_process` on the way, which takes as long as the analysis of a small project.
 */
function grammar(require: NodeJS.Require, name: string, extensions: readonly string[], expandoChar: string): unknown {
  const folder = dirname(require.resolve(`@ast-grep/lang-${name}/package.json`));
  const platform = `${systems[process.platform] ?? process.platform}-${process.arch.toUpperCase()}`;
  const libraryPath = join(folder, "prebuilds", `prebuild-${platform}`, "parser.so");
  if (!existsSync(libraryPath)) return require(`@ast-grep/lang-${name}`);
  return { libraryPath, extensions, languageSymbol: `tree_sitter_${name}`, expandoChar };
}

/**
 * The wrappers of one tree. A native node is wrapped once, and every answer is kept, because each question crosses into
 * native code and rules ask the same ones again.
 */
class Tree {
  readonly source: string;
  readonly #byId = new Map<number, AstGrepNode>();
  readonly #groups: readonly (readonly string[])[];
  readonly #found: AstGrepNode[][] = [];

  constructor(source: string, groups: readonly (readonly string[])[]) {
    this.source = source;
    this.#groups = groups;
  }

  /** Nodes of kinds that are asked for together, found in one walk for all of them; undefined for other kinds. */
  known(root: NativeNode, kinds: readonly string[]): readonly AstGrepNode[] | undefined {
    const index = this.#groups.findIndex((group) => kinds.every((kind) => group.includes(kind)));
    const group = this.#groups[index];
    if (group === undefined) return undefined;
    const found = (this.#found[index] ??= root
      .findAll({ rule: { any: group.map((kind) => ({ kind })) } })
      .map((node) => this.wrap(node)));
    return found.filter((node) => kinds.includes(node.kind));
  }

  wrap(node: NativeNode): AstGrepNode {
    const id = node.id();
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const made = new AstGrepNode(node, this, this.#byId.size === 0);
    this.#byId.set(id, made);
    return made;
  }
}

/**
 * The same pattern for the native matcher. Its `\w`, `\d`, `\s` and `\b` know all of Unicode, which JavaScript's do not,
 * and their tables make up most of the time that a pattern takes to compile.
 */
function asciiPattern(source: string): string {
  const classes: Readonly<Record<string, string>> = {
    w: "[0-9A-Za-z_]",
    d: "[0-9]",
    s: "[ \\t\\r\\n\\f\\v]",
    S: "[^ \\t\\r\\n\\f\\v]",
    b: "(?-u:\\b)",
  };
  return source.replace(/\\(.)/g, (whole, letter: string) => classes[letter] ?? whole);
}

class AstGrepNode implements SyntaxNode {
  readonly #node: NativeNode;
  readonly #tree: Tree;
  readonly #isRoot: boolean;
  #kind: string | undefined;
  #start = -1;
  #end = -1;
  #children: readonly SyntaxNode[] | undefined;
  #named: readonly SyntaxNode[] | undefined;
  #parent: SyntaxNode | null | undefined;
  #fields: Map<string, SyntaxNode | null> | undefined;

  constructor(node: NativeNode, tree: Tree, isRoot: boolean) {
    this.#node = node;
    this.#tree = tree;
    this.#isRoot = isRoot;
  }

  get kind(): string {
    return (this.#kind ??= this.#node.kind());
  }

  get text(): string {
    return this.#tree.source.slice(this.start, this.end);
  }

  get start(): number {
    if (this.#start < 0) this.#locate();
    return this.#start;
  }

  get end(): number {
    if (this.#end < 0) this.#locate();
    return this.#end;
  }

  get named(): boolean {
    return this.#node.isNamed();
  }

  field(name: string): SyntaxNode | null {
    const fields = (this.#fields ??= new Map());
    const known = fields.get(name);
    if (known !== undefined) return known;
    const node = this.#node.field(name);
    const found = node === null ? null : this.#tree.wrap(node);
    fields.set(name, found);
    return found;
  }

  children(): readonly SyntaxNode[] {
    return (this.#children ??= this.#node.children().map((child) => this.#tree.wrap(child)));
  }

  namedChildren(): readonly SyntaxNode[] {
    return (this.#named ??= this.#node.namedChildren().map((child) => this.#tree.wrap(child)));
  }

  parent(): SyntaxNode | null {
    if (this.#parent === undefined) {
      const node = this.#node.parent();
      this.#parent = node === null ? null : this.#tree.wrap(node);
    }
    return this.#parent;
  }

  findAll(kinds: readonly string[], name?: RegExp): readonly SyntaxNode[] {
    // A redirect is short, so its text is looked at here; a pattern takes longer to compile than a script to search.
    const plain = name === undefined || (kinds.length === 1 && kinds[0] === "file_redirect");
    const known = plain && this.#isRoot ? this.#tree.known(this.#node, kinds) : undefined;
    if (known !== undefined) return name === undefined ? known : known.filter((node) => name.test(node.text));
    const rule: Record<string, unknown> =
      kinds.length === 1 ? { kind: kinds[0] } : { any: kinds.map((kind) => ({ kind })) };
    if (name !== undefined) rule["regex"] = asciiPattern(name.source);
    return this.#node.findAll({ rule }).map((node) => this.#tree.wrap(node));
  }

  #locate(): void {
    const { start, end } = this.#node.range();
    this.#start = start.index;
    this.#end = end.index;
  }
}
