import { existsSync } from "node:fs";
import type { Run } from "@untorn/workspace/runs";
import { UsageError } from "./usage-error.ts";

/** Which run, and as which executor: options of every command on runs. */
export const runOptions = { dir: { type: "string" }, fence: { type: "string" } } as const;

/** The run that is named, or the one in the folder where tools keep it. */
export async function openNamedRun(values: { dir?: string | undefined; fence?: string | undefined }): Promise<Run> {
  const { openRun } = await import("@untorn/workspace/runs");
  const folder = values.dir ?? (existsSync(".long-run") || !existsSync(".planning") ? ".long-run" : ".planning");
  return openRun(folder, { fence: fenceOf(values.fence ?? process.env["UNTORN_FENCE"]) });
}

function fenceOf(value: string | undefined): number | undefined {
  if (value === undefined || value === "") return undefined;
  if (!/^\d{1,15}$/.test(value)) throw new UsageError(`--fence takes a number; it got '${value}'.`);
  return Number(value);
}
