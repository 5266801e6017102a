import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands } from "../engine/index.ts";
import type { Edit, PlannedFix } from "./change.ts";

/**
 * Takes imports out that only served what the fixes replace: a linter would refuse them. What makes a folder a package
 * keeps its own, which others may import from it.
 */
export function pythonRemovals(source: Source, fixes: readonly PlannedFix[]): Edit[] {
  if (/(^|\/)__init__\.py$/.test(source.path)) return [];
  const names = fixes.flatMap((fix) => fix.gone ?? []);
  const unused = new Set([...new Set(names)].filter((name) => !isStillUsed(source, name, names)));
  if (unused.size === 0) return [];
  const imports = source.root.findAll(["import_statement", "import_from_statement"]);
  const edits = imports.map((statement) => without(statement, unused, source.text));
  // A name that is brought twice, or by an import that cannot be changed, is left to a person.
  const whole = [...unused].every((name) => imports.filter((one) => brings(one, name)).length === 1);
  return whole && edits.every((edit) => edit !== null) ? edits.flat() : [];
}

function isStillUsed({ root }: Source, name: string, replaced: readonly string[]): boolean {
  const uses = root.findAll(["identifier"], new RegExp(`^${name}$`)).filter((one) => {
    const holder = one.parent();
    const isMember = holder?.kind === "attribute" && holder.field("attribute")?.start === one.start;
    return !isMember && ancestor(one, (node) => node.kind.startsWith("import_")) === null;
  });
  // By its name in `__all__`, or in an annotation that is a text.
  const isNamed = root.findAll(["string"], new RegExp(`^["']${name}["']$|^.*\\b${name}\\.\\w.*$`)).length > 0;
  return isNamed || uses.length !== replaced.filter((one) => one === name).length;
}

/** `import a, b` brings both; of `from a import b` the first part is no name of the file. */
function partsOf(statement: SyntaxNode): readonly SyntaxNode[] {
  return operands(statement).slice(statement.kind === "import_statement" ? 0 : 1);
}

function localName(part: SyntaxNode): string {
  return (part.field("alias") ?? part.field("name") ?? part).text;
}

function brings(statement: SyntaxNode, name: string): boolean {
  return partsOf(statement).some((part) => localName(part) === name);
}

/** The statement without the names; nothing where it has none of them, null where it cannot go by itself. */
function without(statement: SyntaxNode, names: ReadonlySet<string>, text: string): readonly Edit[] | null {
  const parts = partsOf(statement);
  const kept = parts.filter((part) => !names.has(localName(part)));
  const [first, second] = parts;
  const last = parts.at(-1);
  if (kept.length === parts.length || first === undefined || last === undefined) return [];
  if (kept.length > 0) {
    const list = text.slice(first.start, last.end);
    const between = second === undefined ? ", " : text.slice(first.end, second.start);
    const left = { start: first.start, end: last.end, text: kept.map((part) => part.text).join(between) };
    return list.includes("#") ? null : [left];
  }
  const block = statement.parent();
  const start = text.lastIndexOf("\n", statement.start - 1) + 1;
  const rest = /^[ \t]*(#[^\r\n]*)?(\r?\n|$)/.exec(text.slice(statement.end))?.[0];
  const isAlone = /^[ \t]*$/.test(text.slice(start, statement.start)) && rest !== undefined;
  // A block that would be left without a statement is none.
  if (!isAlone || block === null || (block.kind !== "module" && operands(block).length === 1)) return null;
  return [{ start, end: statement.end + rest.length, text: "" }];
}
