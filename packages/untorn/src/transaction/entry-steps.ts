import { inDirectory } from "../atomic/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Change } from "./changes.ts";
import type { Step } from "./journal.ts";
import type { Overlay } from "./overlay.ts";
import type { Root } from "./places.ts";

/** The directories that are to be made, outermost first. */
export function* newDirectories(root: Root, overlay: Overlay, changes: readonly Change[]): Protocol<Step[]> {
  const wanted = new Set<string>();
  const wantWithParents = (path: string): void => {
    for (let cut = path.indexOf("/"); cut !== -1; cut = path.indexOf("/", cut + 1)) wanted.add(path.slice(0, cut));
  };
  for (const directory of overlay.made) wantWithParents(`${directory}/`);
  for (const { inside, wish } of changes) if (wish.kind === "put") wantWithParents(inside);
  const steps: Step[] = [];
  for (const path of [...wanted].toSorted()) {
    if ((yield* call("stat", inDirectory(root.real, path)))?.kind !== "directory") steps.push({ op: "mkdir", path });
  }
  return steps;
}

/** Files first, then the directories that they leave empty, innermost first. */
export function removals(
  overlay: Overlay,
  changes: readonly Change[],
  current: ReadonlyMap<string, string | null>,
): Step[] {
  const files = changes
    .filter(({ wish }) => wish.kind === "remove")
    .map(({ inside }): Step => ({ op: "remove", path: inside, before: current.get(inside) ?? "" }));
  const directories = [...overlay.removed].toSorted().toReversed();
  return [...files, ...directories.map((path): Step => ({ op: "rmdir", path }))];
}
