import { realpathSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { given, oneOf, parseArguments, wholeNumber } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { isUntornError } from "untorn/errors";
import { absent } from "../folder-named.ts";
import { print, printJson } from "../output.ts";

export const summary = "crash a save function at every moment, on every kind of file system, in memory";

const models = ["posix", "ext4-ordered", "ext4-noauto", "xfs", "btrfs"] as const;

export const usage = `
usage: untorn crashtest [OPTIONS] SCRIPT

Loads SCRIPT, a JavaScript module, with a simulated node:fs, and runs it once. From what it did, every state is worked out
that a power cut or a kill may leave on the disk, and each is checked. Nothing on the real disk is changed. SCRIPT exports
either

  save(folder, value) and load(folder)            when save returns, the value must be durable;
                                                  versions (optional): the values to save
  workload(folder, run) and check(folder, known)  setup(folder), recover(folder) (optional)

  --model NAME     a persistence model, also several times; default: all of
                   ${models.join(", ")}
  --states N       check at most N states per model; default 20000
  --seed N         for what is left to chance; default 1
  --replay TOKEN   only the one state that an earlier run has printed
  --no-kills       power cuts only, no killed processes
  --json           print the report as one object

Exit status: 0 every state is good; 1 a state is wrong, or the script failed; 2 usage.
`;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(
    argv,
    {
      model: { type: "string", multiple: true },
      states: { type: "string" },
      seed: { type: "string" },
      replay: { type: "string" },
      "no-kills": { type: "boolean" },
    },
    { names: ["SCRIPT"] },
  );
  const settings = given({
    models: values.model?.map((name) => oneOf("--model", name, models) as string),
    states: wholeNumber("--states", values.states),
    seed: wholeNumber("--seed", values.seed),
    replay: values.replay,
    kills: values["no-kills"] === true ? false : undefined,
  });
  const file = operands[0] as string;
  // Here, with the real files: of one that is not there Node says where in itself it looked for it.
  const isFile = statSync(file, { throwIfNoEntry: false })?.isFile();
  if (isFile !== true)
    throw absent(file, isFile === undefined ? "there is no such script" : "it is a folder, not a script", "");
  // Not `resolve` nor what stands on it: they drop `link/..`.
  const url = pathToFileURL(realpathSync.native(file)).href;
  // There is no kernel behind simulated files that the native extension could ask.
  process.env["UNTORN_NATIVE"] = "0";
  const { crashTestOf, exploreCrashes, formatCrashReport, simulateNodeFs } = await import("untorn/testing");
  simulateNodeFs();
  const script = await loaded(file, url);
  const report = await exploreCrashes({ ...testOf(() => crashTestOf(script), file), ...settings });
  if (report.effects === 0)
    throw absent(file, "it changed no file in the folder that it was given: nothing was tested", "");
  if (values.json === true) {
    const failures = report.failures.map(({ message, model, states, token, timeline }) => {
      return { message, model, states, token, timeline };
    });
    await printJson({ ...report, failures });
  } else {
    await print(`${formatCrashReport(report)}\n`);
  }
  return report.ok ? exitStatus.done : exitStatus.refused;
}

async function loaded(file: string, url: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    if (isUntornError(error)) throw error;
    const [problem = ""] = (error instanceof Error ? error.message : String(error)).split("\n", 1);
    const next = error instanceof SyntaxError ? "`node --check SCRIPT` names the line." : "";
    throw absent(file, `it cannot be loaded: ${problem}`, next);
  }
}

/** What the script exports is what its author has to change; where in here that was noticed helps nobody. */
function testOf<T>(make: () => T, path: string): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw absent(path, error.message, "");
  }
}
