import { machine } from "../ground/index.ts";
import type { Ground } from "../ground/index.ts";
import type { AddItemOptions, ListedItem } from "./add-item.ts";
import type { ListedEpic } from "./epics.ts";
import type { ListItemsOptions, ShownItem } from "./items.ts";
import type { Moved, MoveItemOptions } from "./move-item.ts";
import type { Place } from "./place.ts";
import type { ReconcileReport } from "./reconcile.ts";
import type { UpdatedArtifact, UpdateItemOptions } from "./update-item.ts";

/**
 * A project registry (`.project/`): epics and work items in `registry.json`, and the artifacts of each item in a folder.
 *
 * Every call is one transaction: registry, artifacts, folders and changelog agree after a crash at any point (G8), and of
 * two processes at once each gets a code of its own. On disk after an error: what was there before, unless its `outcome`
 * says otherwise. Errors: UNTORN_INVALID_ARGUMENT for input that cannot be meant (phase `arguments`), UNTORN_NOT_FOUND
 * where there is no project or a file is missing, UNTORN_CORRUPT for a file that cannot be read; and those of
 * `transaction`.
 */
export interface Project {
  /** The `.project` folder. */
  readonly folder: string;
  /** Makes the project; one that is there is left as it is. */
  readonly init: () => Promise<{ folder: string; created: boolean }>;
  readonly addEpic: (options: { readonly title: string }) => Promise<ListedEpic>;
  readonly listEpics: () => Promise<ListedEpic[]>;
  readonly addItem: (options: AddItemOptions) => Promise<ListedItem>;
  /** Backlog to active, active to completed, active to backlog; others are refused. */
  readonly moveItem: (code: string, options: MoveItemOptions) => Promise<Moved>;
  /** Changes the frontmatter of an artifact and stamps `updated`. */
  readonly updateItem: (code: string, options: UpdateItemOptions) => Promise<UpdatedArtifact>;
  readonly listItems: (options?: ListItemsOptions) => Promise<ListedItem[]>;
  readonly showItem: (code: string) => Promise<ShownItem>;
  /** Rebuilds the registry from the artifacts. */
  readonly reconcile: (options?: { readonly dryRun?: boolean }) => Promise<ReconcileReport>;
}

/**
 * The project in a `.project` folder, which need not exist yet. A call loads what it needs: adding an item to the backlog
 * does not wait for a YAML parser.
 */
export function openProject(folder: string, ground: Ground = machine): Project {
  const place: Place = { folder, ground };
  return {
    folder,
    init: async () => (await import("./init.ts")).initProject(place),
    addEpic: async (options) => (await import("./epics.ts")).addEpic(place, options),
    listEpics: async () => (await import("./epics.ts")).listEpics(place),
    addItem: async (options) => (await import("./add-item.ts")).addItem(place, options),
    moveItem: async (code, options) => (await import("./move-item.ts")).moveItem(place, code, options),
    updateItem: async (code, options) => (await import("./update-item.ts")).updateItem(place, code, options),
    listItems: async (options) => (await import("./items.ts")).listItems(place, options),
    showItem: async (code) => (await import("./items.ts")).showItem(place, code),
    reconcile: async (options) => (await import("./reconcile.ts")).reconcile(place, options),
  };
}
