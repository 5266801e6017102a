import { Definitions } from "../analysis/definitions.ts";
import { readCommand } from "../bash/commands.ts";
import { bash } from "../bash/grammar.ts";
import { BashPaths } from "../bash/paths.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, within } from "../engine/index.ts";

/**
 * Whether a file is kept open (`exec 9>>"$file"`, `while ...; do ... done < "$file"` around the write) or locked by its name
 * (`flock "$file" command`): a new file in its place would be another one, which nobody locks and nobody has open.
 */
export function heldFiles(root: SyntaxNode): (target: SyntaxNode) => boolean {
  const opened = root
    .findAll(["file_redirect"])
    .filter((one) => isKept(root, one))
    .flatMap((one) => one.field("destination") ?? []);
  const named = root.findAll(["command"], /\b(flock|lockf)\b/).flatMap((one) => readCommand(one)?.words ?? []);
  const all = [...opened, ...named];
  // Where a function opens what it is given, every file that it is given counts.
  const takers = new Set(all.filter((one) => /\$\{?[1-9@*]/.test(one.text)).map(functionAround));
  const given =
    takers.size === 0
      ? []
      : root.findAll(["command"]).flatMap((one) => {
          const command = readCommand(one);
          return command !== null && takers.has(command.name) ? command.words : [];
        });
  const held = [...all, ...given];
  const spelled = new Set(held.map((one) => plain(one.text)));
  let paths: BashPaths | undefined;
  const pathOf = (one: SyntaxNode): string => (paths ??= new BashPaths(new Definitions(root, bash))).evaluate(one).text;
  // What each of them stands for is worked out once, and not for every target anew.
  let meant: ReadonlySet<string> | undefined;
  return (target) => {
    const near = around(target);
    const text = plain(target.text);
    if (spelled.has(text) || near.some((one) => plain(one.text) === text)) return true;
    if (held.length === 0 && near.length === 0) return false;
    const path = pathOf(target);
    meant ??= new Set(held.map(pathOf));
    return path !== "" && (meant.has(path) || near.some((one) => pathOf(one) === path));
  };
}

/** A descriptor of its own, or one of the script's from here on. */
function isKept(root: SyntaxNode, redirect: SyntaxNode): boolean {
  const at = redirect.start - root.start;
  if (/^[3-9]|^\d\d/.test(redirect.text) || /\{\w+\}<?$/.test(root.text.slice(Math.max(0, at - 40), at))) return true;
  return /^exec\b/.test(redirect.parent()?.text ?? "");
}

/** What the loops and groups around a write have open. */
function around(target: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let node = ancestor(target, isGroup); node !== null; node = ancestor(node, isGroup)) {
    const holder = node.parent();
    if (holder?.kind !== "redirected_statement") continue;
    const own = holder.children().filter((one) => one.kind === "file_redirect" && !within(target, one));
    found.push(...own.flatMap((one) => one.field("destination") ?? []));
  }
  return found;
}

function isGroup(node: SyntaxNode): boolean {
  return /^(while|for|c_style_for|until|if|case)_statement$|^(compound_statement|subshell)$/.test(node.kind);
}

export function functionAround(node: SyntaxNode): string | null {
  return ancestor(node, (one) => one.kind === "function_definition")?.field("name")?.text ?? null;
}

/** `"./${name}"` is `$name`. */
function plain(text: string): string {
  return text
    .replace(/["']/g, "")
    .replace(/^(\.\/)+/, "")
    .replace(/\$\{(\w+)\}/g, "$$$1");
}
