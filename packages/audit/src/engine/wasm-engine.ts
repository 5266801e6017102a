import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Language, SyntaxNode } from "./syntax.ts";

/** What is used of a node of `web-tree-sitter`. */
interface WasmNode {
  readonly id: number;
  readonly type: string;
  readonly startIndex: number;
  readonly endIndex: number;
  readonly isNamed: boolean;
  readonly hasError: boolean;
  readonly children: readonly (WasmNode | null)[];
  readonly namedChildren: readonly (WasmNode | null)[];
  readonly parent: WasmNode | null;
  childForFieldName(name: string): WasmNode | null;
  descendantsOfType(types: readonly string[]): readonly (WasmNode | null)[];
}

interface WasmTree {
  readonly rootNode: WasmNode;
  delete(): void;
}

interface WasmModule {
  readonly Parser: (new () => { setLanguage(language: unknown): void; parse(text: string): WasmTree | null }) & {
    init(): Promise<void>;
  };
  readonly Language: { load(bytes: Uint8Array): Promise<unknown> };
}

const trees = new WeakMap<SyntaxNode, WasmTree>();
let started: Promise<WasmModule> | undefined;

/**
 * The parser for machines that no prebuilt one fits (other C libraries, other processors): the same grammars as
 * WebAssembly, at two to three times the time. Rejects where the package is not installed.
 */
export async function wasmParser(language: Language): Promise<(text: string, readable: string) => SyntaxNode> {
  const require = createRequire(import.meta.url);
  started ??= start(require);
  const { Parser, Language: Loader } = await started;
  const file = require.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${language}.wasm`);
  const parser = new Parser();
  parser.setLanguage(await Loader.load(readFileSync(file)));
  return (text, readable) => {
    const tree = parser.parse(readable);
    if (tree === null) throw new Error("the parser gave up");
    const root = new WasmSyntaxNode(tree.rootNode, { source: text, byId: new Map() });
    trees.set(root, tree);
    return root;
  };
}

async function start(require: NodeJS.Require): Promise<WasmModule> {
  const module = require("@vscode/tree-sitter-wasm") as WasmModule;
  await module.Parser.init();
  return module;
}

/** Gives the memory of a tree back; its nodes must not be asked any more. */
export function releaseWasm(root: SyntaxNode): void {
  trees.get(root)?.delete();
  trees.delete(root);
}

interface Shared {
  readonly source: string;
  readonly byId: Map<number, WasmSyntaxNode>;
}

class WasmSyntaxNode implements SyntaxNode {
  readonly #node: WasmNode;
  readonly #shared: Shared;
  readonly kind: string;
  readonly start: number;
  readonly end: number;

  constructor(node: WasmNode, shared: Shared) {
    this.#node = node;
    this.#shared = shared;
    this.kind = node.type;
    this.start = node.startIndex;
    this.end = node.endIndex;
  }

  get text(): string {
    return this.#shared.source.slice(this.start, this.end);
  }

  get named(): boolean {
    return this.#node.isNamed;
  }

  field(name: string): SyntaxNode | null {
    return this.#wrap(this.#node.childForFieldName(name));
  }

  children(): readonly SyntaxNode[] {
    return this.#wrapAll(this.#node.children);
  }

  namedChildren(): readonly SyntaxNode[] {
    return this.#wrapAll(this.#node.namedChildren);
  }

  parent(): SyntaxNode | null {
    return this.#wrap(this.#node.parent);
  }

  findAll(kinds: readonly string[], name?: RegExp): readonly SyntaxNode[] {
    // Errors are no type of the grammar; they are looked for one by one, where there are any.
    const found = kinds.includes("ERROR") ? errorsBelow(this.#node) : this.#node.descendantsOfType(kinds);
    const wrapped = this.#wrapAll(found);
    return name === undefined ? wrapped : wrapped.filter((node) => name.test(node.text));
  }

  #wrap(node: WasmNode | null): WasmSyntaxNode | null {
    if (node === null) return null;
    const known = this.#shared.byId.get(node.id);
    // A node and its only child may share an id where they span the same text.
    if (known !== undefined && known.kind === node.type) return known;
    const made = new WasmSyntaxNode(node, this.#shared);
    this.#shared.byId.set(node.id, made);
    return made;
  }

  #wrapAll(nodes: readonly (WasmNode | null)[]): SyntaxNode[] {
    return nodes.map((node) => this.#wrap(node)).filter((node) => node !== null);
  }
}

function errorsBelow(node: WasmNode): WasmNode[] {
  if (!node.hasError) return [];
  const inner = node.children.flatMap((child) => (child === null ? [] : errorsBelow(child)));
  return node.type === "ERROR" ? [node, ...inner] : inner;
}
