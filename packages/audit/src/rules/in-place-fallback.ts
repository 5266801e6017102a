import type { FileFacts, WriteSite } from "../analysis/site.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, within } from "../engine/index.ts";
import { tierOf } from "../tiers/tier.ts";
import { samePath, shown } from "./paths.ts";
import type { Rule } from "./rule.ts";

/** When the rename fails, the target is overwritten after all. */
export const inPlaceFallback: Rule = {
  name: "in-place-fallback",
  title: "A failed rename falls back to overwriting the target",
  risk: "The careful path is given up exactly when something is wrong with the file or the disk, and the target is truncated after all.",
  remedy:
    "Let the error out: the old content is still whole. Where the file cannot be replaced (a single file mounted into a container), keep a synced copy first.",
  families: ["javascript", "python", "bash"],
  level: "finding",
  check(source, facts) {
    return facts.sites
      .filter((site) => site.fate === "torn" && isFallback(facts, site))
      .map((site) => ({
        start: site.node.start,
        end: site.node.end,
        tier: tierOf(site, source.path),
        message: `When the rename fails, ${shown(site.path)} is overwritten in place.`,
        fix: null,
        target: site.value.text,
        owners: site.owners,
      }));
  },
};

function isFallback(facts: FileFacts, site: WriteSite): boolean {
  const { path } = site;
  if (path === null) return false;
  const attempt = triedBefore(facts, site.node);
  if (attempt === null) return false;
  return facts.renames.some(
    ({ node, to }) => to !== null && within(node, attempt) && node.end <= site.node.start && samePath(facts, to, path),
  );
}

/** What was tried before this place is reached: the body of the try it handles, or the left side of `a || b`. */
function triedBefore(facts: FileFacts, node: SyntaxNode): SyntaxNode | null {
  if (facts.grammar.catchKind !== "") {
    const handler = ancestor(node, (one) => one.kind === facts.grammar.catchKind);
    return handler?.parent()?.field("body") ?? null;
  }
  const list = ancestor(node, (one) => one.kind === "list" && one.children().some((child) => child.text === "||"));
  if (list !== null) return list.children()[0] ?? null;
  // `if ! mv a b; then cp a b; fi`
  const branch = ancestor(node, (one) => one.kind === "if_statement");
  return branch?.field("condition") ?? null;
}
