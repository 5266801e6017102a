import { UsageError } from "./usage-error.ts";

/** What an action of a command takes. */
export interface Takes {
  /** Its operands; those in brackets may be left out, and one that ends in "...]" may come again. */
  readonly takes: readonly string[];
  /** Its options, besides those that every action of the command has. */
  readonly options?: readonly string[];
  /** Options of it that mean something only beside another one: `{ text: "replace" }`. */
  readonly beside?: Readonly<Record<string, string>>;
}

/**
 * The action that is asked for, whose name has one word or two, and its operands. What it does not take is refused: a word or an option
 * that is passed over in silence was meant to do something.
 */
export function chooseAction<A extends Takes>(
  actions: Readonly<Record<string, A>>,
  given: readonly string[],
  values: Readonly<Record<string, unknown>>,
  always: readonly string[],
): { readonly name: string; readonly action: A; readonly operands: readonly string[] } {
  const [first = "", second = ""] = given;
  const name = [`${first} ${second}`, first].find((each) => Object.hasOwn(actions, each));
  const action = name === undefined ? undefined : actions[name];
  if (name === undefined || action === undefined) {
    const all = Object.keys(actions);
    const known = all.filter((each) => each.startsWith(`${first} `));
    throw new UsageError(`There is no action '${first}'. It takes ${(known.length > 0 ? known : all).join(", ")}.`);
  }
  const operands = given.slice(name.split(" ").length);
  const { takes, options = [], beside = {} } = action;
  const missing = takes[operands.length];
  if (missing !== undefined && !missing.startsWith("[")) throw new UsageError(`${missing} is missing.`);
  if (operands.length > takes.length && takes.at(-1)?.endsWith("...]") !== true) {
    const form = [name, ...takes].join(" ");
    throw new UsageError(`'${operands[takes.length]}' is one argument too many: it is ${form}.`);
  }
  const known = new Set([...always, ...options, ...Object.keys(beside), "json"]);
  const asked = Object.keys(values).filter((each) => values[each] !== undefined);
  const other = asked.find((each) => !known.has(each));
  if (other !== undefined) throw new UsageError(`${name} takes no --${other}.`);
  const alone = asked.find((each) => Object.hasOwn(beside, each) && !asked.includes(beside[each] ?? ""));
  if (alone !== undefined) throw new UsageError(`${name} takes --${alone} only with --${beside[alone]}.`);
  return { name, action, operands };
}
