import { wholeObjectAt } from "../ground/index.ts";
import { isCode } from "./codes.ts";
import { emptyRegistry, epicProblem, itemProblem } from "./registry.ts";
import type { Epic, Item, Registry } from "./registry.ts";

/** What can be made out of the text of a registry that cannot be used. */
export interface Salvaged {
  /** Every entry that is whole. The counters are those of an empty one: what the text says of them is read apart. */
  readonly registry: Registry;
  /** Codes that stand in the text as an entry's name, and of whose entry nothing can be made. */
  readonly unread: readonly string[];
  /** Codes that have several entries, which say different things. */
  readonly twice: readonly string[];
}

/**
 * The entries of a damaged registry, wherever the text was cut, overwritten or glued together. Of two entries with one code, as a bad
 * merge leaves them, the last counts, as in any JSON.
 */
export function salvageRegistry(text: string): Salvaged {
  const registry = emptyRegistry();
  const unread = new Set<string>();
  const twice = new Set<string>();
  // A quote within a string is escaped, so what is quoted here is no part of somebody's title.
  const names = /"((EP|WI)-\d{3,9})"\s*:\s*/g;
  for (let name = names.exec(text); name !== null; name = names.exec(text)) {
    const [, code = "", kind = "WI"] = name;
    if (!isCode(kind === "EP" ? "EP" : "WI", code)) continue;
    const object = wholeObjectAt(text, names.lastIndex);
    // Where a decoder put a replacement character, the entry is not what was written.
    const value = object === undefined || hasReplacement(object.value) ? undefined : object.value;
    const known = kind === "EP" ? registry.epics : registry.items;
    const problem = kind === "EP" ? epicProblem(value) : itemProblem(value);
    if (problem !== undefined) unread.add(code);
    else {
      if (Object.hasOwn(known, code) && !isSame(known[code], value)) twice.add(code);
      known[code] = value as Epic & Item;
    }
    if (object !== undefined) names.lastIndex = object.end;
  }
  return { registry, unread: [...unread], twice: [...twice] };
}

function hasReplacement(value: unknown): boolean {
  return JSON.stringify(value).includes("\uFFFD");
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
