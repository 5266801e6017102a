import { Digits } from "../digits.ts";
import { jsonForm, unrepresentable } from "../values.ts";
import type { Context, Place } from "../values.ts";

/** Deeper values are refused: the YAML library recurses. */
const MAX_DEPTH = 200;

/**
 * A value as YAML will give it back: toJSON is called, wrapped primitives are unwrapped, members that are undefined are
 * left out, each object is a copy of its own (YAML would tie shared ones together with anchors). What has no such form
 * is an error that names its place.
 */
export function plainCopy(
  value: unknown,
  context: Context,
  place?: Place,
  depth = 0,
  open = new Set<object>(),
): unknown {
  if (value instanceof Digits) return value;
  const form = jsonForm(value, place?.parent, place?.key ?? "", context);
  if (form === undefined) {
    throw unrepresentable(context, place, "undefined", "Delete the member, or put null there.");
  }
  if (typeof form !== "object" || form === null) return form;
  if (open.has(form))
    throw unrepresentable(context, place, "inside itself (a cycle)", "Save a reference by name instead.");
  if (depth >= MAX_DEPTH) throw unrepresentable(context, place, `nested deeper than ${MAX_DEPTH} levels`, "");
  open.add(form);
  let copy: unknown;
  if (Array.isArray(form)) {
    copy = Array.from(form, (item: unknown, key) => plainCopy(item, context, { parent: place, key }, depth + 1, open));
  } else {
    const members: Record<string, unknown> = {};
    for (const key of Object.keys(form)) {
      const at = { parent: place, key };
      const own = (form as Record<string, unknown>)[key];
      const item = own instanceof Digits ? own : jsonForm(own, place, key, context);
      if (item === undefined) continue;
      put(members, key, plainCopy(item, context, at, depth + 1, open));
    }
    copy = members;
  }
  open.delete(form);
  return copy;
}

/** Sets an own member, whatever its name (`__proto__` too). */
export function put(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
