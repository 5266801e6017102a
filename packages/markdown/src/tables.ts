import { pickOne, refused } from "./problems.ts";
import type { Where } from "./options.ts";
import { trimEnd } from "./blocks/index.ts";
import { checkLine } from "./replacement.ts";
import { applySplice, blocksInside, lineEndNear, lineStart } from "./splice.ts";
import type { Splice } from "./splice.ts";
import { encodeCell, findTable, readRow, tableAt } from "./table-cells.ts";
import type { FoundTable } from "./table-cells.ts";

/** A row: its number, counted from 0; what its first cell holds; or what the cells of some columns hold. */
export type RowSelector = number | string | Readonly<Record<string, string>>;

/** Cells to write: in the order of the columns, or by column name. */
export type RowCells = readonly string[] | Readonly<Record<string, string>>;

/** A table as it stands in the text. */
export interface Table {
  readonly columns: string[];
  /** As many cells per row as there are columns, as Markdown: `\|` in the text is `|` here, and every other backslash stays. */
  readonly rows: string[][];
}

/**
 * A table (GFM 4.10) as it can be read: the only one in the stretch that `where` means, or the one with its index.
 * @throws UntornError `UNTORN_NO_MATCH` or `UNTORN_AMBIGUOUS`.
 */
export function getTable(text: string, where: Where = {}): Table {
  const { columns, rows } = findTable(text, where);
  return { columns, rows };
}

/**
 * The cells of a row, in the order of the columns.
 * @throws UntornError `UNTORN_NO_MATCH` or `UNTORN_AMBIGUOUS`, naming the rows or columns that are there.
 */
export function getRow(text: string, row: RowSelector, where: Where = {}): string[] {
  const table = findTable(text, where);
  return table.rows[pickRow(text, table, row, where)] ?? [];
}

/**
 * The cell of a row in a column.
 * @throws UntornError as `getRow`; `UNTORN_AMBIGUOUS` also for a name that several columns have.
 */
export function getCell(text: string, row: RowSelector, column: string, where: Where = {}): string {
  const table = findTable(text, where);
  const cells = table.rows[pickRow(text, table, row, where)];
  return cells?.[pickColumn(text, table, column, where.path)] ?? "";
}

/**
 * Sets cells of a row; the other cells and all else keep their bytes. `|` in a cell is written as `\|`, all else as it is.
 * @throws UntornError as `getRow`; `UNTORN_INVALID_ARGUMENT` for a cell that would break out of its line, has white space
 * at its ends, has a single backslash before a `|` (GFM has no way to write that), or would make the row something else.
 */
export function setRow(text: string, row: RowSelector, cells: RowCells, where: Where = {}): string {
  const { path } = where;
  const table = findTable(text, where);
  const which = pickRow(text, table, row, where);
  const wanted = [...(table.rows[which] ?? [])];
  for (const [column, value] of columnsOf(text, table, cells, path)) wanted[column] = value;
  const old = table.rows[which] ?? [];
  if (wanted.every((value, column) => value === old[column])) return text;
  const [start, end] = table.leaf.lines.slice(4 + which * 2, 6 + which * 2) as [number, number];
  const written = rewriteRow(text, start, end, old, wanted);
  return write(text, table, { start, end, text: written }, table.rows.with(which, wanted), path);
}

/**
 * Adds a row after the last one of a table. Cells that are left out are empty.
 * @throws UntornError as `setRow`.
 */
export function appendRow(text: string, cells: RowCells, where: Where = {}): string {
  const { path } = where;
  const table = findTable(text, where);
  const wanted = table.columns.map(() => "");
  for (const [column, value] of columnsOf(text, table, cells, path)) wanted[column] = value;
  const { lines, end } = table.leaf;
  const delimiters = lines[2] ?? 0;
  const prefix = text.slice(lineStart(text, delimiters), delimiters);
  const row = `| ${wanted.map(encodeCell).join(" | ")} |`;
  const splice = { start: end, end, text: lineEndNear(text, end) + prefix + row };
  return write(text, table, splice, [...table.rows, wanted], path);
}

