import type { Definitions } from "../analysis/definitions.ts";
import type { SyntaxNode } from "../engine/index.ts";
import type { Command } from "./commands.ts";

/** What a quoted `trap` removes at the end: `trap 'rm -f "$work"' EXIT`, whose quotes keep the names from the grammar. */
export class Traps {
  readonly #definitions: Definitions;
  readonly #byName = new Map<string, SyntaxNode[]>();

  constructor(commands: readonly Command[], definitions: Definitions) {
    this.#definitions = definitions;
    for (const command of commands) {
      if (command.name !== "trap") continue;
      for (const name of namesIn(command)) this.#byName.set(name, [...(this.#byName.get(name) ?? []), command.node]);
    }
  }

  /** Whether a trap removes the file that a word names. */
  remove(target: SyntaxNode): boolean {
    const name = /^"?\$\{?(\w+)\}?"?$/.exec(target.text)?.[1];
    const traps = name === undefined ? undefined : this.#byName.get(name);
    return traps?.some((trap) => this.#meansTheSame(name ?? "", trap, target)) === true;
  }

  /** Two functions that set a name of their own each use it for two files, although a shell shares its names. */
  #meansTheSame(name: string, trap: SyntaxNode, use: SyntaxNode): boolean {
    const [trapped, used] = [trap, use].map((node) => this.#valuesOf(name, node));
    if (trapped === undefined || used === undefined || trapped.length === 0 || used.length === 0) return true;
    return trapped.some((start) => used.includes(start));
  }

  /** Where the values stand that a name may hold; `local work` and `work=""` say nothing. */
  #valuesOf(name: string, use: SyntaxNode): number[] {
    const origin = this.#definitions.origin(name, use);
    const values = origin.kind === "values" ? origin.values : [];
    return values.filter(({ text }) => !/^(""|''|)$/.test(text)).map(({ start }) => start);
  }
}

function namesIn({ words }: Command): string[] {
  const text = words[0]?.kind === "raw_string" ? words[0].text : "";
  return [...text.matchAll(/\brm\s[^;&|]*/g)].flatMap(([action]) =>
    [...action.matchAll(/\$\{?(\w+)/g)].map((match) => match[1] ?? ""),
  );
}
