import { createRequire } from "node:module";
import type { Parse, SyntaxNode } from "./syntax.ts";

/** What is used of a node of `@ast-grep/napi`; the package's own types are generic over each grammar. */
interface NativeNode {
  kind(): string;
  text(): string;
  isNamed(): boolean;
  range(): { start: { index: number }; end: { index: number } };
  field(name: string): NativeNode | null;
  children(): NativeNode[];
  parent(): NativeNode | null;
  findAll(config: { rule: Record<string, unknown> }): NativeNode[];
}

interface NativeModule {
  parse(language: string, text: string): { root(): NativeNode };
  registerDynamicLanguage(languages: Record<string, unknown>): void;
}

const builtIn: Readonly<Record<string, string>> = { typescript: "TypeScript", tsx: "Tsx", javascript: "JavaScript" };

/** A parser on `@ast-grep/napi`; throws where no prebuilt parser fits this machine. */
export function nativeParser(): Parse {
  const require = createRequire(import.meta.url);
  const native = require("@ast-grep/napi") as NativeModule;
  let registered = false;
  return (language, text) => {
    // Languages can be registered once in a process, so all of them together, when the first of them is needed.
    if (builtIn[language] === undefined && !registered) {
      native.registerDynamicLanguage({
        bash: require("@ast-grep/lang-bash"),
        python: require("@ast-grep/lang-python"),
      });
      registered = true;
    }
    return new AstGrepNode(native.parse(builtIn[language] ?? language, text).root());
  };
}

/** Every answer is kept, because each question crosses into native code and rules ask the same ones again. */
class AstGrepNode implements SyntaxNode {
  readonly #node: NativeNode;
  #kind: string | undefined;
  #text: string | undefined;
  #range: { start: { index: number }; end: { index: number } } | undefined;
  #children: readonly SyntaxNode[] | undefined;
  #parent: SyntaxNode | null | undefined;

  constructor(node: NativeNode) {
    this.#node = node;
  }

  get kind(): string {
    return (this.#kind ??= this.#node.kind());
  }

  get text(): string {
    return (this.#text ??= this.#node.text());
  }

  get start(): number {
    return (this.#range ??= this.#node.range()).start.index;
  }

  get end(): number {
    return (this.#range ??= this.#node.range()).end.index;
  }

  get named(): boolean {
    return this.#node.isNamed();
  }

  field(name: string): SyntaxNode | null {
    return wrap(this.#node.field(name));
  }

  children(): readonly SyntaxNode[] {
    return (this.#children ??= this.#node.children().map((child) => new AstGrepNode(child)));
  }

  parent(): SyntaxNode | null {
    return this.#parent === undefined ? (this.#parent = wrap(this.#node.parent())) : this.#parent;
  }

  findAll(kinds: readonly string[], name?: RegExp): readonly SyntaxNode[] {
    const rule: Record<string, unknown> =
      kinds.length === 1 ? { kind: kinds[0] } : { any: kinds.map((kind) => ({ kind })) };
    if (name !== undefined) rule["regex"] = name.source;
    return this.#node.findAll({ rule }).map((node) => new AstGrepNode(node));
  }
}

function wrap(node: NativeNode | null): SyntaxNode | null {
  return node === null ? null : new AstGrepNode(node);
}
