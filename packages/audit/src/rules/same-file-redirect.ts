import { normalize } from "../analysis/staging.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands } from "../engine/index.ts";
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

/** The commands that run with a redirect: its own, and the others of its pipeline. */
function commandsOf(redirect: SyntaxNode): readonly SyntaxNode[] {
  const statement = ancestor(redirect, (node) => !node.kind.endsWith("_redirect"));
  if (statement === null) return [];
  const pipeline = statement.parent()?.kind === "pipeline" ? statement.parent() : null;
  // In `a && b > f` the grammar gives the redirect to the whole list, the shell to its last command.
  const body = (pipeline ?? statement).field("body") ?? pipeline ?? statement;
  const own = body.kind === "list" ? (operands(body).at(-1) ?? body) : body;
  return [
    ...own.findAll(["command"]),
    ...statement.findAll(["file_redirect"]).filter((node) => node.text.startsWith("<")),
  ];
}

function reads(command: SyntaxNode, path: SyntaxNode | null): boolean {
  if (path === null) return false;
  const wanted = normalize(path.text);
  if (command.kind === "file_redirect") return normalize(command.field("destination")?.text ?? "") === wanted;
  const [name, ...words] = operands(command);
  if (name === undefined || notReading.test(name.text)) return false;
  return words.some((word) => word.kind !== "raw_string" && normalize(word.text) === wanted);
}
