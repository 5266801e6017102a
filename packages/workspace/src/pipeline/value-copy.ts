/** A value as JSON would say it, kept to see later whether it would say the same. What `other` stands for is the same as nothing. */
export type Copy = string | number | boolean | null | undefined | readonly Copy[] | Members | typeof other;

/** The members of an object in their order, names and values by turns. */
class Members {
  readonly list: readonly Copy[];

  constructor(list: readonly Copy[]) {
    this.list = list;
  }
}

const other = Symbol("a value of another kind, or too deep");

/** Deeper values are rare, and must not fill up the stack. */
const deepest = 32;

export function copyOf(value: unknown, depth = 0): Copy {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "undefined":
      return value;
    case "object":
      if (value === null) return value;
      if (depth === deepest) return other;
      if (isPlain(value)) return membersOf(value, depth + 1);
      return Array.isArray(value) && !saysItself(value) ? value.map((each) => copyOf(each, depth + 1)) : other;
    default:
      return other;
  }
}

function membersOf(value: Record<string, unknown>, depth: number): Members {
  const list: Copy[] = [];
  for (const name in value) list.push(name, copyOf(value[name], depth));
  return new Members(list);
}

/** Whether a value is what it was when it was copied: the same members in the same order, all the way down. */
export function isSame(value: unknown, copy: Copy): boolean {
  if (typeof value !== "object" || value === null) return value === copy;
  if (copy instanceof Members) return isPlain(value) && hasMembers(value, copy.list);
  if (!Array.isArray(copy) || !Array.isArray(value) || value.length !== copy.length || saysItself(value)) return false;
  for (let index = 0; index < copy.length; index += 1) if (!isSame(value[index], copy[index])) return false;
  return true;
}

function hasMembers(value: Record<string, unknown>, list: readonly Copy[]): boolean {
  let index = 0;
  for (const name in value) {
    if (list[index] !== name || !isSame(value[name], list[index + 1])) return false;
    index += 2;
  }
  return index === list.length;
}

/** An object as `{}` makes it: what JSON says of it are its own members. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !saysItself(value)
  );
}

function saysItself(value: object): boolean {
  return (value as { toJSON?: unknown }).toJSON !== undefined;
}
