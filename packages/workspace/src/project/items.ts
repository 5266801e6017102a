import { inputRefused } from "../ground/index.ts";
import type { ListedItem } from "./add-item.ts";
import { artifactKinds, readArtifact } from "./artifact.ts";
import type { Artifact, ArtifactKind } from "./artifact.ts";
import { snapshot, textOf } from "./place.ts";
import type { Place } from "./place.ts";
import type { Item, Registry, Stage } from "./registry.ts";

/** The item of a code. */
export function itemOf(registry: Registry, code: string): Item {
  const item = Object.hasOwn(registry.items, code) ? registry.items[code] : undefined;
  if (item !== undefined) return item;
  throw inputRefused(code, "there is no such item", "`untorn item list` shows those there are.");
}

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

/** The artifacts of an item that can be read, and why the others cannot. */
export interface Artifacts {
  readonly artifacts: Partial<Record<ArtifactKind, Artifact>>;
  readonly problems: Partial<Record<ArtifactKind, string>>;
}

/** An item with its artifacts. */
export interface ShownItem extends ListedItem, Artifacts {}

export async function showItem(place: Place, code: string): Promise<ShownItem> {
  const { registry, texts } = await snapshot(place, (current) => artifactPaths(itemOf(current, code)));
  return { code, ...itemOf(registry, code), ...artifactsOf(itemOf(registry, code), texts) };
}

/** Where the artifacts of an item are, if they are there. */
export function artifactPaths({ path }: Item): string[] {
  return path === null ? [] : artifactKinds.map((kind) => `${path}/${kind}.md`);
}

/** The artifacts of an item, from the files that were read; one that cannot be read does not hide the others. */
export function artifactsOf({ path }: Item, texts: ReadonlyMap<string, { readonly bytes: Uint8Array }>): Artifacts {
  const found: Artifacts = { artifacts: {}, problems: {} };
  for (const kind of artifactKinds) {
    const name = `${path}/${kind}.md`;
    const file = texts.get(name);
    if (file === undefined) continue;
    try {
      found.artifacts[kind] = readArtifact(textOf(file.bytes, name), name);
    } catch (error) {
      found.problems[kind] = error instanceof Error ? error.message : String(error);
    }
  }
  return found;
}
