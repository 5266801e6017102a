import { jsonForm, unrepresentable } from "../values.ts";
import type { Context, Place } from "../values.ts";

/** How new text is laid out. */
export interface Layout {
  /** One member a line. */
  readonly pretty: boolean;
  /** The indent of the line on which the value begins. */
  readonly indent: string;
  /** What one level adds to the indent. */
  readonly unit: string;
  readonly newline: string;
  /** Between key and value, the colon included. */
  readonly colon: string;
  /** Between members on one line, the comma included. */
  readonly comma: string;
  /** The values beside it are on one line each, in this form: so is a new one of that kind, if it is no longer than `longestLine`. */
  readonly inLine?: InLine;
}

export interface InLine {
  /** Objects or lists. */
  readonly bracket: "{" | "[";
  readonly colon: string;
  readonly comma: string;
  /** Within the brackets of what is not empty; none if not known. */
  readonly pads: { readonly "{"?: string; readonly "["?: string };
}

/** Characters. */
export const longestLine = 120;

/** Writes numbers; `undefined` for one that JSON cannot hold. */
export type NumberWriter = (value: number) => string | undefined;

/** A number as JavaScript writes it, -0 included; `undefined` if it is not finite. */
export const plainNumber: NumberWriter = (value) => {
  if (!Number.isFinite(value)) return undefined;
  return Object.is(value, -0) ? "-0" : String(value);
};

interface Frame {
  readonly container: object;
  /** Member names, or undefined for an array. */
  readonly keys: readonly string[] | undefined;
  readonly place: Place | undefined;
  next: number;
  empty: boolean;
}

/**
 * A value as JSON text. Own stack, so that nesting of any depth is fine; every value that JSON cannot hold is an error
 * that names its place. `place` is where the value is in its document (undefined for the root).
 */
export function serialize(
  value: unknown,
  place: Place | undefined,
  layout: Layout,
  context: Context,
  writeNumber: NumberWriter = plainNumber,
): string {
  const { inLine } = layout;
  if (layout.pretty && inLine !== undefined) {
    const line = new Serializer({ ...layout, ...inLine, pretty: false }, context, writeNumber).run(value, place);
    if (line.length <= longestLine && line.startsWith(inLine.bracket)) return line;
  }
  return new Serializer(layout, context, writeNumber).run(value, place);
}

class Serializer {
  readonly #layout: Layout;
  readonly #pads: InLine["pads"];
  readonly #context: Context;
  readonly #writeNumber: NumberWriter;
  readonly #frames: Frame[] = [];
  readonly #open = new Set<object>();
  /** Line breaks by depth, made once each. */
  readonly #breaks: string[] = [];
  #out = "";

  constructor(layout: Layout, context: Context, writeNumber: NumberWriter) {
    this.#layout = layout;
    this.#pads = layout.pretty ? {} : (layout.inLine?.pads ?? {});
    this.#context = context;
    this.#writeNumber = writeNumber;
  }

  run(value: unknown, place: Place | undefined): string {
    const form = jsonForm(value, place?.parent, place?.key ?? "", this.#context);
    if (form === undefined) throw this.#refuse(place, "undefined", "Return the value to be saved.");
    this.#value(form, place?.parent, place?.key ?? "", place);
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) this.#step(frame);
    return this.#out;
  }

  #refuse(place: Place | undefined, problem: string, next: string): Error {
    return unrepresentable(this.#context, place, problem, next);
  }

  /** Writes a scalar, or opens a container. */
  #value(value: unknown, parent: Place | undefined, key: string | number, known?: Place): void {
    if (typeof value === "string") {
      this.#out += JSON.stringify(value);
    } else if (typeof value === "number") {
      const text = this.#writeNumber(value);
      if (text === undefined) {
        throw this.#refuse({ parent, key }, String(value), "Save null or leave the member out.");
      }
      this.#out += text;
    } else if (typeof value === "object" && value !== null) {
      const place = known ?? (this.#frames.length === 0 ? undefined : { parent, key });
      if (this.#open.has(value))
        throw this.#refuse(place, "inside itself (a cycle)", "Save a reference by name instead.");
      this.#open.add(value);
      const keys = Array.isArray(value) ? undefined : Object.keys(value);
      this.#out += keys === undefined ? "[" : "{";
      this.#frames.push({ container: value, keys, place, next: 0, empty: true });
    } else {
      // true, false, null, or a BigInt.
      this.#out += String(value);
    }
  }

  /** Writes members up to the next container or the end. */
  #step(frame: Frame): void {
    const { container, keys, place } = frame;
    const depth = this.#frames.length;
    const length = keys === undefined ? (container as unknown[]).length : keys.length;
    while (frame.next < length) {
      const index = frame.next++;
      const key = keys === undefined ? index : (keys[index] ?? "");
      let value = (container as Record<string | number, unknown>)[key];
      const type = typeof value;
      if (type !== "string" && type !== "number" && type !== "boolean")
        value = jsonForm(value, place, key, this.#context);
      if (value === undefined) {
        if (keys !== undefined) continue;
        throw this.#refuse({ parent: place, key }, "undefined", "An array has no gaps in JSON: put null there.");
      }
      if (!frame.empty) this.#out += this.#layout.pretty ? "," : this.#layout.comma;
      else this.#out += this.#pads[keys === undefined ? "[" : "{"] ?? "";
      if (this.#layout.pretty) this.#out += this.#lineBreak(depth);
      frame.empty = false;
      if (keys !== undefined) this.#out += JSON.stringify(key) + this.#layout.colon;
      this.#value(value, place, key);
      if (this.#frames.length !== depth) return;
    }
    if (!frame.empty && this.#layout.pretty) this.#out += this.#lineBreak(depth - 1);
    if (!frame.empty) this.#out += this.#pads[keys === undefined ? "[" : "{"] ?? "";
    this.#out += keys === undefined ? "]" : "}";
    this.#open.delete(container);
    this.#frames.pop();
  }

  #lineBreak(depth: number): string {
    // A very deep document would need an indent of its depth on every line, which is quadratic: stop growing at 1,000.
    const level = Math.min(depth, 1000);
    return (this.#breaks[level] ??= this.#layout.newline + this.#layout.indent + this.#layout.unit.repeat(level));
  }
}
