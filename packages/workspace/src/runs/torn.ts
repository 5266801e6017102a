import { tornProblem } from "../ground/index.ts";

interface Parts {
  /** `undefined`: there is no frontmatter. */
  readonly frontmatter: string | undefined;
  readonly body: string;
}

/** A text with its frontmatter apart; `undefined` where that is never closed. */
function partsOf(text: string): Parts | undefined {
  const opening = /^\ufeff?---[ \t]*\r?\n/.exec(text)?.[0];
  if (opening === undefined)
    return /^\ufeff?---[ \t]*$/.test(text) ? undefined : { frontmatter: undefined, body: text };
  const rest = text.slice(opening.length);
  const closing = /^(?:---|\.\.\.)[ \t]*\r?$/m.exec(rest);
  if (closing === null) return undefined;
  const body = rest.slice(closing.index + closing[0].length).replace(/^\n/, "");
  return { frontmatter: rest.slice(0, closing.index), body };
}

/** What is behind the frontmatter: all of a text that has none, and `undefined` where it is never closed. */
export function bodyOf(text: string): string | undefined {
  return partsOf(text)?.body;
}

/** The YAML of a text's frontmatter, as it is written; `undefined` where there is none, or it is never closed. */
export function frontmatterOf(text: string): string | undefined {
  return partsOf(text)?.frontmatter;
}

/** Why a document is not all of what was written: it is empty, has NULs, or ends within its frontmatter. */
export function cutProblem(text: string): string | undefined {
  return tornProblem(text) ?? (bodyOf(text) === undefined ? "its frontmatter has no closing --- line" : undefined);
}
