import type { Position } from "../platform/index.ts";

/** What is wrong with a content. */
export interface Problem {
  /** In words, without path and full stop. */
  readonly text: string;
  /** Where, as far as that can be told. */
  readonly position?: Position | undefined;
  /**
   * What is good in it all the same, and how to get it: recovery then leaves the file as it is, since anything older that could
   * take its place would have less.
   */
  readonly rest?: string | undefined;
}

/** A kind of file: how it is known by its name, and when its content is whole. */
export interface Format {
  /** A word for reports: `json`. */
  readonly name: string;
  /** The files it is for: a name (`registry.json`), an ending (`*.json`), a pattern for the name, or several of these. */
  readonly match: Match | readonly Match[];
  /**
   * What is wrong with these bytes; `undefined`: nothing. It must not change anything, and gives the same answer for the same
   * bytes. What it throws counts as a problem. Zero bytes and NULs alone never get here: they are always wrong.
   */
  readonly validate: (bytes: Uint8Array, path: string) => Problem | string | undefined;
  /** A few words on a whole content for lists of generations: `3 members`. */
  readonly describe?: (bytes: Uint8Array, path: string) => string;
  /**
   * Only files at these paths, and beside the format that their name gives them: it is asked once that one has found nothing
   * wrong. So a layout says more about its `tasks.json`, and nothing about another one.
   */
  readonly at?: (path: string) => boolean;
  /** With `at`: it alone says what is wrong with those files, because their tool reads more than the name's format allows. */
  readonly alone?: boolean;
  /** Whether an empty file is whole, as a log without records is. Default `false`: zero bytes are what a power cut leaves. */
  readonly mayBeEmpty?: boolean;
}

export type Match = string | RegExp;

/** Whether a format is for the file of this name. */
export function matches(format: Format, name: string): boolean {
  const all = Array.isArray(format.match) ? (format.match as readonly Match[]) : [format.match as Match];
  return all.some((match) => {
    if (typeof match !== "string") return match.test(name);
    return match.startsWith("*") ? name.length >= match.length && name.endsWith(match.slice(1)) : name === match;
  });
}
