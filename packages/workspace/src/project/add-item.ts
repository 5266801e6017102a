import type { Transaction } from "untorn";
import { inputRefused, standsInTheWay } from "../ground/index.ts";
import { joinEpic } from "./epics.ts";
import { changeRegistry } from "./place.ts";
import type { Place } from "./place.ts";
import { takeCode } from "./registry.ts";
import type { Item } from "./registry.ts";
import { checkTitle, folderName } from "./titles.ts";

/** A work item with its code. */
export interface ListedItem extends Item {
  readonly code: string;
}

export interface AddItemOptions {
  /** One line of text. */
  readonly title: string;
  /** The code of an epic that there is. */
  readonly epic?: string;
  /** Default `backlog`. An item that starts active gets its folder and the skeleton of a spec at once. */
  readonly stage?: "backlog" | "active";
  /** Goes into the spec. */
  readonly owner?: string;
}

export async function addItem(place: Place, options: AddItemOptions): Promise<ListedItem> {
  const title = checkTitle(options.title);
  const { epic = null, stage = "backlog", owner = null } = options;
  if (stage !== "backlog" && stage !== "active") {
    throw inputRefused("stage", `an item starts in backlog or active, not in ${String(stage)}`);
  }
  return await changeRegistry(place, "item add", async (registry, tx) => {
    joinEpic(registry, epic);
    const code = takeCode(registry, "WI");
    const item: Item = { title, epic, stage, path: null };
    if (stage === "active") item.path = await makeFolder(tx, place, { code, ...item, owner });
    registry.items[code] = item;
    return { code, ...item };
  });
}

/** Makes the folder of an item that becomes active, with a spec to be written; returns its path. */
export async function makeFolder(
  tx: Transaction,
  place: Place,
  item: ListedItem & { readonly owner: string | null },
): Promise<string> {
  const { code, title, epic, owner } = item;
  const path = `active/${folderName(code, title)}`;
  if ((await tx.list(path)).length > 0) {
    throw standsInTheWay(
      `${place.folder}/${path}`,
      "a folder of that name is there already",
      "Move it away, or run `untorn reconcile` if it belongs to the project.",
    );
  }
  const now = place.ground.now();
  const { newArtifact } = await import("../artifacts/index.ts");
  await tx.write(`${path}/spec.md`, newArtifact({ kind: "spec", id: code, title, epic, owner, now }));
  return path;
}
