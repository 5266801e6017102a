import { wholeObjectAt } from "../ground/index.ts";
import { isEntry } from "./history.ts";
import type { AgentEntry } from "./history.ts";

/** The entries of a damaged history that are whole: every object in it that is one, wherever the text was cut or overwritten. */
export function salvageEntries(text: string): AgentEntry[] {
  const found: AgentEntry[] = [];
  for (let start = text.indexOf("{", 1); start !== -1;) {
    const object = wholeObjectAt(text, start);
    if (object !== undefined && isEntry(object.value)) {
      found.push(object.value);
      start = text.indexOf("{", object.end);
    } else {
      start = text.indexOf("{", start + 1);
    }
  }
  return found;
}
