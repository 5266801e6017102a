import { inputRefused } from "../ground/index.ts";
import { changeRegistry, snapshot } from "./place.ts";
import type { Place } from "./place.ts";
import { takeCode } from "./registry.ts";
import type { Epic, Registry } from "./registry.ts";
import { checkTitle } from "./titles.ts";

/** An epic with its code and how many of its items are done. */
export interface ListedEpic extends Epic {
  readonly code: string;
  readonly items: number;
  readonly completed: number;
}

export async function addEpic(place: Place, options: { readonly title: string }): Promise<ListedEpic> {
  const title = checkTitle(options.title);
  return await changeRegistry(place, "epic add", (registry) => {
    const code = takeCode(registry, "EP");
    registry.epics[code] = { title, status: "active" };
    return listed(registry, code, registry.epics[code]);
  });
}

export async function listEpics(place: Place): Promise<ListedEpic[]> {
  const { registry } = await snapshot(place, () => []);
  return Object.entries(registry.epics).map(([code, epic]) => listed(registry, code, epic));
}

function listed(registry: Registry, code: string, epic: Epic): ListedEpic {
  const items = Object.values(registry.items).filter((item) => item.epic === code);
  const completed = items.filter(({ stage }) => stage === "completed").length;
  return { code, ...epic, items: items.length, completed };
}

/** The epic that an item is to belong to; work on a completed epic makes it active again. */
export function joinEpic(registry: Registry, code: string | null): void {
  if (code === null) return;
  const epic = Object.hasOwn(registry.epics, code) ? registry.epics[code] : undefined;
  if (epic === undefined)
    throw inputRefused(code, "there is no such epic", "`untorn epic list` shows those there are.");
  epic.status = "active";
}

/** Completes an epic when none of its items is open; says whether it did. */
export function completeEpic(registry: Registry, code: string | null): boolean {
  const epic = code === null ? undefined : registry.epics[code];
  if (epic === undefined || epic.status === "completed") return false;
  const open = Object.values(registry.items).some((item) => item.epic === code && item.stage !== "completed");
  if (!open) epic.status = "completed";
  return !open;
}
