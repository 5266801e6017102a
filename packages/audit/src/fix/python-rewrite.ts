import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { python } from "../python/grammar.ts";
import type { Edit, PlannedFix } from "./change.ts";
import { applyEdits } from "./change.ts";
import { firstUse, isText } from "./first-use.ts";
import type { HelperPlace } from "./python-place.ts";
import { pythonRemovals } from "./python-removals.ts";

/** The end of the line, so that a comment behind an import stays with it. */
function lineEnd(text: string, from: number): number {
  const rest = /^[ \t]*(#[^\r\n]*)?(?=\r?\n|$)/.exec(text.slice(from, from + 500));
  return rest === null ? from : from + rest[0].length;
}

/**
 * The file with its fixes made and the helper's functions imported, after the last import in front of their first use;
 * imports that served only what is replaced go.
 */
export function rewritePython(source: Source, fixes: readonly PlannedFix[], place: HelperPlace): string {
  const { module, either } = place;
  const going = pythonRemovals(source, fixes);
  const names = [...new Set(fixes.map((fix) => fix.calls))].sort();
  const edits = fixes.flatMap((fix) => [...fix.edits]);
  const all = operands(source.root);
  const before = firstUse(all, fixes, python);
  const top = all.filter((node) => node.end <= before);
  const own = ownImports(top, either ? [module, `.${module}`] : [module]);
  if (own.length > 0) return applyEdits(source.text, [...edits, ...going, ...own.flatMap((one) => added(one, names))]);
  const newline = source.text.includes("\r\n") ? "\r\n" : "\n";
  const plain = `from ${module} import ${names.join(", ")}`;
  const line = either
    ? ["try:", `    ${plain}`, "except ImportError:", `    from .${module} import ${names.join(", ")}`].join(newline)
    : plain;
  const last = top.findLast((node) =>
    /^(import_statement|import_from_statement|future_import_statement)$/.test(node.kind),
  );
  if (last !== undefined) {
    const end = lineEnd(source.text, last.end);
    // The import stands behind one that goes away: it takes its place.
    const gone = going.find((edit) => edit.start < end && end < edit.end);
    const left = going.filter((edit) => edit !== gone);
    const put = gone === undefined ? { start: end, end, text: newline + line } : { ...gone, text: line + newline };
    return applyEdits(source.text, [...edits, ...left, put]);
  }
  const first = all.find((node) => !isText(node));
  const at = first?.start ?? source.text.length;
  edits.push({ start: at, end: at, text: line + newline + newline + newline });
  return applyEdits(source.text, [...edits, ...going]);
}

/** The imports from the helper that are there already: one, or the two of a `try`. */
function ownImports(top: readonly SyntaxNode[], modules: readonly string[]): SyntaxNode[] {
  const all = top.flatMap((node) => (node.kind === "try_statement" ? node.findAll(["import_from_statement"]) : [node]));
  return all.filter(
    (node) =>
      node.kind === "import_from_statement" &&
      modules.includes(node.field("module_name")?.text ?? "") &&
      !node.text.includes("*"),
  );
}

function added(own: SyntaxNode, names: readonly string[]): Edit[] {
  const present = operands(own).slice(1);
  const missing = names.filter((name) => !present.some((one) => one.text === name));
  const last = present.at(-1);
  return missing.length > 0 && last ? [{ start: last.end, end: last.end, text: `, ${missing.join(", ")}` }] : [];
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
