import { UntornError } from "untorn/errors";
import { withLinesEnded } from "./bash-lines.ts";
import { readableBash } from "./bash-text.ts";
import type { Language, SyntaxNode } from "./syntax.ts";

export { swallowing } from "./bash-lines.ts";
export { collectTrees } from "./collect.ts";
export { languageByFirstLine, languageByName } from "./language.ts";
export { ancestor, familyOf, operands, within } from "./syntax.ts";
export type { Family, Language, SyntaxNode } from "./syntax.ts";

/** Nodes say what stands in `text` at the places that the grammar finds in `readable`, which is as long. */
type Parser = (text: string, readable: string) => SyntaxNode;

const parsers = new Map<Language, Parser>();
let release: ((root: SyntaxNode) => void) | undefined;

/**
 * Loads the parser of a language: the prebuilt one, or where none fits this machine the one in WebAssembly
 * (`UNTORN_PARSER=wasm` asks for it). Rejects, and says what to install, where there is neither.
 */
export async function loadParser(language: Language): Promise<void> {
  const grammar = grammarOf(language);
  if (parsers.has(grammar)) return;
  parsers.set(grammar, await choose(grammar));
}

/** Parses a text in a language whose parser has been loaded. A syntax error never throws: it shows as a node of kind `ERROR`. */
export function parse(language: Language, text: string): SyntaxNode {
  const grammar = grammarOf(language);
  const parser = parsers.get(grammar);
  if (parser === undefined) throw new Error(`the parser for ${grammar} is not loaded`);
  return grammar === "bash" ? parseBash(parser, text) : parser(text, text);
}

/** More rounds than a script takes: each ends the lines that a grammar has swallowed, behind which there may be others. */
const rounds = 8;

function parseBash(parser: Parser, text: string): SyntaxNode {
  let readable = readableBash(text);
  let root = parser(text, readable);
  for (let round = 0; round < rounds; round++) {
    const ended = withLinesEnded(root, readable);
    if (ended === null) break;
    const next = parser(text, ended);
    // What is understood worse than before was no end of a line.
    if (errorsIn(next) > errorsIn(root)) {
      releaseTree(next);
      break;
    }
    releaseTree(root);
    [root, readable] = [next, ended];
  }
  return root;
}

function errorsIn(root: SyntaxNode): number {
  return root.findAll(["ERROR"]).length;
}

/** There is none for zsh; much of what is written in it is Bash as well. */
function grammarOf(language: Language): Language {
  return language === "zsh" ? "bash" : language;
}

/** To be called when a tree is not needed any more. */
export function releaseTree(root: SyntaxNode): void {
  release?.(root);
}

async function choose(language: Language): Promise<Parser> {
  let native = "";
  if (process.env["UNTORN_PARSER"] !== "wasm") {
    try {
      return (await import("./native-engine.ts")).nativeParser(language);
    } catch (error) {
      const [said] = (error instanceof Error ? error.message : String(error)).split("\n", 1);
      native = ` (${said})`;
    }
  }
  try {
    const { releaseWasm, wasmParser } = await import("./wasm-engine.ts");
    const parser = await wasmParser(language);
    release = releaseWasm;
    return parser;
  } catch (error) {
    throw new UntornError({
      code: "UNTORN_UNSUPPORTED",
      path: language,
      phase: "read",
      outcome: "unchanged",
      problem: `there is no parser for this language here${native}`,
      next: "Install @vscode/tree-sitter-wasm, which runs everywhere.",
      cause: error,
    });
  }
}
