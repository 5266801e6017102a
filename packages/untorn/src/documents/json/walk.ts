import { sameNumber } from "../digits.ts";
import { Frame, placeOf } from "./frame.ts";
import { Known } from "./known.ts";
import { addedMembers, gapsOf } from "./members.ts";
import type { Changes, Task } from "./plan.ts";
import { decodeString, matchNumber, matchString, skipOut, skipSpace, skipString, skipValue } from "./scan.ts";
import { isPlain, jsonForm } from "../values.ts";
import type { Context, Place } from "../values.ts";

const NONE = 1e9;

/** Marks at the beginning of all lists. */
const NOTHING = new Frame();

/** In place of an end: the new object does not have this member. */
const ABSENT = -2;

/**
 * Compares a new value with old text in one pass, without parsing the text into values. Objects are compared by name;
 * arrays element by element, and as soon as a second element of an array differs, or the lengths differ, the array is
 * left to an alignment task. Each text that is equal is read once, which is what makes an edit of a large file cheap.
 */
export class Walk {
  readonly changes: Changes = { replacements: [], gaps: [] };
  readonly tasks: Task[] = [];
  readonly #text: string;
  readonly #context: Context;
  readonly #ends: Map<number, number>;
  readonly #frames: Frame[] = [];
  /** How many frames are in use. */
  #depth = 0;
  /** The outermost array in use that has a changed child already. */
  #changedArray = NONE;
  #task: Task | undefined;
  #probing = false;
  readonly #known = new Known();

  constructor(text: string, context: Context, ends: Map<number, number>) {
    this.#text = text;
    this.#context = context;
    this.#ends = ends;
  }

  /** Records what has to change so that the value at `task.start` becomes `task.value`. Returns how far it has read. */
  run(task: Task): number {
    this.#task = task;
    this.#depth = 0;
    this.#changedArray = NONE;
    let pos = this.#child(undefined, task.start, task.value);
    while (this.#depth > 0) {
      const frame = this.#frames[this.#depth - 1] as Frame;
      pos = frame.keys === undefined ? this.#stepArray(frame, pos) : this.#stepObject(frame, frame.keys, pos);
      if (this.#probing && this.#hasChanges()) break;
    }
    return pos;
  }

  /**
   * Whether the value at `task.start` means `task.value`. Stops at the first difference and records nothing. An object
   * in which a name is repeated may be called different although it is not.
   */
  equal(task: Task): boolean {
    this.#probing = true;
    const read = this.run(task);
    const equal = !this.#hasChanges();
    if (!equal) this.#known.differ(this.#frames, this.#depth, read);
    this.#probing = false;
    this.#forget(NOTHING);
    return equal;
  }

  #hasChanges(): boolean {
    return this.changes.replacements.length + this.changes.gaps.length + this.tasks.length > 0;
  }

  /** Compares one child; goes down if both are containers of a kind. Returns where to read on. */
  #child(frame: Frame | undefined, pos: number, given: unknown): number {
    const text = this.#text;
    let value = given;
    let end = -1;
    if (typeof value === "string") end = matchString(text, pos, value);
    else if (typeof value === "number") end = matchNumber(text, pos, value);
    else if (value === null) end = text.startsWith("null", pos) ? pos + 4 : -1;
    else if (typeof value === "boolean") end = text.startsWith(String(value), pos) ? pos + (value ? 4 : 5) : -1;
    else {
      if (typeof value !== "object" || !isPlain(value)) {
        value = jsonForm(value, this.#place(), frame?.key ?? this.#task?.place?.key ?? "", this.#context);
        if (value === undefined && frame?.keys !== undefined) return ABSENT;
        if (typeof value !== "object" || value === null) return this.#odd(frame, pos, value);
      }
      if (text.charCodeAt(pos) === (Array.isArray(value) ? 91 : 123)) return this.#enter(pos, value);
    }
    return end === -1 ? this.#replace(frame, pos, value) : end;
  }

