import type { FoundItem, Scan } from "./artifact-scan.ts";
import { byCode, codeInFolderName, codeNumber, formatCode, givenBefore } from "./codes.ts";
import type { Epic, Item, Registry } from "./registry.ts";
import { lineOf } from "./titles.ts";

/** What a rebuilt registry differs in, and what a person should look at. */
export interface RebuildReport {
  readonly items: number;
  readonly epics: number;
  /** Folders whose artifacts name no code. */
  readonly assigned: readonly { readonly code: string; readonly path: string }[];
  /**
   * Folders that claim a code of another one, or of an item in the backlog (`holder` is `the backlog` then) with another title. They have
   * a new code in the registry; their artifacts are unchanged.
   */
  readonly duplicates: readonly {
    readonly code: string;
    readonly holder: string;
    readonly path: string;
    readonly assigned: string;
  }[];
  /** Codes of entries whose folder has no artifacts, or is another entry's. */
  readonly dropped: readonly string[];
  /** Epics that only artifacts know; their title is their code. */
  readonly unknownEpics: readonly string[];
  /** What could not be parsed, and why. An entry that such a file belongs to is kept as it was. */
  readonly skipped: Scan["skipped"];
}

/** The registry that the artifacts ask for. Pure; `seen` has the greatest numbers that codes have anywhere else. */
export function rebuild(
  old: Registry,
  scan: Scan,
  seen: { readonly items: number; readonly epics: number },
): { registry: Registry; report: RebuildReport } {
  const byPath = codesByPath(old, scan.found);
  const items: Record<string, Item> = keptItems(old, scan, byPath);
  const claims = claimCodes(scan.found, byPath, items);
  const holderOf = (code: string): string => items[code]?.path ?? "the backlog";
  let next = Math.max(
    givenBefore(old.next_item_id),
    seen.items,
    ...[...Object.keys(old.items), ...claims.holders.keys()].map(itemNumber),
  );
  const assigned: { code: string; path: string }[] = [];
  const duplicates: { code: string; holder: string; path: string; assigned: string }[] = [];
  for (const [code, item] of claims.holders)
    items[code] = entryFor(item, old.items[code] ?? old.items[byPath.get(item.path) ?? ""]);
  for (const item of claims.without) {
    const code = formatCode("WI", (next += 1));
    items[code] = entryFor(item, undefined);
    if (item.code === undefined) assigned.push({ code, path: item.path });
    else duplicates.push({ code: item.code, holder: holderOf(item.code), path: item.path, assigned: code });
  }
  for (const { item, code } of claims.renamed) {
    const claimed = item.code ?? "";
    duplicates.push({ code: claimed, holder: holderOf(claimed), path: item.path, assigned: code });
  }
  const { epics, unknownEpics } = epicsFor(old, items);
  const codes = Object.keys(epics).map((code) => codeNumber("EP", code) ?? 0);
  const registry: Registry = {
    epics: sorted(epics, byCode("EP")),
    items: sorted(items, byCode("WI")),
    next_epic_id: 1 + Math.max(givenBefore(old.next_epic_id), seen.epics, ...codes),
    next_item_id: 1 + next,
  };
  const dropped = Object.keys(old.items).filter((code) => !Object.hasOwn(items, code));
  const counts = { items: Object.keys(items).length, epics: Object.keys(epics).length };
  return { registry, report: { ...counts, assigned, duplicates, dropped, unknownEpics, skipped: scan.skipped } };
}

/**
 * Whose each path is. Where several entries have one, which no registry may be written with: the one that the folder itself names; else
 * one that no other folder claims; else the first.
 */
function codesByPath(old: Registry, found: readonly FoundItem[]): Map<string, string> {
  const claims = new Map(found.map(({ path, code }) => [path, code]));
  const elsewhere = new Set(
    found.filter(({ path, code }) => old.items[code ?? ""]?.path !== path).map(({ code }) => code),
  );
  const rank = (code: string, path: string): number => {
    const named = claims.get(path) ?? codeInFolderName(path.slice(path.indexOf("/") + 1));
    return named === code ? 0 : elsewhere.has(code) ? 2 : 1;
  };
  const byPath = new Map<string, string>();
  for (const [code, { path }] of Object.entries(old.items)) {
    if (path === null) continue;
    const holder = byPath.get(path);
    if (holder === undefined || rank(code, path) < rank(holder, path)) byPath.set(path, code);
  }
  return byPath;
}

