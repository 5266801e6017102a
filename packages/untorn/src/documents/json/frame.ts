import type { Span } from "./scan.ts";
import type { Place } from "../values.ts";

/** One container on the way down; reused from container to container, because there are very many. */
export class Frame {
  start = 0;
  value: object = [];
  /** Member names, or undefined for an array. */
  keys: readonly string[] | undefined = undefined;
  /** Elements passed, or, while names come in the same order, members passed. */
  index = 0;
  /** The key of the child being looked at. */
  key: string | number = 0;
  /** Names met, once they stopped coming in the same order. */
  seen: Set<string> | undefined = undefined;
  dirty = false;
  /** For an array: the first child that differs; -1 if none does. */
  firstChanged = -1;
  firstChangedStart = 0;
  beforeChanged: Span | undefined = undefined;
  lastStart = -1;
  lastEnd = -1;
  removed: Span[] | undefined = undefined;
  place: Place | undefined = undefined;
  replacementMark = 0;
  gapMark = 0;
  taskMark = 0;

  /** A container begins. */
  open(start: number, value: object, place: Place | undefined): void {
    this.start = start;
    this.value = value;
    this.keys = Array.isArray(value) ? undefined : Object.keys(value);
    this.index = 0;
    this.key = 0;
    this.seen = undefined;
    this.dirty = false;
    this.firstChanged = -1;
    this.lastStart = -1;
    this.lastEnd = -1;
    this.removed = undefined;
    this.place = place;
  }

  /** Notes the first element that differs. */
  changeAt(index: number, start: number, before: Span | undefined): void {
    this.firstChanged = index;
    this.firstChangedStart = start;
    this.beforeChanged = before;
  }

  /** Notes an element that has been read. */
  pass(start: number, end: number): void {
    this.index++;
    this.lastStart = start;
    this.lastEnd = end;
  }
}

/** The place of an open container; made when it is asked for, from the nearest one that is known. */
export function placeOf(frames: readonly Frame[], depth: number, base: Place | undefined): Place | undefined {
  let known = depth;
  while (known > 0 && (frames[known] as Frame).place === undefined) known--;
  let place = known === 0 ? base : (frames[known] as Frame).place;
  for (let i = known + 1; i <= depth; i++) {
    place = { parent: place, key: (frames[i - 1] as Frame).key };
    (frames[i] as Frame).place = place;
  }
  return place;
}
