import { UsageError } from "./usage-error.ts";

/** GEN, as `untorn history` prints it. */
export function generationNumber(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^[1-9]\d{0,11}$/.test(value))
    throw new UsageError(`GEN is a number that \`untorn history\` lists; it got '${value}'.`);
  return Number(value);
}
