import { checkedBy, isObject, parseTyped } from "../ground/index.ts";
import type { TypedDocument } from "../ground/index.ts";
import { formatCode, isCode } from "./codes.ts";
import type { CodeKind } from "./codes.ts";

/** Where an item can be. */
export const stages = ["backlog", "active", "completed"] as const;

/** Where a work item stands. */
export type Stage = (typeof stages)[number];

/** A larger piece of work that items belong to. */
export interface Epic {
  title: string;
  status: "active" | "completed";
}

/** A work item. */
export interface Item {
  title: string;
  /** The code of its epic. */
  epic: string | null;
  stage: Stage;
  /** Its folder, relative to `.project/`, with `/`. Items in the backlog have none. */
  path: string | null;
}

/** What `registry.json` holds. Members that are not named here are kept. */
export interface Registry {
  epics: Record<string, Epic>;
  items: Record<string, Item>;
  next_epic_id: number;
  next_item_id: number;
}

export const registryFile = "registry.json";

export function emptyRegistry(): Registry {
  return { epics: {}, items: {}, next_epic_id: 1, next_item_id: 1 };
}

/** `registry.json` as a typed document. By hand, because a schema library takes 80 ms for 10,000 items. */
export const registryDocument: TypedDocument<Registry> = {
  key: registryFile,
  schema: checkedBy("a registry", (value) => registryProblem(value)),
  initial: emptyRegistry,
  advice: "Run `untorn reconcile`: it keeps every entry that is whole, and rebuilds the others from the artifacts.",
};

/**
 * Reads the text of a registry, strictly.
 * @throws UntornError UNTORN_CORRUPT for what is not JSON or not a registry.
 */
export function readRegistry(text: string | Uint8Array, path: string): Registry {
  return parseTyped(registryDocument, text, path);
}

/** The text of a registry in untorn's own layout. */
export function registryText(registry: Registry): string {
  return `${JSON.stringify(registry, null, 2)}\n`;
}

/** What keeps a value from being a registry. */
function registryProblem(value: unknown): string | undefined {
  if (!isObject(value)) return "it is not an object";
  for (const member of ["epics", "items"]) if (!isObject(value[member])) return `${member} is not an object`;
  for (const member of ["next_epic_id", "next_item_id"]) {
    const number = value[member];
    if (!Number.isSafeInteger(number) || (number as number) < 1) return `${member} is not a whole number from 1`;
  }
  const { epics, items } = value as { epics: Record<string, unknown>; items: Record<string, unknown> };
  for (const code of Object.keys(epics)) {
    const problem = isCode("EP", code) ? epicProblem(epics[code]) : "is not a code like EP-001";
    if (problem !== undefined) return `epics.${code} ${problem}`;
  }
  const holders = new Map<string, string>();
  for (const code of Object.keys(items)) {
    const problem = isCode("WI", code) ? itemProblem(items[code]) : "is not a code like WI-001";
    if (problem !== undefined) return `items.${code} ${problem}`;
    const { path } = items[code] as Item;
    if (path === null) continue;
    if (holders.has(path)) return `items.${code} has the path of ${holders.get(path)}`;
    holders.set(path, code);
  }
  return undefined;
}

/** What keeps a value from being an epic. */
export function epicProblem(epic: unknown): string | undefined {
  if (!isObject(epic)) return "is not an object";
  if (typeof epic["title"] !== "string") return "has no title";
  if (epic["status"] !== "active" && epic["status"] !== "completed") return "has a status besides active and completed";
  return undefined;
}

/** What keeps a value from being a work item. */
export function itemProblem(item: unknown): string | undefined {
  if (!isObject(item)) return "is not an object";
  const { title, epic, stage, path } = item;
  if (typeof title !== "string") return "has no title";
  if (epic !== null && !isCode("EP", epic)) return "has an epic that is neither null nor a code";
  if (!stages.includes(stage as Stage)) return `has a stage besides ${stages.join(", ")}`;
  if (path !== null && !isItemFolder(path))
    return `has a path that is neither null nor a folder in ${stages.join(", ")}`;
  return undefined;
}

/** A folder of a stage itself, or one within an item's, is no item's folder: a move would take others along. */
export function isItemFolder(path: unknown): path is string {
  if (typeof path !== "string") return false;
  const [stage, name, ...more] = path.split(/[/\\]/);
  if (more.length > 0 || path.includes("\\") || !stages.includes(stage as Stage)) return false;
  return name !== undefined && name !== "" && name !== "." && name !== "..";
}

/**
 * Takes the next code. A code is never given twice, also where somebody has set the counter back by hand.
 * @throws UntornError UNTORN_INVALID where there is none left.
 */
export function takeCode(registry: Registry, kind: CodeKind): string {
  const [all, counter] =
    kind === "EP" ? ([registry.epics, "next_epic_id"] as const) : ([registry.items, "next_item_id"] as const);
  let number = registry[counter];
  // What was read is a registry, so its keys are codes.
  for (const code of Object.keys(all)) number = Math.max(number, 1 + Number(code.slice(3)));
  const code = formatCode(kind, number);
  registry[counter] = number + 1;
  return code;
}
