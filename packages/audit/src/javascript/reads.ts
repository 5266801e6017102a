import type { ReadSite } from "../analysis/site.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";

const reading = /^(readFile|readFileSync|readJson|readJsonSync|readJSON|readJSONSync|readTextFile|readTextFileSync)$/;

/** Calls that read a whole file: `readFileSync(path)`, `Bun.file(path).json()`. */
export function javascriptReads(root: SyntaxNode): ReadSite[] {
  const reads: ReadSite[] = [];
  for (const leaf of root.findAll(["identifier", "property_identifier"], reading)) {
    const holder = leaf.parent();
    const callee = holder?.kind === "member_expression" ? holder : leaf;
    const node = callee.parent();
    if (node?.kind === "call_expression" && node.field("function")?.end === callee.end) add(reads, node, node);
  }
  if (!root.text.includes("Bun.file")) return reads;
  for (const leaf of root.findAll(["property_identifier"], /^(json|text|bytes|arrayBuffer)$/)) {
    const object = leaf.parent()?.field("object");
    const node = leaf.parent()?.parent();
    if (object?.kind === "call_expression" && object.field("function")?.text === "Bun.file" && node)
      add(reads, node, object);
  }
  return reads;
}

function add(reads: ReadSite[], node: SyntaxNode, call: SyntaxNode): void {
  const path = operands(call.field("arguments") ?? call)[0];
  if (path !== undefined) reads.push({ node, path });
}
