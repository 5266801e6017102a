import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import type { PlannedFix } from "./change.ts";

/** Whether functions can be had from where a bare function came from: its module is known, and their names are free. */
export function canImport(callee: SyntaxNode, names: readonly string[]): boolean {
  let root = callee;
  for (let parent = root.parent(); parent !== null; parent = parent.parent()) root = parent;
  if (importAt(root, callee.text) === null) return false;
  return names.every(
    (name) => importAt(root, name) !== null || root.findAll(["identifier"], new RegExp(`^${name}$`)).length === 0,
  );
}

/** The import or `require` at the top of the file that brought a name as it is: `import { name } from "fs"`. */
function importAt(root: SyntaxNode, name: string): SyntaxNode | null {
  const brings = (node: SyntaxNode): boolean =>
    node
      .findAll(["named_imports", "object_pattern"])
      .some((list) => operands(list).some((one) => one.text === name && one.kind !== "pair_pattern"));
  const isImport = (node: SyntaxNode): boolean =>
    (node.kind === "import_statement" && !/^import\s+type\b/.test(node.text)) ||
    /^(const|let|var)\s*\{[^}]*\}\s*=\s*require\(["'][^"']+["']\);?$/.test(node.text);
  return operands(root).find((node) => isImport(node) && brings(node)) ?? null;
}

/** Lines that import what fixes need from the modules of the functions they replace, as far as it is not there yet. */
export function neighbourImports(root: SyntaxNode, fixes: readonly PlannedFix[], end: string): string[] {
  const missing = new Map<string, Set<string>>();
  for (const { callee, needs = [] } of fixes) {
    const statement = callee === null || needs.length === 0 ? null : importAt(root, callee.name);
    const from = statement === null ? null : /(["'])([^"']+)\1\)?;?$/.exec(statement.text);
    if (!from || !statement) continue;
    const absent = needs.filter((name) => importAt(root, name) === null);
    const head =
      statement.kind === "import_statement"
        ? `from ${from[1]}${from[2]}${from[1]}`
        : `= require(${from[1]}${from[2]}${from[1]})`;
    const names = missing.get(head) ?? new Set();
    for (const name of absent) names.add(name);
    missing.set(head, names);
  }
  return [...missing]
    .filter(([, names]) => names.size > 0)
    .map(
      ([head, names]) => `${head.startsWith("from") ? "import" : "const"} { ${[...names].join(", ")} } ${head}${end}`,
    );
}
