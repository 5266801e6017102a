import { tornProblem } from "../ground/index.ts";

/** What is behind the frontmatter: all of a text that has none, and `undefined` where it is never closed. */
export function bodyOf(text: string): string | undefined {
  const opening = /^\ufeff?---[ \t]*\r?\n/.exec(text)?.[0];
  if (opening === undefined) return /^\ufeff?---[ \t]*$/.test(text) ? undefined : text;
  const closing = /^(?:---|\.\.\.)[ \t]*\r?$/m.exec(text.slice(opening.length));
  return closing === null
    ? undefined
    : text.slice(opening.length + closing.index + closing[0].length).replace(/^\n/, "");
}

/** Why a document is not all of what was written: it is empty, has NULs, or ends within its frontmatter. */
export function cutProblem(text: string): string | undefined {
  return tornProblem(text) ?? (bodyOf(text) === undefined ? "its frontmatter has no closing --- line" : undefined);
}
