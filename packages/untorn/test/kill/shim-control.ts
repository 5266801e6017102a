import { mkdirSync } from "node:fs";

/** What a call is made to fail with: errno of Linux, and what the shim does of its own. */
export const faults = { ENOSPC: "28", EIO: "5", EINTR: "4", EMFILE: "24", EDQUOT: "122", short: "short" } as const;

/** Asks the shim that this process runs under for something; answers how many calls it has counted since the last time. */
export function control(what: string, at: number): number {
  try {
    mkdirSync(`/untorn-shim/${what}/${at}`);
  } catch (error) {
    return -((error as NodeJS.ErrnoException).errno ?? -1) - 1;
  }
  throw new Error("the shim is not there");
}
