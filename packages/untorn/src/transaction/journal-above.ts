import { inDirectory, split } from "../atomic/index.ts";
import { committingAbove, workFolder } from "../lock/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Root } from "./places.ts";

/** Roots may lie in one another: a transaction of any folder above a file may be changing it. */

/** The first folder, of those above any of the paths, in which a transaction is being committed, or was left unfinished. */
export function* journalAbove(root: Root, paths: readonly string[]): Protocol<string | undefined> {
  const folders = new Set([root.real]);
  for (const path of paths) folders.add(split(path).directory);
  for (const folder of folders) {
    const found = yield* committingAbove(inDirectory(folder, "any"));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Another root above any of the paths: a folder in which there have been transactions. */
export function* otherRootAbove(root: Root, paths: readonly string[]): Protocol<string | undefined> {
  const looked = new Set([root.real]);
  for (const path of [inDirectory(root.real, "any"), ...paths]) {
    for (let folder = split(path).directory; ; folder = split(folder).directory) {
      const isNew = !looked.has(folder);
      looked.add(folder);
      if (isNew && (yield* call("lstat", inDirectory(folder, workFolder)))?.kind === "directory") return folder;
      if (split(folder).directory.length >= folder.length || split(folder).directory === "") break;
    }
  }
  return undefined;
}
