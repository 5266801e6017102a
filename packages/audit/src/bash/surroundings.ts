import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, within } from "../engine/index.ts";
import type { Command } from "./commands.ts";

/** What a `cd` or a `set` holds for: the rest of its subshell or function. */
function scopeOf(node: SyntaxNode): SyntaxNode | null {
  return ancestor(node, (one) => /^(subshell|command_substitution|function_definition|program)$/.test(one.kind));
}

function functionOf(node: SyntaxNode): number {
  return ancestor(node, (one) => one.kind === "function_definition")?.start ?? -1;
}

/** Whether a `set` that holds at a node makes `>` fail where the file exists. */
export function hasNoclobber(node: SyntaxNode, settings: readonly Command[]): boolean {
  const last = lastBefore(node, settings);
  return last !== null && noclobberAfter(last) === true;
}

/** The last of these commands that ran before a node, in the same function and not in a subshell that is over. */
export function lastBefore(node: SyntaxNode, commands: readonly Command[]): Command | null {
  // Most scripts have none, and a walk up the tree costs.
  if (commands.every((command) => command.node.end > node.start)) return null;
  const own = functionOf(node);
  const before = commands.filter((command) => {
    if (command.node.end > node.start || functionOf(command.node) !== own) return false;
    const scope = scopeOf(command.node);
    return scope === null || within(node, scope);
  });
  return before.at(-1) ?? null;
}

/**
 * What a `set` makes of the option under which `>` fails where the file exists: on (`-C`, `-euo pipefail -o noclobber`), off
 * (`+C`), or null where it does not name it.
 */
export function noclobberAfter({ name, words }: Command): boolean | null {
  if (name !== "set") return null;
  let says: boolean | null = null;
  let cluster = "";
  for (const { text } of words) {
    if (text === "--") break;
    if (/^[-+]\w/.test(text)) {
      cluster = text;
      if (text.includes("C")) says = text.startsWith("-");
    } else if (text === "noclobber" && cluster.includes("o")) says = cluster.startsWith("-");
  }
  return says;
}

/** A path that is looked for in the current folder, as far as its text tells. */
export function isRelative(text: string): boolean {
  if (/^([/~$]|<HOME>|<PWD>)/.test(text) || text === "") return false;
  const name = /^<([^>]*)>/.exec(text)?.[1];
  // What an unknown variable holds is a name of a file only where it is not called a path, and is not a setting.
  return (
    name === undefined || (/^[a-z\d_]+$/.test(name) && !/path|dir|file|dest|target|output|log|root|home/.test(name))
  );
}
