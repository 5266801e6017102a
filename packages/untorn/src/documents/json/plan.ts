import type { Span } from "./scan.ts";
import type { Place } from "../values.ts";

/** A value that takes the place of an old one. */
export interface Replacement extends Span {
  readonly value: unknown;
  readonly place: Place | undefined;
  /** Where the container around it opens; -1 at the root. */
  readonly open: number;
}

/** A new member or element. */
export interface Added {
  /** The member's name, or undefined in an array. */
  readonly key: string | undefined;
  readonly value: unknown;
  readonly place: Place;
}

/** A place between two kept members where something goes or comes. */
export interface Gap {
  /** Where the container opens. */
  readonly open: number;
  /** Where the container around that one opens; -1 at the root. */
  readonly outer: number;
  /** The member before, which stays. */
  readonly before: Span | undefined;
  /** Members that go, in a row. */
  readonly removed: readonly Span[];
  /** The member after, which stays. */
  readonly after: Span | undefined;
  readonly added: readonly Added[];
}

/** Everything that an edit changes; no two entries touch the same text. */
export interface Changes {
  readonly replacements: Replacement[];
  readonly gaps: Gap[];
}

/** The same, with what only moves: for a new value, where its text stands now. */
export interface Plan extends Changes {
  readonly moved: ReadonlyMap<object, Span>;
}

/** One container to be compared again with more care, or one pair of elements to be compared at all. */
export interface Task {
  readonly kind: "value" | "array" | "object";
  /** Where the old value begins. */
  readonly start: number;
  readonly value: unknown;
  readonly place: Place | undefined;
  /** Where the container around it opens; -1 at the root. */
  readonly outer: number;
  /** For an array: how many elements in front are known to be equal, and where the next one begins (or the array's end). */
  readonly equal: number;
  readonly next: number;
  /** For an array: the last of the equal elements. */
  readonly before: Span | undefined;
}
