import type { ReadSite } from "../analysis/site.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { argumentsOf, stringValue } from "./grammar.ts";

/** Calls that read a file: `open(path)`, `path.open()`, `path.read_text()`. */
export function pythonReads(root: SyntaxNode): ReadSite[] {
  const reads: ReadSite[] = [];
  for (const leaf of root.findAll(["identifier"], /^(open|read_text|read_bytes)$/)) {
    const holder = leaf.parent();
    const attribute = holder?.kind === "attribute" && holder.field("attribute")?.start === leaf.start ? holder : null;
    const node = (attribute ?? leaf).parent();
    if (node?.kind !== "call") continue;
    const given = argumentsOf(node);
    if (leaf.text !== "open") {
      const object = attribute?.field("object");
      if (object) reads.push({ node, path: object });
      continue;
    }
    const mode = given.keyword("mode") ?? given.positional[attribute === null ? 1 : 0] ?? null;
    const text = mode === null ? "r" : (stringValue(mode) ?? "");
    const path = attribute === null ? given.positional[0] : attribute.field("object");
    if (/^r[bt]?$|^[bt]r$/.test(text) && path) reads.push({ node, path });
  }
  return reads;
}
