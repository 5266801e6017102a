import { bashSites } from "../bash/sites.ts";
import type { Family, SyntaxNode } from "../engine/index.ts";
import { javascriptSites } from "../javascript/sites.ts";
import { pythonSites } from "../python/sites.ts";
import type { FileFacts, PathValue, ReadSite } from "./site.ts";
import type { Source } from "./source.ts";

const finders: Readonly<Record<Family, (root: SyntaxNode) => FileFacts>> = {
  javascript: javascriptSites,
  python: pythonSites,
  bash: bashSites,
};

/** What a file does to other files, by its language. */
export function factsOf(source: Source): FileFacts {
  const facts = finders[source.family](source.root);
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
