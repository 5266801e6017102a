import { isEntry } from "./history.ts";
import type { AgentEntry } from "./history.ts";

/** The entries of a damaged history that are whole: every object in it that is one, wherever the text was cut or overwritten. */
export function salvageEntries(text: string): AgentEntry[] {
  const found: AgentEntry[] = [];
  for (let start = text.indexOf("{", 1); start !== -1;) {
    const end = objectEnd(text, start);
    const value = end === undefined ? undefined : parsed(text.slice(start, end));
    if (end !== undefined && isEntry(value)) {
      found.push(value);
      start = text.indexOf("{", end);
    } else {
      start = text.indexOf("{", start + 1);
    }
  }
  return found;
}

/**
 * Longer or deeper objects are no entries. Without the bounds a file of opening braces would take for ever: a character is looked at
 * once for every object around it that does not end at once.
 */
const longest = 100_000;
const deepest = 64;

/** Where the object that starts at a place ends, going by its braces outside of strings. */
function objectEnd(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length && at < start + longest; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{") {
      depth += 1;
      if (depth > deepest) return undefined;
    } else if (character === "}" && --depth === 0) return at + 1;
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
