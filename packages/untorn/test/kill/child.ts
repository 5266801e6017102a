// Runs under the preloaded shim: `child.js kill VICTIM AT FOLDER` is to be killed; `child.js faults VICTIM FOLDER` fails
// every system call of the victim in turn and prints what it found as JSON.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { isUntornError } from "../../src/platform/index.ts";
import { openDescriptors } from "../atomic/support/places.ts";
import { control, faults } from "./shim-control.ts";
import { stateOf, victims } from "./victims.ts";
import type { Victim } from "./victims.ts";

async function countCalls(victim: Victim, folder: string): Promise<number> {
  mkdirSync(folder);
  victim.prepare(folder);
  control("off", 0);
  await victim.run(folder);
  return control("off", 0);
}

/** What is wrong after one call has failed; `undefined` if nothing is. */
async function failOne(victim: Victim, folder: string, what: string, at: number): Promise<string | undefined> {
  mkdirSync(folder);
  victim.prepare(folder);
  const open = openDescriptors();
  let error: unknown;
  control(what, at);
  try {
    await victim.run(folder);
  } catch (thrown) {
    error = thrown;
  }
  control("off", 0);
  if (openDescriptors() > open) return "a descriptor stayed open";
  // The first look is without recovery where there is none, so that a temp that was left would not be swept away.
  const state = stateOf(victim, folder);
  if (typeof state === "object") return `the folder holds ${state.wrong}`;
  if (error === undefined) return state === "new" ? undefined : `it succeeded, but the state is ${state}`;
  if (!isUntornError(error)) return `a bare ${String((error as Error).stack)}`;
  const fits = { unchanged: state === "old", replaced: state !== "old", unknown: true }[error.outcome];
  return fits ? undefined : `outcome ${error.outcome}, but the state is ${state}: ${error.message}`;
}

async function failAll(victim: Victim, folder: string): Promise<{ cases: number; calls: number; problems: string[] }> {
  const calls = await countCalls(victim, join(folder, "count"));
  const problems: string[] = [];
  let cases = 0;
  for (const [name, what] of Object.entries(faults)) {
    // Some calls are made once per process only, so the last numbers may hit nothing: they cost little.
    for (let at = 1; at <= calls; at += 1) {
      cases += 1;
      const problem = await failOne(victim, join(folder, `${name}-${at}`), what, at);
      if (problem !== undefined) problems.push(`${victim.name}, call ${at} of ${calls}, ${name}: ${problem}`);
    }
  }
  return { cases, calls, problems };
}

const [mode, index, ...rest] = process.argv.slice(2);
const victim = victims[Number(index)] as Victim;
if (mode === "kill") {
  const [at = "0", folder = ""] = rest;
  victim.prepare(folder);
  control("kill", Number(at));
  await victim.run(folder);
  control("off", 0);
  process.stdout.write("returned");
} else {
  process.stdout.write(JSON.stringify(await failAll(victim, rest[0] ?? "")));
}
