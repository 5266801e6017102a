import type { Choices } from "./choices.ts";

/** Random JSON texts: every layout, number form, escape, comment and repeated name that an edit has to leave alone. */
export interface JsonShape {
  readonly comments: boolean;
}

const names = ["a", "b", "id", "name", "10", "2", "__proto__", "k\u00e9y", "constructor", 'q"q', "x/y~z", ""];
const scalars = [
  "null",
  "true",
  "false",
  "0",
  "-0",
  "1",
  "1.0",
  "-1.50e2",
  "12345678901234567890",
  "9007199254740993",
  "1e400",
  "-1E+400",
  "0.1000",
  "123456789012345678901234567890.5",
  '""',
  '"text"',
  '"\\u0041\\n\\/"',
  '"q\\"q"',
  '"\\\\"',
  '"a\\\\\\"b"',
  '"\\ud800"',
  '"$& \\\\1 / &"',
  '"// no comment /* here */ ,]"',
  '"\u2028\u00e9\u{1f600}"',
];
const spaces = ["", "", " ", "  ", "\t", "\n", "\r\n", "\n    ", "\r\n\t"];
const comments = ["// line ,]}\n", '/* block " */', "/* two\n lines */", "//\r\n", "/**/"];

export function jsonText(choices: Choices, shape: JsonShape): string {
  const bom = choices.chance(10) ? "\uFEFF" : "";
  const style = choices.below(3);
  const newline = choices.chance(30) ? "\r\n" : "\n";
  const space = () => {
    let out = style === 0 ? choices.pick(spaces) : "";
    if (shape.comments && choices.chance(12)) out += choices.pick(comments) + choices.pick(spaces);
    return out;
  };
  const line = (depth: number) => (style === 1 ? newline + "  ".repeat(depth) : "");
  const value = (depth: number): string => {
    const kind = depth > 3 || choices.left === 0 ? 0 : choices.below(4);
    if (kind < 2 && depth > 0) return choices.pick(scalars);
    const isArray = kind === 2;
    const count = choices.below(5);
    let out = isArray ? "[" : "{";
    for (let i = 0; i < count; i++) {
      out += line(depth + 1) + space();
      if (!isArray) out += JSON.stringify(choices.pick(names)) + space() + (style === 1 ? ": " : ":") + space();
      out += value(depth + 1) + space();
      if (i < count - 1 || (shape.comments && choices.chance(20))) out += style === 2 ? ", " : ",";
      if (i < count - 1 || style !== 1) out += space();
    }
    if (count > 0) out += line(depth);
    return `${out}${count === 0 ? space() : ""}${isArray ? "]" : "}"}`;
  };
  return bom + space() + value(0) + space() + choices.pick(["", "\n", "\r\n"]);
}

const fresh: readonly (() => unknown)[] = [
  () => 1,
  () => -0,
  () => "new",
  () => 'line\nbreak " \\ \u2028 \ud800',
  () => null,
  () => true,
  () => 2.5e-7,
  () => [],
  () => ({}),
  () => ({ n: [1, { deep: "yes" }], m: "x" }),
  () => [[], [1, 2], {}],
  () => JSON.parse('{"__proto__": 1}') as unknown,
];

/** Changes a parsed value in place the way programs do; returns the new root. */
export function mutate(choices: Choices, root: unknown): unknown {
  let at: unknown = root;
  const rounds = 1 + choices.below(3);
  for (let round = 0; round < rounds; round++) {
    at = root;
    for (let step = choices.below(4); step > 0; step--) {
      const next = childOf(choices, at);
      if (typeof next !== "object" || next === null) break;
      at = next;
    }
    if (typeof at !== "object" || at === null) return choices.pick(fresh)();
    change(choices, at);
  }
  return choices.chance(3) ? choices.pick(fresh)() : root;
}

function childOf(choices: Choices, at: unknown): unknown {
  if (typeof at !== "object" || at === null) return undefined;
  const keys = Object.keys(at);
  return keys.length === 0 ? undefined : Object.getOwnPropertyDescriptor(at, choices.pick(keys))?.value;
}

function change(choices: Choices, at: object): void {
  if (Array.isArray(at)) {
    const list = at as unknown[];
    const index = choices.below(list.length + 1);
    const kind = choices.below(7);
    if (kind === 0) list.push(choices.pick(fresh)());
    else if (kind === 1) list.shift();
    else if (kind === 2) list.splice(index, choices.below(3), choices.pick(fresh)());
    else if (kind === 3) list.splice(index, 1 + choices.below(2));
    else if (kind === 4) list.reverse();
    else if (kind === 5) list.push(list.shift() ?? null);
    else if (index < list.length) list[index] = choices.pick(fresh)();
    return;
  }
  const keys = Object.keys(at);
  const key = choices.chance(60) && keys.length > 0 ? choices.pick(keys) : choices.pick(names);
  const kind = choices.below(4);
  const old = Object.getOwnPropertyDescriptor(at, key)?.value as unknown;
  if (kind === 0) Reflect.deleteProperty(at, key);
  else if (kind === 1 && old !== undefined) {
    Reflect.deleteProperty(at, key);
    define(at, choices.pick(names), old);
  } else define(at, key, choices.pick(fresh)());
}

function define(at: object, key: string, value: unknown): void {
  Object.defineProperty(at, key, { value, enumerable: true, configurable: true, writable: true });
}
