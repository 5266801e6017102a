import { inDirectory, quietly, within } from "../atomic/index.ts";
import { assertOwnWorkFolder } from "../lock/index.ts";
import { call, unless } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { boundQuarantine, setAside } from "../quarantine/index.ts";
import type { Root } from "./places.ts";

/**
 * Says that the work folder's own entry in the root has been synced. Without it a folder that a killed process made, and
 * nobody synced, could vanish in a power cut with the journal in it.
 */
const marker = "durable";

/** Makes the work folder where it is missing; returns whether its entry is still to be synced. */
export function* makeWorkFolder(root: Root): Protocol<boolean> {
  yield* assertOwnWorkFolder(root.real);
  if ((yield* call("lstat", inDirectory(root.work, marker))) !== undefined) return false;
  yield* within("stage", root.path, "unchanged", unless("EEXIST", call("mkdir", root.work, 0o777)));
  return true;
}

/** To be called once the root has been synced. The marker itself needs no sync: without it the root is synced again. */
export function* markDurable(root: Root): Protocol<void> {
  yield* quietly(
    (function* () {
      yield* call("close", yield* call("open", inDirectory(root.work, marker), "create", 0o666));
    })(),
  );
}

/** Moves files that nobody may lose, and nobody may rely on, out of the way; returns their new paths. */
export function* quarantine(root: Root, paths: readonly string[]): Protocol<string[]> {
  const moved: string[] = [];
  for (const path of paths) {
    // A file elsewhere in the root goes to the root's quarantine too, where its journal is.
    for (const { kept } of yield* setAside(root.work, [path])) moved.push(kept);
  }
  yield* boundQuarantine(root.work);
  return moved;
}