  /** A BigInt (the same number keeps its form, be it 1e20), or a scalar that came out of toJSON or a wrapper. */
  #odd(frame: Frame | undefined, pos: number, value: unknown): number {
    if (typeof value !== "bigint") {
      return value === undefined ? this.#replace(frame, pos, value) : this.#child(frame, pos, value);
    }
    const end = skipValue(this.#text, pos, this.#ends);
    return sameNumber(this.#text.slice(pos, end), value) ? end : this.#replace(frame, pos, value);
  }

  #replace(frame: Frame | undefined, pos: number, value: unknown): number {
    const end = skipValue(this.#text, pos, this.#ends);
    const open = frame?.start ?? this.#task?.outer ?? -1;
    const place: Place | undefined =
      frame === undefined ? this.#task?.place : { parent: this.#place(), key: frame.key };
    this.changes.replacements.push({ start: pos, end, value, place, open });
    return this.#changed(frame, pos) ? this.#abandon(this.#changedArray, end) : end;
  }

  /** Notes a change of the child that begins at `pos`; true if an array on the way has to be aligned instead. */
  #changed(frame: Frame | undefined, pos: number): boolean {
    if (frame === undefined) return false;
    frame.dirty = true;
    if (this.#changedArray < this.#depth) return true;
    if (frame.keys === undefined) this.#firstChange(frame, pos);
    return false;
  }

  #firstChange(frame: Frame, pos: number): void {
    const before = frame.index === 0 ? undefined : { start: frame.lastStart, end: frame.lastEnd };
    frame.changeAt(frame.index, pos, before);
    this.#changedArray = Math.min(this.#changedArray, this.#depth - 1);
  }

