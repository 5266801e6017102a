import { checkOptions, optionNames } from "../../atomic/index.ts";
import { documentCases } from "./contract-documents.ts";
import { historyCases } from "./contract-history.ts";
import type { StoreGround } from "./contract-ground.ts";
import { leaseCases } from "./contract-leases.ts";
import { watchCases } from "./contract-watch.ts";

/** One thing that every store does; throws if it does not. */
export interface StoreCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

export interface StoreContractOptions {
  /** Seed of the random histories. Default 1. */
  readonly seed?: number;
  /** How many random histories are checked. Default 20. */
  readonly histories?: number;
}

/**
 * What every implementation of `Store` promises, as cases that any test runner can run: each makes its own store. Among them
 * are random histories of clients that work at the same time, checked for linearizability, and a lease whose holder is stopped.
 */
export function storeContract(
  makeStore: () => StoreGround | Promise<StoreGround>,
  options: StoreContractOptions = {},
): StoreCase[] {
  checkOptions("storeContract", options, optionNames.storeContract);
  const histories = historyCases(options.seed ?? 1, options.histories ?? 20);
  return [...documentCases, ...watchCases, ...leaseCases, ...histories].map(([name, check]) => ({
    name,
    async run() {
      const ground = await makeStore();
      try {
        await check(ground);
      } finally {
        await ground.dispose();
      }
    },
  }));
}
