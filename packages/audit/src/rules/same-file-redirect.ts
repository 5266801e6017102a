import { normalize } from "../analysis/staging.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands, within } from "../engine/index.ts";
import { tierOf } from "../tiers/tier.ts";
import { shown } from "./paths.ts";
import type { Rule } from "./rule.ts";

/** Commands whose words are not files that they read. */
const notReading =
  /^(echo|printf|:|true|false|test|\[|\[\[|rm|mkdir|touch|chmod|chown|mv|cp|ln|export|local|declare|return|exit|basename|dirname|git|mktemp|set|log|stat)$/;

/** `jq . f > f`: the shell empties the file before the command reads it. */
export const sameFileRedirect: Rule = {
  name: "same-file-redirect",
  title: "A command reads the file that its output goes to",
  risk: "The shell empties the file before the command starts, so that the command reads nothing and the content is gone every time.",
  remedy: "Write to a temp file and rename it when the command has succeeded: `untorn write FILE -- COMMAND`.",
  families: ["bash"],
  level: "finding",
  check(source, facts) {
    return facts.sites
      .filter((site) => site.operation === "redirect" && site.fate === "torn")
      .filter(({ path }) => path !== null && isNamedTwice(source.text, path.text))
      .filter((site) => commandsOf(site.node).some((command) => reads(command, site.path)))
      .map((site) => ({
        start: site.node.start,
        end: site.node.end,
        tier: tierOf(site, source.path),
        message: `${shown(site.path)} is emptied before the command that reads it starts.`,
        fix: null,
        target: site.value.text,
        owners: site.owners,
      }));
  },
};

/** A word that the script has only once cannot be read as well. */
function isNamedTwice(text: string, path: string): boolean {
  const name = /\w{2,}/.exec(path)?.[0] ?? path;
  return text.indexOf(name) !== text.lastIndexOf(name);
}

/**
 * What reads once the file is empty: the command of the redirect and the others of its pipeline, all that a group or a loop
 * holds, and a heredoc that is behind the redirect. The words of a simple command are not among it: a shell expands them
 * before it opens files (POSIX, Shell Command Language, 2.9.1), so that `echo "$(cat f)" > f` keeps the content.
 */
function commandsOf(redirect: SyntaxNode): readonly SyntaxNode[] {
  const statement = ancestor(redirect, (node) => !node.kind.endsWith("_redirect"));
  if (statement === null) return [];
  const pipeline = statement.parent()?.kind === "pipeline" ? statement.parent() : null;
  // In `a && b > f` the grammar gives the redirect to the whole list, the shell to its last command.
  const body = (pipeline ?? statement).field("body") ?? pipeline ?? statement;
  const own = body.kind === "list" ? (operands(body).at(-1) ?? body) : body;
  const simple = simpleCommand(statement);
  const expandedBefore = (node: SyntaxNode): boolean => {
    const inside = ancestor(node, (one) => one.kind === "command_substitution");
    if (inside === null) return false;
    const heredoc = ancestor(node, (one) => one.kind === "heredoc_body")?.parent();
    if (heredoc?.parent()?.start === statement.start) return heredoc.start < redirect.start;
    return simple !== null && within(inside, simple);
  };
  return [
    ...own.findAll(["command"]),
    ...statement.findAll(["heredoc_body"]).flatMap((heredoc) => heredoc.findAll(["command"])),
    ...statement.findAll(["file_redirect"]).filter((node) => node.text.startsWith("<")),
  ].filter((node) => !expandedBefore(node));
}

/** The simple command that a redirect belongs to; null for a group, a loop or a subshell. */
function simpleCommand(statement: SyntaxNode): SyntaxNode | null {
  let node: SyntaxNode | null | undefined = statement;
  if (node.kind === "redirected_statement") node = node.field("body");
  while (node?.kind === "list" || node?.kind === "pipeline") node = operands(node).at(-1);
  return node?.kind === "command" ? node : null;
}

function reads(command: SyntaxNode, path: SyntaxNode | null): boolean {
  if (path === null) return false;
  const wanted = normalize(path.text);
  if (command.kind === "file_redirect") return normalize(command.field("destination")?.text ?? "") === wanted;
  const [name, ...words] = operands(command);
  if (name === undefined || notReading.test(name.text)) return false;
  return words.some((word) => word.kind !== "raw_string" && normalize(word.text) === wanted);
}