  #enter(pos: number, value: object): number {
    const frame = (this.#frames[this.#depth++] ??= new Frame());
    frame.open(pos, value, undefined);
    const open = this.#task;
    if (this.#probing && open !== undefined && this.#known.differs(pos, value)) this.tasks.push(open);
    frame.replacementMark = this.changes.replacements.length;
    frame.gapMark = this.changes.gaps.length;
    frame.taskMark = this.tasks.length;
    return pos + 1;
  }

  /** Reads elements up to the next container or the end. */
  #stepArray(frame: Frame, from: number): number {
    const text = this.#text;
    const depth = this.#depth;
    const value = frame.value as unknown[];
    const known = from === frame.start + 1 ? this.#known.alignment(frame) : undefined;
    if (known !== undefined) {
      frame.changeAt(known.equal, known.next, known.before);
      return this.#align(frame, depth - 1, from, skipOut(text, from, [frame.start], this.#ends));
    }
    for (let pos = from; ;) {
      pos = skipSpace(text, pos);
      if (text.charCodeAt(pos) === 93) {
        if (frame.index === value.length) return this.#close(frame, pos + 1);
        return this.#align(frame, depth - 1, pos, pos + 1);
      }
      if (text.charCodeAt(pos) === 44) pos = skipSpace(text, pos + 1);
      if (frame.index >= value.length) {
        return this.#align(frame, depth - 1, pos, skipOut(text, pos, [frame.start], this.#ends));
      }
      frame.key = frame.index;
      const end = this.#child(frame, pos, value[frame.index]);
      if (this.#depth !== depth) return end;
      frame.pass(pos, end);
      pos = end;
    }
  }

  /** Reads members up to the next container or the end. */
  #stepObject(frame: Frame, keys: readonly string[], from: number): number {
    const text = this.#text;
    const depth = this.#depth;
    for (let pos = from; ;) {
      pos = skipSpace(text, pos);
      if (text.charCodeAt(pos) === 125) return this.#closeObject(frame, keys, pos + 1);
      if (text.charCodeAt(pos) === 44) pos = skipSpace(text, pos + 1);
      const start = pos;
      let key = frame.seen === undefined ? keys[frame.index] : undefined;
      let end = key === undefined ? -1 : matchString(text, pos, key);
      if (key === undefined || end === -1) {
        end = skipString(text, pos);
        key = decodeString(text, pos, end);
        const seen = (frame.seen ??= new Set(keys.slice(0, frame.index)));
        if (seen.has(key)) return this.#repeat(frame, pos);
        seen.add(key);
      } else {
        frame.index++;
      }
      pos = skipSpace(text, skipSpace(text, end) + 1);
      frame.key = key;
      frame.lastStart = start;
      // Members that are inherited do not count, and `__proto__` is a name like any other.
      const value = Object.hasOwn(frame.value, key) ? (frame.value as Record<string, unknown>)[key] : undefined;
      end = value === undefined ? ABSENT : this.#child(frame, pos, value);
      if (this.#depth !== depth) return end;
      if (end === ABSENT) {
        end = skipValue(text, pos, this.#ends);
        (frame.removed ??= []).push({ start, end });
        if (this.#changed(frame, pos)) return this.#abandon(this.#changedArray, end);
      }
      frame.lastEnd = end;
      pos = end;
    }
  }

  /** A name that comes twice: the last one counts (ECMA-262, JSON.parse), so the object is read again as a whole. */
  #repeat(frame: Frame, pos: number): number {
    const place = placeOf(this.#frames, this.#depth - 1, this.#task?.place);
    const { start, value } = frame;
    this.#forget(frame);
    const rest = { outer: this.#outer(this.#depth - 1), equal: 0, next: 0, before: undefined };
    this.tasks.push({ kind: "object", start, value, place, ...rest });
    const end = skipOut(this.#text, pos, [frame.start], this.#ends);
    // Whether it differs is not known yet: to be sure, it counts as changed.
    frame.dirty = true;
    return this.#close(frame, end);
  }

  /** The new object's members that the old text does not have go to its end. */
  #closeObject(frame: Frame, keys: readonly string[], end: number): number {
    if (frame.removed === undefined && frame.seen === undefined && frame.index === keys.length) {
      return this.#close(frame, end);
    }
    const names = frame.seen === undefined ? keys.slice(frame.index) : keys;
    const place = placeOf(this.#frames, this.#depth - 1, this.#task?.place);
    const added = addedMembers(frame.value, names, frame.seen, place, this.#context);
    if (frame.removed === undefined && added.length === 0) return this.#close(frame, end);
    frame.dirty = true;
    if (this.#changedArray < this.#depth - 1) return this.#abandon(this.#changedArray, end, this.#depth - 1);
    const outer = this.#outer(this.#depth - 1);
    const last = frame.lastStart === -1 ? undefined : { start: frame.lastStart, end: frame.lastEnd };
    if (frame.removed === undefined) {
      this.changes.gaps.push({ open: frame.start, outer, before: last, removed: [], after: undefined, added });
    } else {
      this.changes.gaps.push(...gapsOf(this.#text, frame.start, outer, frame.removed, added, this.#ends));
    }
    return this.#close(frame, end);
  }

  /** Leaves a container and tells the one around it whether something in it changed. */
  #close(frame: Frame, end: number): number {
    this.#depth--;
    if (this.#changedArray === this.#depth) this.#changedArray = NONE;
    if (this.#depth === 0) return end;
    const parent = this.#frames[this.#depth - 1] as Frame;
    if (frame.dirty) {
      parent.dirty = true;
      if (this.#changedArray < this.#depth) return this.#abandon(this.#changedArray, end);
      if (parent.keys === undefined) this.#firstChange(parent, frame.start);
    }
    if (parent.keys === undefined) parent.pass(frame.start, end);
    else parent.lastEnd = end;
    return end;
  }

  /** Drops what was found inside an array and leaves it to an alignment task; `depth` frames are still open at `pos`. */
  #abandon(at: number, pos: number, depth = this.#depth): number {
    const frame = this.#frames[at] as Frame;
    const opens = this.#frames.slice(at, depth).map((open) => open.start);
    return this.#align(frame, at, pos, skipOut(this.#text, pos, opens, this.#ends));
  }

  #align(frame: Frame, at: number, pos: number, end: number): number {
    const changed = frame.firstChanged !== -1;
    const equal = changed ? frame.firstChanged : frame.index;
    const last = frame.index === 0 ? undefined : { start: frame.lastStart, end: frame.lastEnd };
    const task: Task = {
      kind: "array",
      start: frame.start,
      value: frame.value,
      place: placeOf(this.#frames, at, this.#task?.place),
      outer: this.#outer(at),
      equal,
      next: changed ? frame.firstChangedStart : pos,
      before: changed ? frame.beforeChanged : last,
    };
    this.#forget(frame);
    this.tasks.push(task);
    this.#known.aligns(task, end);
    this.#depth = at + 1;
    if (this.#changedArray >= at) this.#changedArray = NONE;
    frame.dirty = true;
    return this.#close(frame, end);
  }

  #forget(frame: Frame): void {
    this.changes.replacements.length = frame.replacementMark;
    this.changes.gaps.length = frame.gapMark;
    this.tasks.length = frame.taskMark;
  }

  #outer(depth: number): number {
    return depth === 0 ? (this.#task?.outer ?? -1) : (this.#frames[depth - 1] as Frame).start;
  }

  #place(): Place | undefined {
    return this.#depth === 0 ? this.#task?.place?.parent : placeOf(this.#frames, this.#depth - 1, this.#task?.place);
  }
}
