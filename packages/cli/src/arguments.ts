import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";
import { nearest } from "./nearest.ts";
import { UsageError } from "./usage-error.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** What a command's operands are called, and which of them may be left out or come more than once. */
export interface Operands {
  /** As in the usage line: `["FILE"]`. */
  readonly names: readonly string[];
  /** How many must be there; all, unless said otherwise. */
  readonly least?: number;
  /** Whether the last may be repeated. */
  readonly many?: boolean;
  /** Whether they may be empty: values may, names may not. */
  readonly mayBeEmpty?: boolean;
}

type WithJson<O extends Options> = O & { readonly json: { readonly type: "boolean" } };
type Values<O extends Options> = ReturnType<
  typeof parseArgs<{ options: WithJson<O>; args: string[]; allowPositionals: true }>
>["values"];

/**
 * Reads a command's options and operands. Every command takes `--json`. Throws `UsageError`; a misspelt option is
 * answered with the right one.
 */
export async function parseArguments<const O extends Options>(
  argv: readonly string[],
  options: O,
  operands: Operands,
): Promise<{ values: Values<O>; operands: string[] }> {
  const all: WithJson<O> = { ...options, json: { type: "boolean" } };
  const args = withValues(all, argv);
  const parsed = await withHint(all, () => parseArgs({ args, options: all, allowPositionals: true }));
  const given = parsed.positionals;
  const least = operands.least ?? operands.names.length;
  if (given.length < least) throw new UsageError(`${operands.names[given.length]} is missing.`);
  if (operands.many !== true && given.length > operands.names.length) {
    throw new UsageError(`'${given[operands.names.length]}' is one argument too many.`);
  }
  if (operands.mayBeEmpty !== true && given.includes(""))
    throw new UsageError(`An argument is empty where ${operands.names.join(" ")} should be.`);
  return { values: parsed.values, operands: given };
}

/**
 * An option's value may begin with a minus (`--text '- item'`); the parser takes that for a forgotten value. There are no
 * options with one minus but -h, which is answered before.
 */
function withValues(options: Options, argv: readonly string[]): string[] {
  const args: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] as string;
    if (word === "--") return [...args, ...argv.slice(index)];
    const value = argv[index + 1];
    const takesValue = word.startsWith("--") && Object.hasOwn(options, word.slice(2));
    if (takesValue && options[word.slice(2)]?.type === "string" && value !== undefined && /^-(?!-)./s.test(value)) {
      args.push(`${word}=${value}`);
      index += 1;
    } else args.push(word);
  }
  return args;
}

async function withHint<T>(options: Options, parse: () => T): Promise<T> {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    if ((error as NodeJS.ErrnoException).code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
      const ambiguous = /'(?<option>--[^' ]+)[^']*' argument is ambiguous/.exec(error.message)?.groups?.["option"];
      if (ambiguous === undefined) throw new UsageError(firstSentence(error.message));
      throw new UsageError(
        `${ambiguous} takes a value. One that begins with two dashes is given as ${ambiguous}=VALUE.`,
      );
    }
    const given = /'(?<option>-[^']*)'/.exec(error.message)?.groups?.["option"] ?? "";
    const meant = await nearest(given.replace(/^-+/, ""), Object.keys(options));
    const known = Object.keys(options).map((name) => `--${name}`);
    const hint = meant === undefined ? `It takes ${known.join(", ")}.` : `Did you mean --${meant}?`;
    throw new UsageError(`There is no option ${given}. ${hint}`);
  }
}

/** Node adds a second sentence about its own programming interface. */
function firstSentence(message: string): string {
  return message.split(/\.(?:\s|$)|\n/, 1)[0] + ".";
}

/** One of a few words. */
export function oneOf<const T extends string>(
  option: string,
  value: string | undefined,
  words: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const word = words.find((each) => each === value);
  if (word === undefined) throw new UsageError(`${option} takes ${words.join(", ")}; it got '${value}'.`);
  return word;
}

/** What `--durability` takes, for every command that changes a file. */
export function durabilityOf(value: string | undefined): "full" | "normal" | "off" | undefined {
  return oneOf("--durability", value, ["full", "normal", "off"]);
}

/** A whole number, from `least` to `most`. */
export function wholeNumber(
  option: string,
  value: string | undefined,
  { least = 0, most = 1e15 - 1 } = {},
): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,15}$/.test(value) && Number(value) >= least && Number(value) <= most) return Number(value);
  const to = most < 1e15 - 1 ? ` to ${most}` : "";
  throw new UsageError(`${option} takes a whole number from ${least}${to}; it got '${value}'.`);
}

/** Timers take no more milliseconds: a longer one would go off at once. */
export const longestTimerMs = 2 ** 31 - 1;

/** How many earlier contents to keep. */
export function generationsOf(value: string | undefined): number | undefined {
  return wholeNumber("--generations", value, { most: 1000 });
}

/** An etag, as `untorn read --json`, a receipt and `sha256sum` print it. */
export function etagOf(value: string | undefined): string | undefined {
  if (value === undefined || /^[0-9a-f]{64}$/.test(value)) return value;
  throw new UsageError("--if-match takes an etag: 64 hex digits, as `untorn read --json` and sha256sum print them.");
}

/** Permission bits in octal, as chmod(1) takes them. */
export function modeOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^0?[0-7]{3,4}$/.test(value)) throw new UsageError(`--mode takes permission bits in octal, such as 0640.`);
  return Number.parseInt(value, 8);
}

/** The object without what was not given: an option of the library is left out, never `undefined`. */
export function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