/** What only the registry knows: the backlog, and the entries of folders that cannot be read now, one for each. */
function keptItems(old: Registry, scan: Scan, byPath: ReadonlyMap<string, string>): Record<string, Item> {
  const kept: Record<string, Item> = {};
  const held = new Set(scan.found.map(codeOfSame));
  for (const [code, item] of Object.entries(old.items)) {
    const inBacklog = item.stage === "backlog" && item.path === null && !held.has(code);
    if (inBacklog || (item.path !== null && scan.unreadable.has(item.path) && byPath.get(item.path) === code))
      kept[code] = item;
  }
  return kept;

  /** The code that a folder claims, unless an item in the backlog has it that is another one: its title would be in no file any more. */
  function codeOfSame({ code, nameCode, title }: FoundItem): string | undefined {
    const claimed = code ?? nameCode;
    const entry = claimed === undefined ? undefined : old.items[claimed];
    return entry === undefined || title === undefined || title === lineOf(entry.title) ? claimed : undefined;
  }
}

interface Claims {
  /** By code: the folder that has it. */
  readonly holders: ReadonlyMap<string, FoundItem>;
  /** Folders that need a new code. */
  readonly without: readonly FoundItem[];
  /** Folders with a code of their own in the registry, whose artifacts claim another's. */
  readonly renamed: readonly { readonly item: FoundItem; readonly code: string }[];
}

/**
 * Who has which code. Of several folders that claim one, the registry's holder keeps it; else the one created first; else
 * the first by name. A folder that claims none keeps the one that the registry has for it, or takes the one in its name.
 */
function claimCodes(
  found: readonly FoundItem[],
  byPath: ReadonlyMap<string, string>,
  taken: Record<string, Item>,
): Claims {
  const holders = new Map<string, FoundItem>();
  const rank = (item: FoundItem): string => {
    const held = item.code !== undefined && byPath.get(item.path) === item.code;
    return `${held ? 0 : 1} ${item.created || "9"} ${item.path}`;
  };
  const free = (code: string | undefined): code is string =>
    code !== undefined && !holders.has(code) && !Object.hasOwn(taken, code);
  const inOrder = found.map((item) => ({ item, key: rank(item) })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const left: FoundItem[] = [];
  for (const { item } of inOrder) {
    if (free(item.code)) holders.set(item.code, item);
    else left.push(item);
  }
  const renamed: { item: FoundItem; code: string }[] = [];
  const without: FoundItem[] = [];
  for (const item of left.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const own = [byPath.get(item.path), item.code === undefined ? item.nameCode : undefined].find(free);
    if (own === undefined) without.push(item);
    else {
      holders.set(own, item);
      if (item.code !== undefined) renamed.push({ item, code: own });
    }
  }
  return { holders, without, renamed };
}

/** The registry's entry for a folder; members that are not known are kept. */
function entryFor(found: FoundItem, old: Item | undefined): Item {
  const { path, stage } = found;
  const title = found.title ?? old?.title ?? path.slice(path.lastIndexOf("/") + 1);
  const epic = found.epic === undefined ? (old?.epic ?? null) : found.epic;
  return { ...old, title, epic, stage, path };
}

function epicsFor(old: Registry, items: Record<string, Item>): { epics: Record<string, Epic>; unknownEpics: string[] } {
  const epics: Record<string, Epic> = {};
  const open = new Map<string, number>();
  for (const { epic, stage } of Object.values(items)) {
    if (epic !== null) open.set(epic, (open.get(epic) ?? 0) + (stage === "completed" ? 0 : 1));
  }
  const status = (code: string, before: Epic["status"]): Epic["status"] => {
    const count = open.get(code);
    return count === undefined ? before : count === 0 ? "completed" : "active";
  };
  for (const [code, epic] of Object.entries(old.epics)) epics[code] = { ...epic, status: status(code, epic.status) };
  const unknownEpics = [...open.keys()].filter((code) => !Object.hasOwn(old.epics, code));
  for (const code of unknownEpics) epics[code] = { title: code, status: status(code, "active") };
  return { epics, unknownEpics: unknownEpics.toSorted(byCode("EP")) };
}

function itemNumber(code: string): number {
  return codeNumber("WI", code) ?? 0;
}

function sorted<T>(entries: Record<string, T>, by: (a: string, b: string) => number): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).toSorted(([a], [b]) => by(a, b)));
}
