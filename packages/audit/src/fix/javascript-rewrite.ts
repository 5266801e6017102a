import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { stringValue } from "../javascript/bindings.ts";
import type { Edit, PlannedFix } from "./change.ts";
import { applyEdits } from "./change.ts";

/** How a file writes its imports. */
interface Style {
  readonly esm: boolean;
  readonly quote: string;
  readonly end: string;
  readonly newline: string;
}

/** The file with its fixes made: calls, untorn imported or merged in, and imports taken out that nobody uses any more. */
export function rewriteJavascript(source: Source, fixes: readonly PlannedFix[]): string {
  const style = styleOf(source);
  const edits = fixes.flatMap((fix) => [...fix.edits]);
  const imports = new Set<string>();
  const removed = new Set<string>();
  for (const name of new Set(fixes.flatMap((fix) => [fix.callee?.name ?? "", ...(fix.gone ?? [])]))) {
    if (name !== "" && isOnlyUsedBy(source, fixes, name)) removed.add(name);
  }
  for (const { calls, callee } of fixes) {
    if (callee === null) continue;
    if (callee.bare && removed.has(callee.name)) {
      imports.add(specifier(calls, callee.name, style));
      continue;
    }
    const local = isTaken(source, calls, removed) ? `untorn${calls.charAt(0).toUpperCase()}${calls.slice(1)}` : calls;
    imports.add(specifier(calls, local, style));
    edits.push({ start: callee.start, end: callee.end, text: local });
  }
  const going = removals(source, removed);
  for (const added of importEdits(source, style, [...imports])) {
    // The import stands behind one that goes away: it takes its place.
    const gone = going.find((edit) => edit.start < added.start && added.start <= edit.end);
    if (gone === undefined) edits.push(added);
    else going.splice(going.indexOf(gone), 1, { ...gone, text: added.text.trim() + style.newline });
  }
  return applyEdits(source.text, [...edits, ...going]);
}

function specifier(imported: string, local: string, style: Style): string {
  if (imported === local) return imported;
  return style.esm ? `${imported} as ${local}` : `${imported}: ${local}`;
}

function importEdits(source: Source, style: Style, names: readonly string[]): Edit[] {
  const own = untornImport(source.root, style.esm);
  if (own !== null) {
    const present = new Set(operands(own).map((one) => one.text));
    const missing = names.filter((name) => !present.has(name));
    const last = operands(own).at(-1);
    return missing.length > 0 && last ? [{ start: last.end, end: last.end, text: `, ${missing.join(", ")}` }] : [];
  }
  const { quote, end } = style;
  const line = style.esm
    ? `import { ${names.join(", ")} } from ${quote}untorn${quote}${end}`
    : `const { ${names.join(", ")} } = require(${quote}untorn${quote})${end}`;
  return [insertion(source, style, line)];
}

function usesOf(source: Source, name: string): readonly SyntaxNode[] {
  const kinds = ["identifier", "shorthand_property_identifier"];
  const found = source.root.findAll(kinds, new RegExp(`^${name.replaceAll("$", "\\$")}$`));
  // In `import { name as other }` the first is a name of the module, not of this file.
  return found.filter((node) => {
    const alias = node.parent()?.kind === "import_specifier" ? node.parent()?.field("alias") : null;
    return !alias || alias.start === node.start;
  });
}

/** Whether the calls that are replaced are all that a name, declared once, is used for. */
function isOnlyUsedBy(source: Source, fixes: readonly PlannedFix[], name: string): boolean {
  const replaced = fixes.filter((fix) => fix.callee?.name === name);
  // What a fix puts in may still need the module: a copy becomes a read and a write.
  if (replaced.some((fix) => fix.edits.some((edit) => edit.text.includes(`${name}.`)))) return false;
  const gone = fixes.flatMap((fix) => fix.gone ?? []).filter((one) => one === name).length;
  const uses = usesOf(source, name);
  const declared = uses.filter(isDeclaration);
  return declared.length === 1 && uses.length - 1 === replaced.length + gone;
}

function isTaken(source: Source, name: string, removed: ReadonlySet<string>): boolean {
  return !removed.has(name) && usesOf(source, name).length > 0;
}

function styleOf({ root, path, text }: Source): Style {
  const [first] = root.findAll(["import_statement"]);
  const module = /\.[mc]?tsx?$|\.mjs$/.test(path) && !/\.c[jt]s$/.test(path);
  const esm =
    first !== undefined || (module && !/\brequire\(/.test(text)) || root.findAll(["export_statement"]).length > 0;
  const statement = first ?? root.findAll(["lexical_declaration", "variable_declaration"])[0];
  const sample = statement?.text ?? "";
  return {
    esm,
    quote: /'/.test(sample) && !/"/.test(sample) ? "'" : '"',
    end: statement !== undefined && !sample.endsWith(";") ? "" : ";",
    newline: text.includes("\r\n") ? "\r\n" : "\n",
  };
}

/** After the last import or top-level `require`, else before the first statement. */
function insertion({ root, text }: Source, style: Style, line: string): Edit {
  const top = operands(root);
  const imports = top.filter(
    (node) => node.kind === "import_statement" || /^(const|let|var)\b[^;]*=\s*require\(/.test(node.text),
  );
  const last = imports.at(-1);
  if (last !== undefined) {
    // A comment behind the import stays with it.
    const end =
      last.end + (/^;?[ \t]*(\/\/[^\r\n]*)?(?=\r?\n|$)/.exec(text.slice(last.end, last.end + 500))?.[0].length ?? 0);
    return { start: end, end, text: style.newline + line };
  }
  const first = top.find((node) => node.kind !== "hash_bang_line" && !/^["']use \w+["'];?$/.test(node.text));
  const at = first?.start ?? text.length;
  return { start: at, end: at, text: line + style.newline };
}

function untornImport(root: SyntaxNode, esm: boolean): SyntaxNode | null {
  if (esm) {
    const statement = root.findAll(["import_statement"]).find((node) => stringValue(node.field("source")) === "untorn");
    return statement?.findAll(["named_imports"])[0] ?? null;
  }
  const declarator = root
    .findAll(["variable_declarator"])
    .find((node) => /=\s*require\(["']untorn["']\)$/.test(node.text));
  const pattern = declarator?.field("name");
  return pattern?.kind === "object_pattern" ? pattern : null;
}

function isDeclaration(node: SyntaxNode): boolean {
  const kind = node.parent()?.kind ?? "";
  if (/^(import_specifier|import_clause|namespace_import)$/.test(kind)) return true;
  return kind === "variable_declarator" && node.parent()?.field("name")?.start === node.start;
}

/** Takes names out of the imports that brought them, and a whole import where nothing of it is left. */
function removals({ root, text }: Source, names: ReadonlySet<string>): Edit[] {
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
