import type { SyntaxNode } from "../engine/index.ts";
import { ancestor } from "../engine/index.ts";
import { tierOf } from "../tiers/tier.ts";
import { codeOf, region, samePath, shown } from "./paths.ts";
import type { Rule } from "./rule.ts";

/** Commands that only fail when the write itself does. */
const harmless = /^(echo|printf|cat\s*<<|:|true)/;

/** A temp is renamed over the target whether or not the command that filled it succeeded. */
export const uncheckedProducer: Rule = {
  name: "unchecked-producer",
  title: "A failing command replaces the file",
  risk: "The rename runs although the command before it failed or printed nothing: an empty file takes the place of a good one, atomically.",
  remedy:
    "Join the two with `&&` and check for content, or use `untorn write FILE -- COMMAND`, which replaces nothing when the command fails or prints nothing.",
  families: ["bash"],
  level: "finding",
  check(source, facts) {
    if (/^[ \t]*set[ \t]+-(\w*e|o[ \t]+errexit)|(?<![^])#!.*\s-\w*e/m.test(source.text)) return [];
    return facts.sites.flatMap((site) => {
      const { path, node } = site;
      if (site.operation !== "redirect" || path === null || !(site.fate === "staged" || site.fate === "temporary"))
        return [];
      const statement = ancestor(node, (one) => !one.kind.endsWith("_redirect"));
      if (statement === null || harmless.test(statement.text)) return [];
      const around = region(facts, node, source.root);
      const rename = facts.renames.find(
        (one) =>
          one.from !== null &&
          one.node.start > node.start &&
          one.node.end <= around.end &&
          samePath(facts, one.from, path),
      );
      if (rename === undefined || isChecked(statement, rename.node, around)) return [];
      const put = rename.to === null ? null : facts.evaluate(rename.to);
      // From one name in the temp folder to another.
      if (put?.temporary === true) return [];
      const to = put?.text ?? "";
      const target = { ...site, value: { ...site.value, text: to } };
      return [
        {
          start: rename.node.start,
          end: rename.node.end,
          tier: tierOf(target, source.path),
          message: `${shown(rename.to)} is replaced by ${shown(path)} even where the command that wrote it failed.`,
          fix: null,
          target: to,
          owners: site.owners,
        },
      ];
    });
  },
};

/** Whether something between the two looks at what came of the command. */
function isChecked(producer: SyntaxNode, rename: SyntaxNode, around: SyntaxNode): boolean {
  const list = ancestor(
    producer,
    (node) => node.kind === "list" || node.kind === "if_statement" || node.kind === "while_statement",
  );
  if (list !== null && list.start >= around.start && list.end <= around.end) {
    // `cmd > tmp && mv tmp f`, `if cmd > tmp; then mv tmp f; fi`, `cmd > tmp || return`
    if (list.kind === "list" || producer.end <= (list.field("condition")?.end ?? list.start)) return true;
  }
  const tests = /\[\[?\s[^\]]{0,400}(-s|-eq|-ne|==|!=)|\$\?|\bjq\s+(-e|empty)|PIPESTATUS|\btest\s+-s|if\s/;
  const gap = around.text.slice(producer.end - around.start, rename.start - around.start);
  return tests.test(gap) || /set\s+-\w*e/.test(codeOf(around));
}
