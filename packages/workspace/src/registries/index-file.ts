import { formatJson } from "untorn/json";
import { isObject } from "../ground/index.ts";

/** What the index says of an entry. */
export interface IndexRow {
  readonly version: number;
  readonly updated: string;
}

/** The rows of an index, by name; of one that cannot be read, none: it is made anew from the entries. */
export function readIndex(bytes: Uint8Array | undefined): ReadonlyMap<string, IndexRow> {
  let value: unknown;
  try {
    value = bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return new Map();
  }
  const entries = isObject(value) && isObject(value["entries"]) ? value["entries"] : {};
  return new Map(Object.entries(entries).filter((row): row is [string, IndexRow] => isRow(row[1])));
}

function isRow(row: unknown): row is IndexRow {
  return isObject(row) && Number.isSafeInteger(row["version"]) && typeof row["updated"] === "string";
}

/** The text of an index. The order is that of the entries' files. */
export function indexText(rows: ReadonlyMap<string, IndexRow>): string {
  const inOrder = [...rows].toSorted(([a], [b]) => (`${a}.json` < `${b}.json` ? -1 : 1));
  const plain = inOrder.map(([name, { version, updated }]) => [name, { version, updated }] as const);
  return formatJson({ version: 1, entries: Object.fromEntries(plain) });
}

/** The greatest version among the names of an entry's history; 0 for none. */
export function lastVersionIn(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => Number.parseInt(name, 10) || 0));
}
