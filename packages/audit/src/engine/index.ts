import { nativeParser } from "./native-engine.ts";
import type { Parse } from "./syntax.ts";

export { collectTrees } from "./collect.ts";
export { languageByFirstLine, languageByName } from "./language.ts";
export { ancestor, familyOf, operands, within } from "./syntax.ts";
export type { Family, Language, Parse, SyntaxNode } from "./syntax.ts";

let parser: Parse | undefined;

/** The parser of this machine. */
export function loadParser(): Parse {
  return (parser ??= nativeParser());
}
