import { UntornError } from "untorn";
import { countLineEnds } from "./splice.ts";

/** Something that can be named in an error: what it is called, and where in the text it is. */
export interface Candidate {
  readonly name: string;
  readonly start: number;
}

const shownCandidates = 20;
const shownLength = 80;
const nowhere = "(text)";

/** The error for a name that is not there; names what is. */
export function noMatch(
  text: string,
  what: string,
  there: readonly Candidate[],
  path: string | undefined,
): UntornError {
  const listed = there.length === 0 ? "there is none at all" : `there is ${list(text, there)}`;
  return new UntornError({
    code: "UNTORN_NO_MATCH",
    path: path ?? nowhere,
    phase: "read",
    outcome: "unchanged",
    problem: `there is no ${what}; ${listed}`,
    next:
      there.length === 0
        ? "Look whether it is in a code block, a comment or frontmatter: what is there is not looked at."
        : "Check the name.",
  });
}

/** The error for something that several things match; names them. */
export function ambiguous(
  text: string,
  what: string,
  found: readonly Candidate[],
  path: string | undefined,
  next?: string,
): UntornError {
  return new UntornError({
    code: "UNTORN_AMBIGUOUS",
    path: path ?? nowhere,
    phase: "read",
    outcome: "unchanged",
    problem: `there are ${found.length} of ${what}: ${list(text, found)}`,
    ...(next === undefined ? {} : { next }),
  });
}

/** The error for an argument that cannot be written so that it would be read back as it is. */
export function refused(problem: string, path: string | undefined, next = ""): UntornError {
  return new UntornError({
    code: "UNTORN_INVALID_ARGUMENT",
    path: path ?? nowhere,
    phase: "arguments",
    outcome: "unchanged",
    problem,
    next,
  });
}

/** The one of several that `index` says, or the only one. `next` is the advice where no index can be given. */
export function pickOne<T extends Candidate>(
  text: string,
  what: string,
  found: readonly T[],
  all: () => readonly Candidate[],
  { index, path, next }: { readonly index?: number; readonly path?: string; readonly next?: string },
): T {
  if (index !== undefined && (!Number.isSafeInteger(index) || index < 0)) {
    throw refused(`index must be 0 or more, not ${index}`, path);
  }
  const [only] = found;
  if (only === undefined) throw noMatch(text, what, all(), path);
  if (index === undefined && found.length > 1) throw ambiguous(text, what, found, path, next);
  const picked = found[index ?? 0];
  if (picked === undefined) throw noMatch(text, `${what} with index ${index}`, found, path);
  return picked;
}

function list(text: string, candidates: readonly Candidate[]): string {
  const shown = candidates.slice(0, shownCandidates);
  const names = shown.map(({ name, start }) => `${shorten(name)} (line ${countLineEnds(text, 0, start) + 1})`);
  const more = candidates.length - shown.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function shorten(name: string): string {
  const quoted = JSON.stringify(name.length > shownLength ? name.slice(0, shownLength) : name);
  return name.length > shownLength ? `${quoted.slice(0, -1)}..."` : quoted;
}
