import { isDeepStrictEqual } from "node:util";
import { align, FINGERPRINT_LIMIT } from "../align.ts";
import { gapsOf, hasRepeatedName, members } from "./members.ts";
import { findMoved } from "./moved.ts";
import type { Added, Plan, Task } from "./plan.ts";
import { decodeString, skipSpace, skipValue } from "./scan.ts";
import type { Span } from "./scan.ts";
import { serialize } from "./serialize.ts";
import { jsonForm } from "../values.ts";
import type { Context } from "../values.ts";
import { Walk } from "./walk.ts";

/** What has to change so that the JSON text, whose root begins at `start`, means `value`. */
export function diff(text: string, start: number, value: unknown, context: Context): Plan {
  return new Diff(text, context).run(start, value);
}

class Diff {
  readonly #text: string;
  readonly #context: Context;
  readonly #ends = new Map<number, number>();
  readonly #walk: Walk;
  readonly #probe: Walk;
  /** Whether any object in the text has a name twice; found out when it matters. */
  #repeats: boolean | undefined;

  constructor(text: string, context: Context) {
    this.#text = text;
    this.#context = context;
    this.#walk = new Walk(text, context, this.#ends);
    this.#probe = new Walk(text, context, this.#ends);
  }

  run(start: number, value: unknown): Plan {
    const tasks: Task[] = [valueTask(skipSpace(this.#text, start), value, undefined, -1)];
    for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
      if (task.kind === "value") {
        this.#walk.run(task);
        for (const next of this.#walk.tasks) tasks.push(next);
        this.#walk.tasks.length = 0;
      } else {
        const more = task.kind === "array" ? this.#array(task) : this.#object(task);
        for (const next of more) tasks.push(next);
      }
    }
    const { changes } = this.#walk;
    const moved = findMoved(this.#text, changes, (at, fresh) =>
      this.#equal(valueTask(at, fresh.value, fresh.place, -1)),
    );
    return { ...changes, moved };
  }

  /** An array in which more than one element differs. */
  #array(task: Task): Task[] {
    const fresh = (task.value as unknown[]).slice(task.equal);
    const old = this.#elements(task.next);
    const task0 = (i: number, j: number): Task =>
      valueTask(old[i]?.start ?? 0, fresh[j], { parent: task.place, key: task.equal + j }, task.start);
    const matches = align({
      oldLength: old.length,
      old: (i) => this.#shortValue(old[i] as Span),
      fresh,
      moves: "objects and lists",
      equal: (i, j) => this.#equal(task0(i, j)),
    });
    const tasks: Task[] = [];
    let before = task.before;
    let i = 0;
    let j = 0;
    const flush = (oldEnd: number, freshEnd: number, after: Span | undefined) => {
      const removed = old.slice(i, oldEnd);
      const added = fresh.slice(j, freshEnd).map((value, at): Added => {
        return { key: undefined, value, place: { parent: task.place, key: task.equal + j + at } };
      });
      if (removed.length === 0 && added.length === 0) return;
      this.#walk.changes.gaps.push({ open: task.start, outer: task.outer, before, removed, after, added });
    };
    for (const match of matches) {
      flush(match.old, match.fresh, old[match.old]);
      if (!match.equal) tasks.push(task0(match.old, match.fresh));
      before = old[match.old];
      i = match.old + 1;
      j = match.fresh + 1;
    }
    flush(old.length, fresh.length, undefined);
    return tasks;
  }

  #shortValue({ start, end }: Span): unknown {
    return end - start > FINGERPRINT_LIMIT ? undefined : JSON.parse(this.#text.slice(start, end));
  }

  #elements(from: number): Span[] {
    const text = this.#text;
    const spans: Span[] = [];
    for (let pos = from; text.charCodeAt(pos) !== 93;) {
      if (text.charCodeAt(pos) === 44) pos = skipSpace(text, pos + 1);
      const end = skipValue(text, pos, this.#ends);
      spans.push({ start: pos, end });
      pos = skipSpace(text, end);
    }
    return spans;
  }

  #equal(task: Task): boolean {
    if (this.#probe.equal(task)) return true;
    this.#repeats ??= hasRepeatedName(this.#text);
    if (!this.#repeats) return false;
    try {
      const old: unknown = JSON.parse(this.#text.slice(task.start, skipValue(this.#text, task.start, this.#ends)));
      if (isDeepStrictEqual(old, task.value)) return true;
      const layout = { pretty: false, indent: "", unit: "", newline: "", colon: ":", comma: "," };
      return isDeepStrictEqual(old, JSON.parse(serialize(task.value, task.place, layout, this.#context)));
    } catch {
      // A value that cannot be saved, or too deep to compare: not known to be equal.
      return false;
    }
  }

  /** An object with a name that comes twice: the last one counts, and is the one that changes. */
  #object(task: Task): Task[] {
    const value = task.value as Record<string, unknown>;
    const last = new Map<string, number>();
    const removed: Span[] = [];
    const form = (key: string): unknown => {
      const own = Object.hasOwn(value, key) ? value[key] : undefined;
      return typeof own === "object" ? jsonForm(own, task.place, key, this.#context) : own;
    };
    for (const member of members(this.#text, task.start, this.#ends)) {
      const key = decodeString(this.#text, member.start, member.nameEnd);
      if (form(key) === undefined) removed.push(member);
      else last.set(key, member.value);
    }
    const added: Added[] = [];
    for (const key of Object.keys(value)) {
      if (!last.has(key) && form(key) !== undefined) {
        added.push({ key, value: value[key], place: { parent: task.place, key } });
      }
    }
    if (removed.length > 0 || added.length > 0) {
      this.#walk.changes.gaps.push(...gapsOf(this.#text, task.start, task.outer, removed, added, this.#ends));
    }
    return [...last].map(([key, at]) => valueTask(at, value[key], { parent: task.place, key }, task.start));
  }
}

function valueTask(start: number, value: unknown, place: Task["place"], outer: number): Task {
  return { kind: "value", start, value, place, outer, equal: 0, next: 0, before: undefined };
}
