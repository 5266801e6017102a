import { invalidArgument } from "../../platform/index.ts";
import { Digits } from "../digits.ts";
import { put } from "./plain.ts";
import type { Data } from "./read.ts";

/** A place in the frontmatter: `"author.name"`, `"tags.0"`, `"a\\.b"` for a dot in a key, or the keys in a list. */
export type KeyPath = string | readonly (string | number)[];

/** The keys of a dotted path. A backslash takes the dot or backslash after it as it is. */
export function keysOf(path: KeyPath, file: string): string[] {
  const keys = typeof path === "string" ? splitDots(path) : path.map(String);
  if (keys.length === 0 || (typeof path === "string" && keys.includes(""))) {
    throw invalidArgument(
      file,
      `${JSON.stringify(path)} is not a path of keys`,
      'Write keys with dots between: "author.name".',
    );
  }
  return keys;
}

function splitDots(path: string): string[] {
  const keys: string[] = [""];
  for (let i = 0; i < path.length; i++) {
    let character = path.charAt(i);
    if (character === ".") {
      keys.push("");
      continue;
    }
    if (character === "\\" && /[.\\]/.test(path.charAt(i + 1))) character = path.charAt(++i);
    keys[keys.length - 1] += character;
  }
  return keys;
}

/** The value at a path; undefined if there is none. */
export function valueAt(data: Data, keys: readonly string[]): unknown {
  let value: unknown = data;
  for (const key of keys) {
    if (!holdsMembers(value) || !Object.hasOwn(value, key)) return undefined;
    value = (value as Data)[key];
  }
  return value;
}

function holdsMembers(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(value instanceof Digits);
}

/** Sets the value at a path, in place; objects that are missing on the way are made. */
export function setAt(data: Data, keys: readonly string[], value: unknown, file: string): void {
  let target: object = data;
  keys.forEach((key, i) => {
    const last = i === keys.length - 1;
    if (Array.isArray(target)) checkIndex(target, key, keys.slice(0, i), file);
    const own = Object.hasOwn(target, key) ? (target as Data)[key] : undefined;
    if (last) {
      put(target, key, value);
    } else if (holdsMembers(own)) {
      target = own;
    } else if (own === undefined || own === null) {
      const made = {};
      put(target, key, made);
      target = made;
    } else {
      const where = keys.slice(0, i + 1).join(".");
      throw invalidArgument(
        file,
        `${where} is ${JSON.stringify(own)}, so it has no member ${JSON.stringify(keys[i + 1])}`,
      );
    }
  });
}

function checkIndex(list: readonly unknown[], key: string, keys: readonly string[], file: string): void {
  if (/^(?:0|[1-9]\d*)$/.test(key) && Number(key) <= list.length) return;
  const problem = `${keys.join(".")} is a list of ${list.length}, and ${JSON.stringify(key)} is not an index in it`;
  throw invalidArgument(file, problem, `Use 0 to ${list.length}; ${list.length} appends.`);
}

/** Removes the value at a path, in place; false if there is none. */
export function deleteAt(data: Data, keys: readonly string[]): boolean {
  const parent = valueAt(data, keys.slice(0, -1));
  const key = keys.at(-1) ?? "";
  if (!holdsMembers(parent) || !Object.hasOwn(parent, key)) return false;
  if (Array.isArray(parent)) {
    if (!/^(?:0|[1-9]\d*)$/.test(key)) return false;
    parent.splice(Number(key), 1);
  } else {
    Reflect.deleteProperty(parent, key);
  }
  return true;
}
