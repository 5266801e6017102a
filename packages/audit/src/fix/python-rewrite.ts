import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { python } from "../python/grammar.ts";
import type { PlannedFix } from "./change.ts";
import { applyEdits } from "./change.ts";
import { firstUse, isText } from "./first-use.ts";
import type { HelperPlace } from "./python-place.ts";

/** The end of the line, so that a comment behind an import stays with it. */
function lineEnd(text: string, from: number): number {
  const rest = /^[ \t]*(#[^\r\n]*)?(?=\r?\n|$)/.exec(text.slice(from, from + 500));
  return rest === null ? from : from + rest[0].length;
}

/** The file with its fixes made and the helper's functions imported, after the last import in front of their first use. */
export function rewritePython(source: Source, fixes: readonly PlannedFix[], place: HelperPlace): string {
  const { module, either } = place;
  const names = [...new Set(fixes.map((fix) => fix.calls))].sort();
  const edits = fixes.flatMap((fix) => [...fix.edits]);
  const all = operands(source.root);
  const before = firstUse(all, fixes, python);
  const top = all.filter((node) => node.end <= before);
  const own = top.find(
    (node) =>
      node.kind === "import_from_statement" && node.field("module_name")?.text === module && !node.text.includes("*"),
  );
  if (own !== undefined) {
    const present = operands(own).slice(1);
    const missing = names.filter((name) => !present.some((one) => one.text === name));
    const last = present.at(-1);
    if (missing.length > 0 && last) edits.push({ start: last.end, end: last.end, text: `, ${missing.join(", ")}` });
    return applyEdits(source.text, edits);
  }
  const newline = source.text.includes("\r\n") ? "\r\n" : "\n";
  const plain = `from ${module} import ${names.join(", ")}`;
  const line = either
    ? ["try:", `    from .${module} import ${names.join(", ")}`, "except ImportError:", `    ${plain}`].join(newline)
    : plain;
  const last = top.findLast((node) =>
    /^(import_statement|import_from_statement|future_import_statement)$/.test(node.kind),
  );
  if (last !== undefined) {
    const end = lineEnd(source.text, last.end);
    edits.push({ start: end, end, text: newline + line });
    return applyEdits(source.text, edits);
  }
  const first = all.find((node) => !isText(node));
  const at = first?.start ?? source.text.length;
  edits.push({ start: at, end: at, text: line + newline + newline + newline });
  return applyEdits(source.text, edits);
}

/**
 * How many statements at the top of a file are no longer what they say, though a parser takes them: imports from the
 * future, which Python refuses behind other statements, and texts that are not the first statement and so no docstring.
 */
export function misplacedPython(root: SyntaxNode): number {
  const all = operands(root);
  const others = all.findIndex(
    (node, index) => node.kind !== "future_import_statement" && !(index === 0 && isText(node)),
  );
  const behind = others === -1 ? [] : all.slice(others);
  return behind.filter((node) => node.kind === "future_import_statement" || isText(node)).length;
}
