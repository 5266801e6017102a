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

/** `set -o noclobber`, `set -C`: from there on `>` fails where the file exists. */
export function setsNoclobber({ name, words }: Command): boolean {
  return name === "set" && /^-(o noclobber|\w*C)\b/.test(words.map((word) => word.text).join(" "));
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
