import { inputRefused } from "../ground/index.ts";
import type { ListedItem } from "./add-item.ts";
import { artifactPaths, artifactsOf } from "../artifacts/index.ts";
import type { Artifacts } from "../artifacts/index.ts";
import { snapshot } from "./place.ts";
import type { Place } from "./place.ts";
import type { Item, Registry, Stage } from "./registry.ts";

/** The item of a code. */
export function itemOf(registry: Registry, code: string): Item {
  const item = Object.hasOwn(registry.items, code) ? registry.items[code] : undefined;
  if (item !== undefined) return item;
  throw inputRefused(code, "there is no such item", "`untorn item list` shows those there are.");
}

/** Which items to list. */
export interface ListItemsOptions {
  readonly stage?: Stage;
  /** The code of an epic. */
  readonly epic?: string;
}

export async function listItems(place: Place, options: ListItemsOptions = {}): Promise<ListedItem[]> {
  const { registry } = await snapshot(place, () => []);
  if (options.epic !== undefined && !Object.hasOwn(registry.epics, options.epic)) {
    throw inputRefused(options.epic, "there is no such epic", "`untorn epic list` shows those there are.");
  }
  return Object.entries(registry.items)
    .filter(([, item]) => options.stage === undefined || item.stage === options.stage)
    .filter(([, item]) => options.epic === undefined || item.epic === options.epic)
    .map(([code, item]) => ({ code, ...item }));
}

/** An item with its artifacts. */
export interface ShownItem extends ListedItem, Artifacts {}

export async function showItem(place: Place, code: string): Promise<ShownItem> {
  const { registry, texts } = await snapshot(place, (current) => artifactPaths(itemOf(current, code)));
  return { code, ...itemOf(registry, code), ...artifactsOf(itemOf(registry, code), texts) };
}
