import type { SyntaxNode } from "../engine/index.ts";
import { ancestor } from "../engine/index.ts";
import type { Command } from "./commands.ts";
import { readCommand } from "./commands.ts";

/** Commands that matter where a function runs them. */
const run = /^\\?((\/usr)?\/bin\/)?(cp|install|tee|dd|curl|wget|sort|mv|rm|ln)$/;
/** What projects call such a function; it may be in another file. */
const runnerName = /^_?(run|try|retry|execute|exec_cmd|as_root|must|maybe|quiet(ly)?|silent(ly)?|dry_?run)(_\w+)?$/;
const passed = /^"?\$\{?@\}?"?$/;

/** A command that is handed to another, as far as the text of a line shows it. */
const handedOver =
  /(?:^|[\s;&|(!])([\w:-]+)[ \t]+(?:(?:"[^"\n]*"|'[^'\n]*'|\$\w+|-[\w-]+)[ \t]+)*\\?(?:\/(?:usr\/)?bin\/)?(?:cp|install|tee|dd|curl|wget|sort|mv|rm|ln)[ \t]/gm;

/** `run_cmd "Copying the key" cp a b`: the commands that a script hands to functions which run what they are given. */
export function commandsThroughRunners(root: SyntaxNode): Command[] {
  const { text } = root;
  const names = new Set([...text.matchAll(handedOver)].map((match) => match[1] ?? ""));
  const mayRun = [...names].filter((name) =>
    new RegExp(`(^|[\\s;])(${name}[ \\t]*\\(|function[ \\t]+${name}(?![\\w:-]))`, "m").test(text),
  );
  const own = new Set<string>();
  // The first pass finds what runs `"$@"`, the second what hands it on.
  if (mayRun.length > 0 && text.includes("$@")) for (let pass = 0; pass < 2; pass += 1) addRunners(root, own);
  const wanted = [...names].filter((name) => runnerName.test(name) || own.has(name));
  if (wanted.length === 0) return [];
  return root
    .findAll(["command_name"], new RegExp(`^(${wanted.join("|")})$`))
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
