import type { SyntaxNode } from "../engine/index.ts";
import { ancestor } from "../engine/index.ts";
import type { Command } from "./commands.ts";
import { readCommand } from "./commands.ts";

/** Commands that matter where a function runs them. */
const run = /^\\?((\/usr)?\/bin\/)?(cp|install|tee|dd|curl|wget|sort|mv|rm|ln)$/;
/** What projects call such a function; it may be in another file. */
const runnerName = /^_?(run|try|retry|execute|exec_cmd|as_root|must|maybe|quiet(ly)?|silent(ly)?|dry_?run)(_\w+)?$/;
const passed = /^"?\$\{?@\}?"?$/;

/** `run_cmd "Copying the key" cp a b`: the commands that a script hands to functions which run what they are given. */
export function commandsThroughRunners(root: SyntaxNode): Command[] {
  const own = new Set<string>();
  // The first pass finds what runs `"$@"`, the second what hands it on.
  if (root.text.includes("$@")) for (let pass = 0; pass < 2; pass += 1) addRunners(root, own);
  const names = [...own].filter((name) => /^[\w:-]+$/.test(name));
  const pattern = new RegExp(`${runnerName.source}${names.length === 0 ? "" : `|^(${names.join("|")})$`}`);
  return root
    .findAll(["command_name"], pattern)
    .map((name) => name.parent())
    .map((node) => (node === null ? null : commandWithin(node)))
    .filter((command) => command !== null);
}

function addRunners(root: SyntaxNode, own: Set<string>): void {
  for (const word of root.findAll(["command_name", "string", "simple_expansion"], passed)) {
    const node = ancestor(word, (one) => one.kind === "command");
    const command = node === null ? null : readCommand(node);
    const holder = ancestor(word, (one) => one.kind === "function_definition");
    const name = holder?.field("name")?.text;
    if (command === null || name === undefined) continue;
    if (passed.test(command.name) || (own.has(command.name) && command.words.at(-1)?.end === word.end)) own.add(name);
  }
}

/** Descriptions come first, in quotes; the first bare word is the command. */
function commandWithin(node: SyntaxNode): Command | null {
  const words = readCommand(node)?.words ?? [];
  const at = words.findIndex((word) => word.kind === "word" && !word.text.startsWith("-"));
  const name = run.exec(words[at]?.text ?? "")?.[3];
  return name === undefined ? null : { node, name, words: words.slice(at + 1) };
}
