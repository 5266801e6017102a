import type { FixSummary } from "../finding.ts";

/** A piece of text to put in the place of another; offsets into the old text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A fix that is worked out: what to change around the place, and what the file must have for it. */
export interface PlannedFix extends FixSummary {
  readonly edits: readonly Edit[];
  /** The function that the new code calls: of untorn, of the Python helper or of the shell helper. */
  readonly calls: string;
  /** What is called now, where a call becomes another: its place, the name it is called by, the module's name if any. */
  readonly callee: {
    readonly start: number;
    readonly end: number;
    readonly name: string;
    readonly bare: boolean;
  } | null;
  /** Functions of the callee's own module that the new code calls, too. */
  readonly needs?: readonly string[];
  /** Further names that the removed code used, each once: an import that nothing else needs goes with them. */
  readonly gone?: readonly string[];
}

/** The text with the edits made; edits do not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < at) throw new Error("two fixes overlap");
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** The parts of the edits that do not touch an earlier one; a fix inside another waits for the next run. */
export function withoutOverlaps<T extends { readonly edits: readonly Edit[] }>(fixes: readonly T[]): T[] {
  const taken: Edit[] = [];
  return fixes.filter(({ edits }) => {
    const free = edits.every((edit) => taken.every((other) => edit.end <= other.start || edit.start >= other.end));
    if (free) taken.push(...edits);
    return free;
  });
}
