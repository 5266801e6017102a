import type { SyntaxNode } from "../engine/index.ts";
import { supportFor } from "../languages.ts";
import type { FileFacts, PathValue, ReadSite } from "./site.ts";
import type { Source } from "./source.ts";

/** What a file does to other files, by its language. */
export function factsOf(source: Source): FileFacts {
  const facts = supportFor(source.family).sites(source.root, source.neighbour);
  let reads: readonly ReadSite[] | undefined;
  const values = new WeakMap<SyntaxNode, PathValue>();
  const evaluate = (path: SyntaxNode): PathValue => {
    const known = values.get(path);
    if (known !== undefined) return known;
    const value = facts.evaluate(path);
    values.set(path, value);
    return value;
  };
  return { ...facts, evaluate, reads: () => (reads ??= facts.reads()) };
}
