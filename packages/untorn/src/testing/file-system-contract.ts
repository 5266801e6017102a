import type { Check, ContractGround } from "./contract-ground.ts";
import { fileCases } from "./contract-files.ts";
import { linkCases } from "./contract-links.ts";
import { nameCases } from "./contract-names.ts";
import { otherCases } from "./contract-others.ts";

/** One thing that every file system behind the port must do; throws if it does not. */
export interface ContractCase {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

const everyCase: readonly Check[] = [...fileCases, ...nameCases, ...linkCases, ...otherCases];

/**
 * What every implementation of the port promises, as cases that any test runner can run: each makes its own ground.
 * The cases hold for POSIX systems; they are run against the real file system and the one in memory.
 */
export function fileSystemContract(makeGround: () => ContractGround): ContractCase[] {
  return everyCase.map(([name, check]) => ({
    name,
    run: () => check(makeGround()),
  }));
}
