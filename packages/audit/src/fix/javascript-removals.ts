import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import type { Edit } from "./change.ts";

/** Takes names out of the imports that brought them, and a whole import where nothing of it is left. */
export function removals({ root, text }: Source, names: ReadonlySet<string>): Edit[] {
  const edits: Edit[] = [];
  for (const statement of root.findAll(["import_statement"])) {
    const clause = operands(statement).find((node) => node.kind === "import_clause");
    const parts = clause === undefined ? [] : operands(clause);
    const named = parts.find((node) => node.kind === "named_imports");
    const specifiers = named === undefined ? [] : operands(named);
    const kept = specifiers.filter((node) => !names.has((node.field("alias") ?? node.field("name"))?.text ?? ""));
    const whole = parts.find((node) => node !== named);
    const wholeName = whole?.kind === "namespace_import" ? operands(whole)[0]?.text : whole?.text;
    const keepsWhole = wholeName !== undefined && !names.has(wholeName);
    if (kept.length === specifiers.length && (keepsWhole || whole === undefined)) continue;
    if (kept.length === 0 && !keepsWhole) edits.push(wholeLine(statement, text));
    else if (named !== undefined && kept.length === 0 && whole)
      edits.push({ start: whole.end, end: named.end, text: "" });
    else {
      if (whole && named && !keepsWhole) edits.push({ start: whole.start, end: named.start, text: "" });
      if (kept.length < specifiers.length) edits.push(...keepOnly(specifiers, kept, text));
    }
  }
  return [...edits, ...requireRemovals(root, text, names)];
}

function requireRemovals(root: SyntaxNode, text: string, names: ReadonlySet<string>): Edit[] {
  return root.findAll(["variable_declarator"]).flatMap((declarator): Edit[] => {
    const statement = declarator.parent();
    const target = declarator.field("name");
    const value = declarator.field("value")?.text ?? "";
    if (!statement || target === null || !/^(await\s+import|require)\(/.test(value)) return [];
    const parts = target.kind === "object_pattern" ? operands(target) : [target];
    const kept = parts.filter((node) => !names.has((node.field("value") ?? node).text));
    if (kept.length === parts.length) return [];
    if (kept.length > 0) return keepOnly(parts, kept, text);
    return operands(statement).length === 1 ? [wholeLine(statement, text)] : [];
  });
}

/** The list with what stays, laid out as it was. */
function keepOnly(all: readonly SyntaxNode[], kept: readonly SyntaxNode[], text: string): Edit[] {
  const [first, second] = all;
  const last = all.at(-1);
  if (first === undefined || last === undefined) return [];
  const between = second === undefined ? ", " : text.slice(first.end, second.start);
  return [{ start: first.start, end: last.end, text: kept.map((node) => node.text).join(between) }];
}

function wholeLine(statement: SyntaxNode, text: string): Edit {
  const rest = /^;?[ \t]*\r?\n?/.exec(text.slice(statement.end))?.[0].length ?? 0;
  return { start: statement.start, end: statement.end + rest, text: "" };
}
