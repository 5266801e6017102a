import { BlockScanner, cellsOf } from "./blocks/index.ts";
import type { Cell, Leaf } from "./blocks/index.ts";
import { scopeOf } from "./headings.ts";
import type { Where } from "./options.ts";
import { pickOne } from "./problems.ts";
import type { Candidate } from "./problems.ts";

/** A table and where it is. */
export interface FoundTable extends Candidate {
  readonly leaf: Leaf;
  readonly columns: string[];
  readonly rows: string[][];
}

/** The table that `where` means. */
export function findTable(text: string, where: Where): FoundTable {
  const { from, to } = scopeOf(text, where);
  const leaves: (Candidate & { readonly leaf: Leaf })[] = [];
  const scanner = new BlockScanner(text);
  for (let leaf = scanner.next(); leaf !== undefined && leaf.start < to; leaf = scanner.next()) {
    if (leaf.kind !== "table" || leaf.start < from) continue;
    leaves.push({ name: text.slice(leaf.lines[0], leaf.lines[1]), start: leaf.start, leaf });
  }
  return tableAt(text, pickOne(text, "table", leaves, () => [], where).leaf);
}

/** A table block as columns and rows. */
export function tableAt(text: string, leaf: Leaf): FoundTable {
  const { lines, start } = leaf;
  const columns = readRow(text, lines[0] ?? 0, lines[1] ?? 0).map((cell) => decodeCell(text, cell));
  const rows: string[][] = [];
  for (let at = 4; at < lines.length; at += 2) {
    const cells = readRow(text, lines[at] ?? 0, lines[at + 1] ?? 0);
    rows.push(columns.map((_, column) => decodeCell(text, cells[column])));
  }
  return { name: columns.join(" | "), start, leaf, columns, rows };
}

export function readRow(text: string, start: number, end: number): Cell[] {
  return cellsOf(text, start, end);
}

function decodeCell(text: string, cell: Cell | undefined): string {
  const raw = cell === undefined ? "" : text.slice(cell.start, cell.end);
  return raw.replaceAll("\\|", "|");
}

/** A cell as it is written: a divider gets a backslash, and nothing else does (GFM takes none other away, in code for one). */
export function encodeCell(value: string): string {
  return value.replaceAll("|", "\\|");
}
