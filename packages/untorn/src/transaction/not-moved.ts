import { inDirectory } from "../atomic/index.ts";
import { UntornError } from "../platform/index.ts";
import { call, namesIn } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Overlay } from "./overlay.ts";
import type { Root } from "./places.ts";

/** What a transaction neither removes nor renames: it is refused before anything is. */

/** A read or a write goes through a symbolic link; to remove or rename what it points to, under its name, is never meant. */
export function* refuseLink(root: Root, overlay: Overlay, inside: string): Protocol<void> {
  if (overlay.wishes.get(inside)?.kind === "remove") return;
  if ((yield* call("lstat", inDirectory(root.real, inside)))?.kind !== "symlink") return;
  throw new UntornError({
    code: "UNTORN_SYMLINK",
    path: inDirectory(root.path, inside),
    phase: "resolve",
    outcome: "unchanged",
    problem: "it is a symbolic link, which a transaction neither removes nor renames",
    next: "Name the file that it points to, or use removeFile or renameFile for the link itself.",
  });
}

/**
 * What a folder cannot be moved with, and would leave behind: links, also those that lead nowhere, and files whose names are not
 * UTF-8 (they come with U+FFFD in them, and lead to nothing).
 */
export function* refuseUnmovable(root: Root, overlay: Overlay, inside: string): Protocol<void> {
  for (const name of yield* namesIn(inDirectory(root.real, inside))) {
    const each = `${inside}/${name}`;
    yield* refuseLink(root, overlay, each);
    if (!name.includes("\ufffd") || (yield* call("lstat", inDirectory(root.real, each))) !== undefined) continue;
    throw new UntornError({
      code: "UNTORN_UNSUPPORTED",
      path: inDirectory(root.path, each),
      phase: "resolve",
      outcome: "unchanged",
      problem: "the name of this file is not UTF-8, so it cannot be moved with its folder",
      next: "Rename it first (mv).",
    });
  }
}
