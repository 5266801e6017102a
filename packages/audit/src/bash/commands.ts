import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";

/** A simple command without what only says how to run it (`sudo`, `command`, `env`). */
export interface Command {
  readonly node: SyntaxNode;
  readonly name: string;
  /** Everything after the name. */
  readonly words: readonly SyntaxNode[];
}

const runner =
  /^(sudo|doas|command|builtin|env|nice|ionice|time|timeout|nohup|exec|busybox|"?\$\{?\w*(sudo|SUDO|Sudo)\w*\}?"?)$/;
const runnerWithValue = /^-(u|g|n|C|h|p|k|s)$/;

/** Reads a `command` node. */
export function readCommand(node: SyntaxNode): Command | null {
  const parts = operands(node).filter(
    (part) => part.kind !== "variable_assignment" && !part.kind.endsWith("_redirect"),
  );
  let index = 0;
  for (; index < parts.length; index += 1) {
    const text = plainName(parts[index]);
    if (runner.test(text)) continue;
    // `timeout 30s command`
    if (index > 0 && /^\d+(\.\d+)?[smhd]?$|^"?\$\{?\w*(timeout|TIMEOUT)\w*\}?"?$/.test(text)) continue;
    if (index > 0 && text.startsWith("-")) {
      if (runnerWithValue.test(text)) index += 1;
      continue;
    }
    if (index > 0 && /^\w+=/.test(text)) continue;
    break;
  }
  const named = parts[index];
  // A bare `exec > file` runs nothing else.
  if (named === undefined)
    return parts[0] === undefined ? null : { node, name: plainName(parts[0]), words: parts.slice(1) };
  return { node, name: plainName(named), words: parts.slice(index + 1) };
}

/** `\cp` and `/bin/cp` are `cp`. */
function plainName(node: SyntaxNode | undefined): string {
  return (node?.text ?? "").replace(/^\\/, "").replace(/^(\/usr)?(\/local)?\/s?bin\//, "");
}

/** Options and operands of a command, told apart the way getopt does; `valued` are the options that take the next word. */
export function splitWords(
  words: readonly SyntaxNode[],
  valued: RegExp,
): { options: Map<string, SyntaxNode | null>; rest: SyntaxNode[] } {
  const options = new Map<string, SyntaxNode | null>();
  const rest: SyntaxNode[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined) break;
    const text = word.text;
    if (text === "--") {
      rest.push(...words.slice(index + 1));
      break;
    }
    if (!text.startsWith("-") || text === "-") {
      rest.push(word);
      continue;
    }
    if (text.startsWith("--")) {
      const name = text.split("=")[0] ?? text;
      const takesNext = !text.includes("=") && valued.test(name);
      options.set(name, takesNext ? (words[index + 1] ?? null) : word);
      if (takesNext) index += 1;
      continue;
    }
    // A cluster: `-fsSLo file` is `-f -s -S -L -o file`.
    const letters = text.slice(1);
    for (let at = 0; at < letters.length; at += 1) {
      const letter = letters.charAt(at);
      const takes = valued.test(`-${letter}`);
      if (takes && at < letters.length - 1) {
        options.set(`-${letter}`, word);
        break;
      }
      options.set(`-${letter}`, takes ? (words[index + 1] ?? null) : null);
      if (takes) index += 1;
    }
  }
  return { options, rest };
}
