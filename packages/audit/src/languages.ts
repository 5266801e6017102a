import type { FileFacts, WriteSite } from "./analysis/site.ts";
import type { Neighbour, Source } from "./analysis/source.ts";
import type { Family, SyntaxNode } from "./engine/index.ts";
import type { PlannedFix } from "./fix/change.ts";

/** What is written once for each family of languages. */
export interface LanguageSupport {
  /** What a file does to other files. */
  readonly sites: (root: SyntaxNode, neighbour?: Neighbour) => FileFacts;
  /** Where the grammar has taken a text for something else without an error. */
  readonly misread?: (root: SyntaxNode) => SyntaxNode | null;
  /** How a torn write can be fixed. */
  readonly plan: (source: Source, site: WriteSite) => PlannedFix | null;
}

const loaders: Readonly<Record<Family, () => Promise<{ readonly support: LanguageSupport }>>> = {
  javascript: () => import("./javascript/index.ts"),
  python: () => import("./python/index.ts"),
  bash: () => import("./bash/index.ts"),
};

const loaded = new Map<Family, LanguageSupport>();

/** Loads what a family needs, before its first file is looked at: most projects need one or two of the three. */
export async function loadFamily(family: Family): Promise<void> {
  if (!loaded.has(family)) loaded.set(family, (await loaders[family]()).support);
}

/** The support of a family that has been loaded. */
export function supportFor(family: Family): LanguageSupport {
  const support = loaded.get(family);
  if (support === undefined) throw new Error(`the support for ${family} is not loaded`);
  return support;
}
