import type { Transaction } from "untorn";
import { isUntornError } from "untorn";
import type { DirectoryStore } from "untorn/store";
import { inputRefused, machine, missingState } from "../ground/index.ts";
import type { Ground } from "../ground/index.ts";

/** The state of a long run: a folder such as `.long-run` or `.planning`, and what it stands on. */
export interface Run {
  readonly folder: string;
  readonly ground: Ground;
  /**
   * The fence of the executor that the calls are made for; see `takeExecutor`. Without one, a call is refused while there is an
   * executor.
   */
  readonly fence?: number | undefined;
}

/** A run in a folder of this machine. Nothing is read yet. */
export function openRun(folder: string, options: { fence?: number | undefined; ground?: Ground } = {}): Run {
  return { folder, ground: options.ground ?? machine, fence: options.fence };
}

/** One transaction on a run, whoever its executor is. The folder must be there. */
export async function inFolder<T>(run: Run, purpose: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return (await inStore(run, (store) => store.transaction(work, { purpose }))).value;
}

/** A call on the store of a run. */
export async function inStore<T>(run: Run, work: (store: DirectoryStore) => Promise<T>): Promise<T> {
  try {
    return await work(run.ground.store(run.folder));
  } catch (error) {
    if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND" && error.phase === "resolve") throw noRun(run);
    throw error;
  }
}

/** There is no run in the folder. */
export function noRun({ folder }: Run): Error {
  return missingState(folder, "there is no run here", "Run `untorn run init` first, or name the folder of the run.");
}

/** The text of a file in a transaction; `undefined` where there is none. */
export async function textIn(tx: Transaction, path: string): Promise<string | undefined> {
  return (await tx.exists(path)) ? (await tx.readText(path)).data : undefined;
}

/** Refuses further members for a document that are its own: they would say something else of it than what is done. */
export function refuseOwnMembers(run: Run, more: Readonly<Record<string, unknown>>, own: readonly string[]): void {
  const found = Object.keys(more).find((member) => own.includes(member) || member === "__proto__");
  if (found !== undefined) throw inputRefused(run.folder, `'${found}' cannot be set as a further member`);
}

/** Now, as state files say it: ISO 8601 in UTC, to the second. */
export function timestamp(run: Run): string {
  return run.ground
    .now()
    .toISOString()
    .replace(/\.\d{3}Z$/, "Z");
}
