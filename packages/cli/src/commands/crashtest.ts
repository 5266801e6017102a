import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { crashTestOf, exploreCrashes, formatCrashReport, persistenceModels, simulateNodeFs } from "untorn/testing";
import { parseArguments } from "../arguments.ts";
import { UsageError } from "../usage-error.ts";

export const summary = "crash a save function at every moment, on every kind of file system, without harm";

const names = persistenceModels.map(({ name }) => name).join(", ");

export const usage = `
usage: untorn crashtest [OPTIONS] SCRIPT

Loads SCRIPT with a simulated node:fs, runs it, and works out every state of the disk that a power cut or a
kill may leave. SCRIPT exports either

  save(folder, value), load(folder)        value is durable when save returns; optional: versions, the values
  workload(folder, run), check(folder, k)  optional: setup(folder), recover(folder); see docs/crash-testing.md

Nothing on the real disk is changed. Options:

  --model NAME     a persistence model, also several times (default: all): ${names}
  --states N       check at most N states per model (default 20000)
  --seed N         for what is left to chance (default 1)
  --replay TOKEN   only the state that an earlier run has printed
  --no-kills       no killed processes, only power cuts
  --json           the report as JSON

Exit status: 0 every state is good, 1 a state is wrong or the script failed, 2 wrong usage.`;

/** `untorn crashtest`. Resolves to the exit status. */
export async function run(argv: string[]): Promise<number> {
  const { script, json, ...settings } = await settingsOf(argv);
  // There is no kernel behind the simulated files that the native extension could ask.
  process.env["UNTORN_NATIVE"] = "0";
  simulateNodeFs();
  try {
    const exports = (await import(pathToFileURL(resolve(script)).href)) as Record<string, unknown>;
    const report = await exploreCrashes({ ...crashTestOf(exports), ...settings });
    if (json) console.log(JSON.stringify(report, (key, value: unknown) => (key === "error" ? undefined : value), 2));
    else console.log(formatCrashReport(report));
    return report.ok ? 0 : 1;
  } catch (error) {
    console.error(
      `untorn crashtest: ${script}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return 1;
  }
}

interface Settings {
  readonly script: string;
  readonly json: boolean;
  readonly models?: string[];
  readonly states?: number;
  readonly seed?: number;
  readonly replay?: string;
  readonly kills?: boolean;
}

const options = {
  model: { type: "string", multiple: true },
  states: { type: "string" },
  seed: { type: "string" },
  replay: { type: "string" },
  "no-kills": { type: "boolean" },
} as const;

async function settingsOf(argv: string[]): Promise<Settings> {
  const { values, operands } = await parseArguments(argv, options, { names: ["SCRIPT"] });
  const unknown = values.model?.find((name) => !persistenceModels.some((model) => model.name === name));
  if (unknown !== undefined) throw new UsageError(`There is no persistence model '${unknown}'; there are ${names}.`);
  for (const name of ["states", "seed"] as const) {
    const value = values[name];
    if (value !== undefined && !/^\d{1,9}$/.test(value)) throw new UsageError(`--${name} takes a whole number.`);
  }
  return {
    script: operands[0] as string,
    json: values.json === true,
    ...(values.model === undefined ? {} : { models: values.model }),
    ...(values.states === undefined ? {} : { states: Number(values.states) }),
    ...(values.seed === undefined ? {} : { seed: Number(values.seed) }),
    ...(values.replay === undefined ? {} : { replay: values.replay }),
    ...(values["no-kills"] === true ? { kills: false } : {}),
  };
}
