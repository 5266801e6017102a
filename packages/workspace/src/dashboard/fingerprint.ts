import { readdirSync, statSync } from "node:fs";
import { stages } from "../project/index.ts";
import type { Place } from "../project/index.ts";

/**
 * Tells one state of a project from another without reading its files: names, sizes and times of the registry and of
 * every artifact, and of nothing else, so that a board that is written into the folder is no change. Not `join`, which drops
 * `link/..`.
 */
export function fingerprint({ folder }: Place): string {
  const parts = [facts(`${folder}/registry.json`)];
  for (const stage of stages) {
    for (const item of namesIn(`${folder}/${stage}`)) {
      for (const name of namesIn(`${folder}/${stage}/${item}`)) {
        if (name.endsWith(".md")) parts.push(`${stage}/${item}/${name} ${facts(`${folder}/${stage}/${item}/${name}`)}`);
      }
    }
  }
  return parts.join("\n");
}

function facts(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false });
  return status === undefined ? "none" : `${status.ino} ${status.size} ${status.mtimeMs}`;
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path).toSorted();
  } catch (error) {
    // A stage without items has no folder, and in a stage there may be files.
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
