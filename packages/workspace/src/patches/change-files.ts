import { isUntornError, UntornError } from "untorn";
import type { Transaction } from "untorn";
import { applyHunks, HunkRefused } from "./hunks.ts";
import type { HunkPlace } from "./hunks.ts";
import { linesOf, textOf } from "./lines.ts";
import type { FilePatch } from "./parse-patch.ts";

/** What became of one file of a patch. */
export interface ChangedFile {
  readonly from: string | null;
  readonly to: string | null;
  readonly places: readonly HunkPlace[];
  /** The old and the new text; `null` where there is no file. */
  readonly before: string | null;
  readonly after: string | null;
  /** The permission bits of the old file; `undefined` where there was none. */
  readonly mode: number | undefined;
}

interface Wanted {
  readonly fuzz: number;
  readonly label: string;
  /** The permission bits of a file that is there. */
  readonly modeOf: (path: string) => number;
}

/** Makes the changes of a patch in a transaction: all of them, or it throws. */
export async function changeFiles(
  tx: Transaction,
  files: readonly FilePatch[],
  options: Wanted,
): Promise<ChangedFile[]> {
  const changed: ChangedFile[] = [];
  for (const file of files) changed.push(await changeFile(tx, file, options));
  return changed;
}

async function changeFile(
  tx: Transaction,
  { from, to, hunks }: FilePatch,
  { fuzz, label, modeOf }: Wanted,
): Promise<ChangedFile> {
  const name = to ?? from ?? "";
  const before = from === null ? null : await textIn(tx, from, label);
  if (to !== null && to !== from && (await tx.exists(to)))
    throw refused(to, `${label} makes it, but it is there already`);
  try {
    const { lines, places } = applyHunks(linesOf(before ?? ""), hunks, fuzz);
    const after = textOf(lines);
    if (to === null && after !== "")
      throw refused(name, `${label} removes it, but it has lines that the patch does not know`);
    const mode = from === null ? undefined : modeOf(from);
    if (from !== null && to !== null && to !== from) await tx.rename(from, to);
    if (to === null) await tx.remove(name);
    // A new name would have a new file's mode.
    else await tx.write(to, after, to === from || mode === undefined ? {} : { mode });
    return { from, to, places, before, after: to === null ? null : after, mode };
  } catch (error) {
    if (error instanceof HunkRefused) throw refused(name, `${error.message} (${label})`);
    throw error;
  }
}

async function textIn(tx: Transaction, path: string, label: string): Promise<string> {
  try {
    return (await tx.readText(path)).data;
  } catch (error) {
    if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND")
      throw refused(path, `${label} changes it, but it is not there`);
    throw error;
  }
}

/** A patch does not fit what is there: the whole of it is refused. */
export function refused(path: string, problem: string, next = "No file of the patch was changed."): UntornError {
  return new UntornError({ code: "UNTORN_CONFLICT", path, phase: "read", outcome: "unchanged", problem, next });
}
