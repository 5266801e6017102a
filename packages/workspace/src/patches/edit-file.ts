import { basename } from "node:path";
import { createTwoFilesPatch } from "diff";
import { updateFile } from "untorn";
import { inputRefused, missingState } from "../ground/index.ts";
import { refused } from "./change-files.ts";
import { applyHunks, HunkRefused } from "./hunks.ts";
import type { HunkPlace } from "./hunks.ts";
import { endNear, linesOf, textOf } from "./lines.ts";
import type { TextLine } from "./lines.ts";
import { readPatch } from "./parse-patch.ts";

/** A change of a file's lines. Lines count from 1; `expect` is the text that must be there now. */
export type FileEdit =
  | { readonly replace: readonly [first: number, last: number]; readonly with: string; readonly expect?: string }
  | { readonly insertAfter: number; readonly text: string; readonly expect?: string }
  | { readonly delete: readonly [first: number, last: number]; readonly expect?: string }
  | { readonly patch: string; readonly fuzz?: number };

/** What an edit did, and the way back. */
export interface EditResult {
  readonly path: string;
  /** SHA-256 of the new content in hex. */
  readonly etag: string;
  /** A unified diff that takes the edit back: `editFile(path, { patch: undo })`. */
  readonly undo: string;
  /** Where the hunks of a patch were applied; empty for the other edits. */
  readonly places: readonly HunkPlace[];
}

/**
 * Changes lines of a file, whole or not at all, under its lock. Line ends and a byte order mark stay as they are, and new lines get those around them; those
 * of a patch keep their own where all its old lines end as the file's do. An empty file is an error, but for a patch: that says what
 * it expects.
 *
 * @throws UntornError UNTORN_CONFLICT if what is there is not what is expected, or a patch does not fit; UNTORN_NOT_FOUND;
 * UNTORN_INVALID_ARGUMENT for lines that there are not. After any of them nothing is changed.
 */
export async function editFile(path: string, edit: FileEdit): Promise<EditResult> {
  let before = "";
  let places: readonly HunkPlace[] = [];
  const { value, receipt } = await updateFile(
    path,
    (text) => {
      if (text === undefined) throw missingState(path, "there is no such file", "");
      before = text;
      if (!("patch" in edit)) return editedText(text, edit, path);
      const applied = patchLines(linesOf(text), edit, path);
      places = applied.places;
      return textOf(applied.lines);
    },
    { allowEmpty: "patch" in edit },
  );
  const name = basename(path);
  return { path: receipt.path, etag: receipt.etag, undo: createTwoFilesPatch(name, name, value, before), places };
}

function patchLines(
  lines: readonly TextLine[],
  edit: { readonly patch: string; readonly fuzz?: number },
  path: string,
) {
  const { fuzz = 0 } = edit;
  if (!Number.isInteger(fuzz) || fuzz < 0 || fuzz > 3) throw inputRefused("fuzz", "fuzz takes 0 to 3");
  const files = readPatch(edit.patch, "the patch");
  const [file, more] = files;
  if (file === undefined || more !== undefined || file.from === null || file.to === null) {
    throw inputRefused("the patch", "it must change one file, and neither make nor remove it");
  }
  try {
    return applyHunks(lines, file.hunks, fuzz);
  } catch (error) {
    if (error instanceof HunkRefused)
      throw refused(path, error.message, "Read the file again and make the patch anew.");
    throw error;
  }
}

/** A byte order mark is the file's and no part of its first line; to a patch it is, as `diff` writes it. */
function editedText(text: string, edit: Exclude<FileEdit, { patch: string }>, path: string): string {
  const body = withoutMark(text);
  return text.slice(0, text.length - body.length) + textOf(editLines(linesOf(body), edit, path));
}

function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function editLines(lines: readonly TextLine[], edit: Exclude<FileEdit, { patch: string }>, path: string): TextLine[] {
  const [first, last] = rangeOf(edit);
  const bound = "insertAfter" in edit ? first >= 1 && first <= lines.length + 1 : first >= 1 && last <= lines.length;
  if (!Number.isInteger(first) || !Number.isInteger(last) || !bound || last < first - 1) {
    throw inputRefused(path, `lines ${first} to ${last} are not there: it has ${lines.length}`);
  }
  expectLines(lines, edit, first, last, path);
  const text = "with" in edit ? edit.with : "text" in edit ? edit.text : "";
  const end = endNear(lines, first - 1);
  const fresh = linesOf(withoutMark(text)).map((line): TextLine => ({ text: line.text, end }));
  const result = [...lines.slice(0, first - 1), ...fresh, ...lines.slice(last)];
  // A file that ends without a line end goes on doing so; elsewhere every line has one.
  const open = lines.at(-1)?.end === "";
  return result.map((line, at) => {
    if (at === result.length - 1) return open ? { ...line, end: "" } : line;
    return line.end === "" ? { ...line, end } : line;
  });
}

function rangeOf(edit: Exclude<FileEdit, { patch: string }>): readonly [number, number] {
  if ("replace" in edit) return edit.replace;
  if ("delete" in edit) return edit.delete;
  return [edit.insertAfter + 1, edit.insertAfter];
}

/** The expected text is that of the range, or, of an insertion, of the line before it; line ends are no part of it. */
function expectLines(
  lines: readonly TextLine[],
  edit: Exclude<FileEdit, { patch: string }>,
  first: number,
  last: number,
  path: string,
): void {
  if (edit.expect === undefined) return;
  const range = "insertAfter" in edit ? lines.slice(Math.max(0, first - 2), first - 1) : lines.slice(first - 1, last);
  const is = range.map(({ text }) => text).join("\n");
  if (is === withoutMark(edit.expect).replaceAll("\r\n", "\n").replace(/\n$/, "")) return;
  throw refused(
    path,
    `line ${first} is not what was expected; it is ${JSON.stringify(is.slice(0, 200))}`,
    "Read it again.",
  );
}
