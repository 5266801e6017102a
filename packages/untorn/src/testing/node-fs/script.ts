import { isDeepStrictEqual } from "node:util";
import type { CrashTest } from "../crash/index.ts";
import { nodeFsCrashTest } from "./simulate.ts";
import type { NodeFsCrashTest } from "./simulate.ts";

/** The short form of a crash test: a save function and its load function. */
export interface SaveAndLoad {
  /** Saves a value somewhere in the folder; durable when it returns. */
  readonly save: (folder: string, value: unknown) => unknown;
  /** Reads it back. */
  readonly load: (folder: string) => unknown;
  /** What to save: the first before the test, the others one after the other. Default: four short texts. */
  readonly versions?: readonly unknown[];
}

const shortTexts = ["version 0", "version 1", "version 2", "version 3"];

/** Makes a crash test of what a script exports: `save` and `load`, or `workload` and `check`. */
export function crashTestOf(exports: Readonly<Record<string, unknown>>): CrashTest<unknown> {
  const own = (exports["default"] ?? exports) as Readonly<Record<string, unknown>>;
  const given = typeof own["workload"] === "function" || typeof own["save"] === "function" ? own : exports;
  if (typeof given["workload"] === "function" && typeof given["check"] === "function") {
    return nodeFsCrashTest({ ...(given as unknown as NodeFsCrashTest<unknown>) });
  }
  if (typeof given["save"] === "function" && typeof given["load"] === "function") {
    return nodeFsCrashTest(saveAndLoad(given as unknown as SaveAndLoad));
  }
  throw new TypeError("the script has to export save(folder, value) and load(folder), or workload and check");
}

function saveAndLoad({ save, load, versions = shortTexts, ...options }: SaveAndLoad): NodeFsCrashTest<unknown> {
  const [initial, ...later] = versions;
  return {
    ...options,
    setup: (folder) => save(folder, initial),
    async workload(folder, run) {
      for (const version of later) await run.call(version, () => save(folder, version));
    },
    async check(folder, knowledge) {
      const found = await loaded(load, folder);
      const allowed = knowledge.allowed(initial);
      if (allowed.some((version) => isDeepStrictEqual(version, found))) return;
      const known = versions.some((version) => isDeepStrictEqual(version, found));
      throw new Error(
        known
          ? "lost: load gives an older value than the last one saved"
          : "torn: load gives a value that was never saved",
      );
    },
  };
}

async function loaded(load: SaveAndLoad["load"], folder: string): Promise<unknown> {
  try {
    return await load(folder);
  } catch (error) {
    throw new Error(`torn: load fails: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
