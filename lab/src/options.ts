import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";

type Options = NonNullable<ParseArgsConfig["options"]>;
type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>["values"];

/**
 * What a program of the laboratory is asked for. With `--help` it prints its usage and ends (0); with what it does not understand it
 * says so and ends (2), before anything is made. Options in `numbers` take a whole number, at least the one that is given.
 */
export function optionsOf<const O extends Options>(
  usage: string,
  options: O,
  numbers: Readonly<Record<string, number>> = {},
): Values<O> {
  if (process.argv.slice(2).includes("--help")) {
    console.log(usage);
    process.exit(0);
  }
  const values = parsed(usage, options);
  for (const [name, least] of Object.entries(numbers)) {
    const value = (values as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) continue;
    const text = typeof value === "string" ? value : "";
    if (/^\d{1,15}$/.test(text) && Number(text) >= least) continue;
    refuse(`--${name} takes a whole number, ${least} or more; it got '${text}'.`, usage);
  }
  return values;
}

function parsed<const O extends Options>(usage: string, options: O): Values<O> {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") !== true) throw error;
    return refuse((error as Error).message, usage);
  }
}

function refuse(problem: string, usage: string): never {
  console.error(`${problem}\n${usage}`);
  process.exit(2);
}
