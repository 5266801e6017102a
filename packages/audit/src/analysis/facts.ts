import { bashSites } from "../bash/sites.ts";
import type { Family, SyntaxNode } from "../engine/index.ts";
import { javascriptSites } from "../javascript/sites.ts";
import { pythonSites } from "../python/sites.ts";
import type { FileFacts } from "./site.ts";
import type { Source } from "./source.ts";

const finders: Readonly<Record<Family, (root: SyntaxNode) => FileFacts>> = {
  javascript: javascriptSites,
  python: pythonSites,
  bash: bashSites,
};

/** What a file does to other files, by its language. */
export function factsOf(source: Source): FileFacts {
  return finders[source.family](source.root);
}
