import { existsSync } from "node:fs";
import type { Run } from "@untorn/workspace/runs";
import { wholeNumber } from "./arguments.ts";

/** Which run, and as which executor: options of every command on runs. */
export const runOptions = { dir: { type: "string" }, fence: { type: "string" } } as const;

/** The run that is named, or the one in the folder where tools keep it. */
export async function openNamedRun(values: { dir?: string | undefined; fence?: string | undefined }): Promise<Run> {
  const { openRun } = await import("@untorn/workspace/runs");
  const folder = values.dir ?? (existsSync(".long-run") || !existsSync(".planning") ? ".long-run" : ".planning");
  return openRun(folder, { fence: fenceOf(values.fence ?? process.env["UNTORN_FENCE"]) });
}

function fenceOf(value: string | undefined): number | undefined {
  return value === "" ? undefined : wholeNumber("--fence", value);
}
