import { isUntornError, UntornError } from "untorn";
import type { Transaction } from "untorn";
import { inputRefused, missingState, refuseTorn, standsInTheWay } from "../ground/index.ts";
import { makeFolder } from "./add-item.ts";
import type { ListedItem } from "./add-item.ts";
import { changelogFile, withCompletion } from "./changelog.ts";
import { completeEpic, joinEpic } from "./epics.ts";
import { itemOf } from "./items.ts";
import { changeRegistry } from "./place.ts";
import type { Place } from "./place.ts";
import { stages } from "./registry.ts";
import type { Item, Registry, Stage } from "./registry.ts";

/** What a move did. */
export interface Moved extends ListedItem {
  readonly from: Stage;
  /** The epic that was completed with it, if it was the last of its items. */
  readonly completedEpic?: string;
  /** Where the content of a folder is kept that went back to the backlog, relative to `.project/`. */
  readonly quarantined?: string;
}

interface Move {
  readonly tx: Transaction;
  readonly place: Place;
  readonly registry: Registry;
  readonly code: string;
  readonly item: Item;
  readonly owner: string | null;
}

type Done = Pick<Moved, "completedEpic" | "quarantined">;

const moves: Readonly<Record<string, (move: Move) => Promise<Done>>> = {
  "backlog to active": activate,
  "active to completed": complete,
  "active to backlog": giveUp,
};

/** Where an item goes. */
export interface MoveItemOptions {
  readonly to: Stage;
  /** Goes into the spec that is made. */
  readonly owner?: string;
}

export async function moveItem(place: Place, code: string, options: MoveItemOptions): Promise<Moved> {
  const { to } = options;
  const owner = options.owner ?? null;
  if (!stages.includes(to)) throw inputRefused("stage", `a stage is one of ${stages.join(", ")}, not ${to}`);
  return await changeRegistry(place, "item move", async (registry, tx) => {
    const item = itemOf(registry, code);
    const from = item.stage;
    const move = moves[`${from} to ${to}`];
    if (move === undefined)
      throw inputRefused(code, `it is ${from}, and there is no move from ${from} to ${to}`, known);
    item.stage = to;
    const done = await move({ tx, place, registry, code, item, owner });
    return { code, from, ...item, ...done };
  });
}

const known = `The moves are: ${Object.keys(moves).join(", ")}.`;

async function activate({ tx, place, registry, code, item, owner }: Move): Promise<Done> {
  joinEpic(registry, item.epic);
  if (item.path === null) {
    item.path = await makeFolder(tx, place, { code, ...item, owner });
    return {};
  }
  // Other tools give items in the backlog a folder as well.
  await moveFolder(tx, place, item, `active/${baseName(item.path)}`);
  return {};
}

async function complete({ tx, place, registry, code, item }: Move): Promise<Done> {
  const day = place.ground.now().toISOString().slice(0, 10);
  await moveFolder(tx, place, item, `completed/${day}-${baseName(item.path ?? code)}`);
  const before = (await tx.exists(changelogFile)) ? (await tx.readText(changelogFile)).data : undefined;
  refuseTorn(before, `${place.folder}/${changelogFile}`);
  await tx.write(changelogFile, await withCompletion(before, { code, title: item.title, epic: item.epic, day }));
  return completeEpic(registry, item.epic) && item.epic !== null ? { completedEpic: item.epic } : {};
}

/** Nothing that was written is lost: the folder's content stays, where no command looks at it. */
async function giveUp({ tx, place, code, item }: Move): Promise<Done> {
  const stamp = place.ground.now().toISOString().replace(/[:.]/g, "");
  const quarantined = `quarantine/${stamp}-${baseName(item.path ?? code)}`;
  await moveFolder(tx, place, item, quarantined);
  item.path = null;
  return { quarantined };
}

async function moveFolder(tx: Transaction, place: Place, item: Item, to: string): Promise<void> {
  const { path } = item;
  try {
    await renameFolder(tx, place, path, to);
  } catch (error) {
    throw isUntornError(error) && path !== null && isOfLink(error, path) ? linkInside(error.path) : error;
  }
  item.path = to;
}

async function renameFolder(tx: Transaction, place: Place, path: string | null, to: string): Promise<void> {
  if (path !== null && isLink(place, path)) throw linkInside(`${place.folder}/${path}`);
  if (path === null || (await tx.list(path)).length === 0) {
    throw missingState(
      path === null ? place.folder : `${place.folder}/${path}`,
      path === null ? "the registry names no folder for this item" : "the item's folder is not there, or is empty",
      "Run `untorn reconcile`: it finds the folders that there are.",
    );
  }
  if ((await tx.list(to)).length > 0) {
    throw standsInTheWay(`${place.folder}/${to}`, "a folder of that name is there already", "Move it away first.");
  }
  await tx.rename(path, to);
}

/** What is outside of a project, and below an item's folder, is so by a link that leads there. */
function isOfLink({ code, path }: UntornError, folder: string): boolean {
  return code === "UNTORN_SYMLINK" || (code === "UNTORN_OUTSIDE" && path.replaceAll("\\", "/").includes(`${folder}/`));
}

function isLink({ folder, ground }: Place, path: string): boolean {
  return ground
    .list(`${folder}/${path.slice(0, path.indexOf("/"))}`)
    .some(({ name, link }) => link && name === baseName(path));
}

/** A link means another place from another folder, and what it leads to may be another item's. */
function linkInside(path: string): UntornError {
  const problem = "it is a symbolic link, which cannot be moved with its item";
  const next = "Move the link out of the item's folder, or put what it leads to in its place, and move the item again.";
  return new UntornError({
    code: "UNTORN_SYMLINK",
    path,
    phase: "resolve",
    outcome: "unchanged",
    problem,
    next,
  });
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