/** Makes the change if the table is then what it should be, and nothing else has changed. */
function write(text: string, table: FoundTable, splice: Splice, rows: string[][], path: string | undefined): string {
  const { leaf, columns } = table;
  const after = applySplice(text, splice);
  const inside = blocksInside(text, after, splice, leaf.start, leaf.end);
  const now = inside?.length === 1 && inside[0]?.kind === "table" ? tableAt(after, inside[0]) : undefined;
  const same = now !== undefined && isSame([now.columns, ...now.rows], [columns, ...rows]);
  if (!same) throw refused("with these cells the row would not be one of the table", path);
  return after;
}

function isSame(one: readonly string[][], other: readonly string[][]): boolean {
  const equal = (a: readonly string[], b: readonly string[]) =>
    a.length === b.length && a.every((cell, at) => cell === b[at]);
  return one.length === other.length && one.every((row, at) => equal(row, other[at] ?? []));
}

/** A row's text with some cells changed; cells it does not have yet are added at its end. */
function rewriteRow(
  text: string,
  start: number,
  end: number,
  old: readonly string[],
  wanted: readonly string[],
): string {
  const cells = readRow(text, start, end);
  let row = "";
  let at = start;
  wanted.forEach((value, column) => {
    const cell = cells[column];
    if (cell === undefined || value === old[column]) return;
    const blank = cell.start === cell.end;
    row += text.slice(at, blank ? cell.from : cell.start) + (blank ? ` ${encodeCell(value)} ` : encodeCell(value));
    at = blank ? cell.to : cell.end;
  });
  row += text.slice(at, end);
  const missing = wanted.slice(cells.length);
  while (missing.at(-1) === "") missing.pop();
  if (missing.length === 0) return row;
  const closed = (cells.at(-1)?.to ?? start) < trimEnd(text, start, end);
  return `${row.slice(0, trimEnd(row, 0, row.length))}${closed ? "" : " |"}${missing.map((value) => ` ${encodeCell(value)} |`).join("")}`;
}

/** Numbers and new values of the columns that are meant. */
function columnsOf(text: string, table: FoundTable, cells: RowCells, path: string | undefined): [number, string][] {
  const { columns } = table;
  const named = isList(cells)
    ? cells.map((value, column): [number, string] => [column, value])
    : Object.entries(cells).map(([name, value]): [number, string] => [pickColumn(text, table, name, path), value]);
  if (named.length > columns.length) {
    throw refused(`${named.length} cells do not fit a table of ${columns.length} columns`, path);
  }
  for (const [column, value] of named) {
    const what = `the cell for column ${JSON.stringify(columns[column])}`;
    checkLine(value, what, path);
    if (!/(?<!\\)(?:\\\\)*\\\|/.test(value)) continue;
    throw refused(
      `${what} has a | behind a backslash, which a table has no way to hold`,
      path,
      "Give the | alone: it is written with a backslash.",
    );
  }
  return named;
}

function isList(cells: RowCells): cells is readonly string[] {
  return Array.isArray(cells);
}

function pickColumn(text: string, { columns, leaf }: FoundTable, name: string, path: string | undefined): number {
  const all = columns.map((column, at) => ({ name: column, start: leaf.start, at }));
  const found = all.filter((column) => column.name === name);
  const next = "Give the columns different names; the whole table can be read as it is.";
  const how = path === undefined ? { next } : { path, next };
  return pickOne(text, `column ${JSON.stringify(name)}`, found, () => all, how).at;
}

function pickRow(text: string, table: FoundTable, row: RowSelector, { path }: Where): number {
  const all = table.rows.map((cells, at) => ({ name: cells[0] ?? "", start: table.leaf.lines[4 + at * 2] ?? 0, at }));
  if (typeof row === "number") {
    const index = { index: row, ...(path === undefined ? {} : { path }) };
    return pickOne(text, "row", all, () => all, index).at;
  }
  const asked: [number, string][] =
    typeof row === "string"
      ? [[0, row]]
      : Object.entries(row).map(([name, value]) => [pickColumn(text, table, name, path), value]);
  if (asked.length === 0) throw refused("a row is selected by at least one column", path);
  const found = all.filter(({ at }) => asked.every(([column, value]) => table.rows[at]?.[column] === value));
  const next =
    "A program can name the row by its number or by other cells; else make the first cells differ. The whole table can be read as it is.";
  const how = path === undefined ? { next } : { path, next };
  return pickOne(text, `row ${JSON.stringify(row)}`, found, () => all, how).at;
}
