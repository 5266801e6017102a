import { readCommand } from "../bash/commands.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { functionAround, heldFiles } from "./bash-held.ts";

/** What holds for a whole script, worked out once for all of its fixes. */
export interface Script {
  /** The names of its functions and aliases. */
  readonly names: ReadonlySet<string>;
  /** Where each name is called. */
  readonly calls: (name: string) => readonly SyntaxNode[];
  /** Whether a name is a function that ends the script. */
  readonly exits: (name: string) => boolean;
  /** It reads other scripts, which may bring more. */
  readonly foreign: boolean;
  /** It reads its own text, in which the helper would show. */
  readonly readsItself: boolean;
  /** It hands the text of its functions to other shells, which do not have the helper. */
  readonly sendsFunctions: boolean;
  /** `>` may fail where the file exists. */
  readonly noclobber: boolean;
  /** Whether a file is kept open, or locked. */
  readonly isHeld: (target: SyntaxNode) => boolean;
}

const scripts = new WeakMap<SyntaxNode, Script>();

export function scriptOf(root: SyntaxNode): Script {
  const known = scripts.get(root);
  if (known !== undefined) return known;
  const { text } = root;
  const commands = root
    .findAll(["command_name"], /^(\\?alias|source|\.|set)$/)
    // What the helper sets is its own.
    .filter((name) => functionAround(name)?.startsWith("untorn_") !== true)
    .map((name) => name.parent());
  const words = (name: RegExp): string[] =>
    commands.flatMap((one) => (one === null || !name.test(operands(one)[0]?.text ?? "") ? [] : [one.text]));
  const aliases = words(/alias$/).flatMap((alias) =>
    [...alias.matchAll(/\s([\w.-]+)=/g)].map((found) => found[1] ?? ""),
  );
  const functions = byName(root.findAll(["function_definition"]), (one) => one.field("name")?.text ?? "");
  // Every fix asks about names: the script is searched once for all of them, and not at all where none is asked for.
  let calls: ReadonlyMap<string, readonly SyntaxNode[]> | undefined;
  const exiting = new Map<string, boolean>();
  const exits = (name: string): boolean =>
    functions.get(name)?.some((one) => one.findAll(["command_name"], /^exit$/).length > 0) ?? false;
  const made: Script = {
    names: new Set([...functions.keys(), ...aliases]),
    calls: (name) => (calls ??= byName(root.findAll(["command_name"]), (one) => one.text)).get(name) ?? [],
    exits: (name) => {
      const answer = exiting.get(name) ?? exits(name);
      exiting.set(name, answer);
      return answer;
    },
    foreign: words(/^(source|\.)$/).length > 0,
    readsItself: /\$\{?(0|BASH_SOURCE)\b/.test(text) && readsItself(root),
    // `declare -f name > /dev/null` only asks whether there is one.
    sendsFunctions: /(declare|typeset)[ \t]+-f\b(?![^\n|)]*(>[ \t]*\/dev\/null|&>))/.test(text),
    noclobber: /^#![^\n]*\s-\w*C/.test(text) || words(/^set$/).some((one) => /\snoclobber\b|\s-\w*C/.test(one)),
    isHeld: heldFiles(root),
  };
  scripts.set(root, made);
  return made;
}

function byName(nodes: readonly SyntaxNode[], nameOf: (node: SyntaxNode) => string): Map<string, SyntaxNode[]> {
  const found = new Map<string, SyntaxNode[]>();
  for (const node of nodes) {
    const name = nameOf(node);
    const list = found.get(name);
    if (list === undefined) found.set(name, [node]);
    else list.push(node);
  }
  return found;
}

/** Functions that other shells inherit are looked for there by their names. */
export function exportsFunctions(text: string): boolean {
  return /\bexport[ \t]+-\w*f|\b(declare|typeset)[ \t]+-\w*(fx|xf)/.test(text);
}

const reading =
  /^(tail|head|sed|[gmn]?awk|[ef]?grep|cat|tac|cut|tr|wc|tar|base64|perl|dd|unzip|openssl|gpg|\w+sum|mapfile|readarray)$/;

/** A payload behind the script, a help text in its comments: lines are counted, or marked, in the script's own text. */
function readsItself(root: SyntaxNode): boolean {
  const variables = root
    .findAll(["variable_assignment"], /\$\{?(0|BASH_SOURCE)\b/)
    .filter((one) => !/dirname|basename|%\/\*|##\*\/|\bcd\b/.test(one.text))
    .map((one) => one.text.split("=")[0] ?? "");
  const names = new RegExp(String.raw`\$\{?(0|BASH_SOURCE${variables.map((name) => `|${name}`).join("")})\b`);
  // A program in quotes has a `$0` of its own, and the folder of a script is not its text.
  const isOwn = (word: SyntaxNode): boolean =>
    word.findAll(["simple_expansion", "expansion"], names).length > 0 &&
    !/dirname|basename|%\/\*|##\*\//.test(word.text);
  if (root.findAll(["file_redirect"], names).some((one) => one.text.startsWith("<") && isOwn(one))) return true;
  return root.findAll(["command"], names).some((node) => {
    const command = readCommand(node);
    return command !== null && reading.test(command.name) && command.words.some(isOwn);
  });
}
