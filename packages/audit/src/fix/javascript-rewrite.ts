import type { Source } from "../analysis/source.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { stringValue } from "../javascript/bindings.ts";
import { javascript } from "../javascript/grammar.ts";
import type { Edit, PlannedFix } from "./change.ts";
import { applyEdits } from "./change.ts";
import { firstUse } from "./first-use.ts";
import { neighbourImports } from "./javascript-neighbours.ts";
import { removals } from "./javascript-removals.ts";

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
  const before = firstUse(operands(source.root), fixes, javascript);
  const own = untornImport(source.root, style.esm, before);
  const present = new Set(own === null ? [] : operands(own).map((one) => one.text));
  for (const name of new Set(fixes.flatMap((fix) => [fix.callee?.name ?? "", ...(fix.gone ?? [])]))) {
    if (name !== "" && isOnlyUsedBy(source, fixes, name)) removed.add(name);
  }
  for (const { calls, callee } of fixes) {
    if (callee === null) continue;
    if (callee.bare && removed.has(callee.name)) {
      imports.add(specifier(calls, callee.name, style));
      continue;
    }
    const local =
      !present.has(calls) && isTaken(source, calls, removed)
        ? `untorn${calls.charAt(0).toUpperCase()}${calls.slice(1)}`
        : calls;
    imports.add(specifier(calls, local, style));
    edits.push({ start: callee.start, end: callee.end, text: local });
  }
  const going = removals(source, removed);
  const missing = [...imports].filter((name) => !present.has(name));
  const neighbours = neighbourImports(source.root, fixes, style.end).map((line) =>
    insertion(source, style, line, before),
  );
  for (const added of [...neighbours, ...importEdits(source, style, missing, own, before)]) {
    // The import stands behind one that goes away: it takes its place.
    const gone = going.find((edit) => edit.start < added.start && added.start <= edit.end);
    if (gone === undefined) edits.push(added);
    else going.splice(going.indexOf(gone), 1, { ...gone, text: gone.text + added.text.trim() + style.newline });
  }
  return applyEdits(source.text, [...edits, ...going]);
}

function specifier(imported: string, local: string, style: Style): string {
  if (imported === local) return imported;
  return style.esm ? `${imported} as ${local}` : `${imported}: ${local}`;
}

function importEdits(
  source: Source,
  style: Style,
  names: readonly string[],
  own: SyntaxNode | null,
  before: number,
): Edit[] {
  if (names.length === 0) return [];
  const last = own === null ? undefined : operands(own).at(-1);
  if (last !== undefined) return [{ start: last.end, end: last.end, text: `, ${names.join(", ")}` }];
  const { quote, end } = style;
  const line = style.esm
    ? `import { ${names.join(", ")} } from ${quote}untorn${quote}${end}`
    : `const { ${names.join(", ")} } = require(${quote}untorn${quote})${end}`;
  return [insertion(source, style, line, before)];
}

function usesOf(source: Source, name: string): readonly SyntaxNode[] {
  const kinds = ["identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"];
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

const required = /^(const|let|var)\b[^;=]*=\s*require\(/;

/** After the last import or top-level `require` in front of the first use, else before the first statement. */
function insertion({ root, text }: Source, style: Style, line: string, before: number): Edit {
  const top = operands(root);
  const last = top.findLast(
    (node) => node.end <= before && (node.kind === "import_statement" || required.test(node.text)),
  );
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

/** The names that the file imports from untorn already, where others can be added to them. */
function untornImport(root: SyntaxNode, esm: boolean, before: number): SyntaxNode | null {
  const top = operands(root).filter((node) => node.end <= before);
  const lists = top.map((node) => {
    if (esm) {
      // Of types nothing is left when the program runs.
      const own = stringValue(node.field("source")) === "untorn" && !/^import\s+type\b/.test(node.text);
      return own ? (node.findAll(["named_imports"])[0] ?? null) : null;
    }
    const declarator = /=\s*require\(["']untorn["']\);?$/.test(node.text)
      ? node.findAll(["variable_declarator"])[0]
      : undefined;
    const pattern = declarator?.field("name");
    return pattern?.kind === "object_pattern" ? pattern : null;
  });
  return lists.find((list) => list !== null && operands(list).length > 0) ?? null;
}

/** Whether a name stands where it is given, by an import or by taking a module apart. */
function isDeclaration(node: SyntaxNode): boolean {
  const kind = node.parent()?.kind ?? "";
  if (/^(import_specifier|import_clause|namespace_import)$/.test(kind)) return true;
  const named = kind === "pair_pattern" && node.parent()?.field("value")?.start === node.start ? node.parent() : node;
  const holder = named?.parent();
  const target = holder?.kind === "object_pattern" ? holder : named;
  return target?.parent()?.kind === "variable_declarator" && target.parent()?.field("name")?.start === target.start;
}
