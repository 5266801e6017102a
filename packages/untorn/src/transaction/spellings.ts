import { fold, inDirectory } from "../atomic/index.ts";
import { workFolder } from "../lock/index.ts";
import { UntornError } from "../platform/index.ts";
import { call } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Root } from "./places.ts";

/**
 * Refuses two spellings of one name (`a.txt`, `A.TXT`) where they are one file: changed together, one would undo the other, and
 * a rename from one to the other would remove the file.
 */
export function* refuseTwoSpellings(root: Root, paths: Iterable<string>): Protocol<void> {
  const spelt = new Map<string, string>();
  for (const path of paths) {
    const other = spelt.get(fold(path));
    if (other === undefined) spelt.set(fold(path), path);
    else if (other !== path && (yield* ignoresCase(root))) {
      throw new UntornError({
        code: "UNTORN_EXISTS",
        path: inDirectory(root.path, path),
        phase: "resolve",
        outcome: "unchanged",
        problem: `${JSON.stringify(other)} and ${JSON.stringify(path)} are one file here, and the transaction changes both`,
        next: "Use one spelling. Another spelling is given by renameFile, outside of a transaction.",
      });
    }
  }
}

/** Refuses a second name of a file (a symbolic link to it): one change would undo the other, and a read would miss a write. */
export function refuseSecondName(root: Root, names: Map<string, string>, inside: string, path: string): void {
  const other = names.get(inside) ?? path;
  names.set(inside, other);
  if (other === path) return;
  throw new UntornError({
    code: "UNTORN_EXISTS",
    path: inDirectory(root.path, path),
    phase: "resolve",
    outcome: "unchanged",
    problem: `${JSON.stringify(other)} and ${JSON.stringify(path)} are one file, and the transaction changes it`,
    next: "Use one of its names.",
  });
}

/**
 * Both may be new, so the work folder, which is there, is looked for under another spelling; found, but not listed, it is the
 * same. Inode numbers do not tell: some of FUSE give each spelling its own.
 */
function* ignoresCase(root: Root): Protocol<boolean> {
  const other = workFolder.toUpperCase();
  if ((yield* call("lstat", inDirectory(root.real, other))) === undefined) return false;
  return !(yield* call("readdir", root.real)).includes(other);
}
