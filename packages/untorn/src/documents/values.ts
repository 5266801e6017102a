import { invalidArgument } from "../platform/index.ts";

/** Where a value is in its document: a list from the inside out, so that a step down costs one object. */
export interface Place {
  readonly parent: Place | undefined;
  readonly key: string | number;
}

/** A place as a JSON Pointer (RFC 6901), shortened in the middle if it is very long; the root is "/". */
export function pointer(place: Place | undefined): string {
  const keys: string[] = [];
  for (let at = place; at !== undefined; at = at.parent)
    keys.push(String(at.key).replace(/~/g, "~0").replace(/\//g, "~1"));
  keys.reverse();
  if (keys.length > 40) keys.splice(20, keys.length - 40, "...");
  return `/${keys.join("/")}`;
}

/** What an error needs to name the value that has no JSON form. */
export interface Context {
  readonly path: string;
  readonly what: string;
}

/** The error for a value that JSON cannot hold. */
export function unrepresentable(context: Context, place: Place | undefined, problem: string, next: string): Error {
  return invalidArgument(
    context.path,
    `the new value cannot be saved as ${context.what}: ${pointer(place)} is ${problem}`,
    next,
  );
}

/** Objects that JSON.stringify turns into `{}` or a list of numbered members, which is a silent loss. */
const opaque = new Set([
  "ArrayBuffer",
  "DataView",
  "Error",
  "Generator",
  "Map",
  "Promise",
  "RegExp",
  "Set",
  "SharedArrayBuffer",
  "WeakMap",
  "WeakRef",
  "WeakSet",
]);

/** Whether an object can be walked as it is: no toJSON, nothing to unwrap. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === Array.prototype || prototype === null) &&
    typeof (value as { toJSON?: unknown }).toJSON !== "function"
  );
}

/**
 * A value as JSON.stringify would see it: toJSON is called, wrapped primitives are unwrapped. What JSON.stringify would
 * turn into something else in silence (a function, a symbol, a Map, a Promise) is an error. `undefined` is returned as it is.
 */
export function jsonForm(given: unknown, parent: Place | undefined, key: string | number, context: Context): unknown {
  let value = given;
  const holder = value as { toJSON?: unknown } | null | undefined;
  if ((typeof value === "object" || typeof value === "bigint") && typeof holder?.toJSON === "function") {
    value = (holder.toJSON as (this: unknown, key: string) => unknown).call(value, String(key));
  }
  const refuse = (problem: string, next: string) => unrepresentable(context, { parent, key }, problem, next);
  if (typeof value === "function") throw refuse("a function", "Leave it out, or save what it returns.");
  if (typeof value === "symbol") throw refuse("a symbol", "Leave it out, or save its description.");
  if (typeof value !== "object" || value === null || isPlain(value)) return value;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag === "Number" || tag === "String" || tag === "Boolean" || tag === "BigInt") return value.valueOf();
  if (opaque.has(tag) || ArrayBuffer.isView(value)) {
    const advice = tag === "Promise" ? "Await it first." : "Convert it to an object, an array or a string first.";
    throw refuse(`a ${ArrayBuffer.isView(value) ? "typed array" : tag}, which has no JSON form`, advice);
  }
  return value;
}
