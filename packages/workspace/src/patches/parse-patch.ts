import { parsePatch } from "diff";
import type { StructuredPatch, StructuredPatchHunk } from "diff";
import { inputRefused } from "../ground/index.ts";

/** What a patch does to one file: paths relative to its root, `null` where there is none before or after. */
export interface FilePatch {
  readonly from: string | null;
  readonly to: string | null;
  readonly hunks: readonly StructuredPatchHunk[];
}

/**
 * The files of a unified diff.
 * @throws UntornError UNTORN_INVALID_ARGUMENT for what is none, for one that names no files, and for what such a diff cannot carry
 * here: binary content and modes. Nothing of a patch is left out in silence.
 */
export function readPatch(text: string, path: string): FilePatch[] {
  let parsed: StructuredPatch[];
  try {
    parsed = parsePatch(text);
  } catch (error) {
    throw inputRefused(path, `it is not a unified diff: ${(error as Error).message}`);
  }
  const files = parsed.map((each) => toFile(each, path));
  if (files.length === 0 || /^GIT binary patch$/m.test(text))
    throw inputRefused(path, "it is not a unified diff of text");
  const names = files.flatMap(({ from, to }) => (from === to ? [from] : [from, to]).filter((name) => name !== null));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw inputRefused(path, `it changes ${twice} twice`);
  return files;
}

function toFile(patch: StructuredPatch, path: string): FilePatch {
  const { oldFileName, newFileName, hunks } = patch;
  if (oldFileName === undefined || newFileName === undefined) throw inputRefused(path, "a part of it names no file");
  // A removed line such as `-- x` looks like a header; without hunks such a part would be lost.
  if (patch.isBinary === true) throw inputRefused(path, `${newFileName} is binary`);
  if (patch.isCopy === true) throw inputRefused(path, `${newFileName} is a copy, which is not supported`);
  const { oldMode, newMode } = patch;
  const modes = oldMode !== undefined && newMode !== undefined && !(isOrdinary(oldMode) && isOrdinary(newMode));
  if (modes) throw inputRefused(path, `it changes the mode of ${newFileName}, which is not supported`);
  refuseMode(patch, path);
  const isOf = (name: string, prefix: string): boolean => name === "/dev/null" || name.startsWith(prefix);
  const git = patch.isGit === true || (isOf(oldFileName, "a/") && isOf(newFileName, "b/"));
  const from = patch.isCreate === true ? null : nameOf(oldFileName, git);
  const to = patch.isDelete === true ? null : nameOf(newFileName, git);
  if (from === null && to === null) throw inputRefused(path, "a part of it names no file");
  if (hunks.length === 0 && from === to) throw inputRefused(path, `it has no hunk for ${newFileName}`);
  return { from, to, hunks };
}

/**
 * A new file gets the mode that new files get. One that is to be executable, or a link, or another repository, would be less than the patch
 * says; what is removed is no file of text where it is a link or a repository.
 */
function refuseMode({ oldMode, newMode, oldFileName, newFileName }: StructuredPatch, path: string): void {
  if (newMode !== undefined && !isOrdinary(newMode)) {
    const next =
      newMode === "100755"
        ? "Take the mode out of the patch, and make the file executable yourself."
        : "Take this part out of the patch, and make the file yourself.";
    throw inputRefused(path, `it makes ${newFileName} with the mode ${newMode}, which is not supported`, next);
  }
  if (oldMode !== undefined && !oldMode.startsWith("100"))
    throw inputRefused(path, `it removes ${oldFileName}, which has the mode ${oldMode} and is no file of text`);
}

/** A file of text with no more to it. The second is what git wrote long ago where a group may write. */
function isOrdinary(mode: string | undefined): boolean {
  return mode === "100644" || mode === "100664";
}

/** A file's name without git's `a/` or `b/`; `null` for /dev/null. */
function nameOf(name: string, prefixed: boolean): string | null {
  if (name === "/dev/null") return null;
  return prefixed ? name.replace(/^[ab]\//, "") : name;
}

/** The way back. */
export function reversed(files: readonly FilePatch[]): FilePatch[] {
  return files.map(({ from, to, hunks }) => ({ from: to, to: from, hunks: hunks.map(reversedHunk) }));
}

function reversedHunk(hunk: StructuredPatchHunk): StructuredPatchHunk {
  const swap: Readonly<Record<string, string>> = { "+": "-", "-": "+" };
  return {
    oldStart: hunk.newStart,
    oldLines: hunk.newLines,
    newStart: hunk.oldStart,
    newLines: hunk.oldLines,
    lines: hunk.lines.map((line) => (swap[line[0] ?? ""] ?? line[0] ?? "") + line.slice(1)),
  };
}
