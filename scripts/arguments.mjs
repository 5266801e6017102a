import { parseArgs } from "node:util";

/**
 * What a script is asked for. With `--help` it prints its usage and ends (0); with what it does not understand it says so and
 * ends (2), before anything is made.
 * @template {import("node:util").ParseArgsConfig} T
 * @param {string} usage
 * @param {T} config
 * @returns {ReturnType<typeof parseArgs<T>>}
 */
export function argumentsOf(usage, config) {
  if ((config.args ?? process.argv.slice(2)).includes("--help")) {
    console.log(`usage: ${usage}`);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    if (error?.code?.startsWith("ERR_PARSE_ARGS") !== true) throw error;
    console.error(`${error.message}\nusage: ${usage}`);
    return process.exit(2);
  }
}
