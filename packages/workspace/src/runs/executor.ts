import { isUntornError, UntornError } from "untorn";
import type { Transaction } from "untorn";
import type { LeaseHolder } from "untorn/store";
import { inStore } from "./place.ts";
import type { Run } from "./place.ts";

/** Who runs the plans: the holder of a lease of the run's store. */
export interface Executor {
  /** Given once; a later executor has a higher one. */
  readonly fence: number;
  /** `null` for one that is no process: a lease that was taken from a command line. */
  readonly pid: number | null;
  readonly host: string;
  readonly purpose: string;
  readonly since: string;
  /** When somebody else may take its place, ISO 8601; moved on as long as it works. */
  readonly until: string;
}

export interface ExecutorOptions {
  /** Shown to whoever is refused. Default: `run`. */
  readonly purpose?: string;
  /** How long it may be silent before somebody else may take its place, in milliseconds. Default 60,000. */
  readonly ttlMs?: number;
  /** Whether it lives as long as this process, which renews it, and whose death frees the place at once. Default true. */
  readonly ofThisProcess?: boolean;
}

/** The lease's key. Leases have names of their own: there is no such file. */
const key = "executor";
const defaultTtlMs = 60_000;

/**
 * Makes the caller the run's executor, and returns the run with its fence. Every later call with that fence is refused
 * (UNTORN_FENCED) once somebody else has taken its place.
 *
 * @throws UntornError UNTORN_LOCKED, naming the executor that there is. Nothing is changed then.
 */
export async function takeExecutor(run: Run, options: ExecutorOptions = {}): Promise<Run & { readonly fence: number }> {
  const { purpose = "run", ttlMs = defaultTtlMs, ofThisProcess = true } = options;
  return await named(run, async () => {
    const lease = await inStore(run, (store) =>
      store.lease(key, ttlMs, { timeoutMs: 0, purpose, detached: !ofThisProcess }),
    );
    return { ...run, fence: lease.fence.token };
  });
}

/** Moves the executor's time on; `false` if it is the executor no longer. */
export async function renewExecutor(run: Run & { readonly fence: number }): Promise<boolean> {
  return await inStore(run, (store) => store.renew({ key, token: run.fence }));
}

/** Gives the place up; does nothing if somebody else has it. */
export async function releaseExecutor(run: Run & { readonly fence: number }): Promise<void> {
  await inStore(run, (store) => store.release({ key, token: run.fence }));
}

/** Who runs the plans now; `null`: nobody. */
export async function executorOf(run: Run): Promise<Executor | null> {
  const holder = await inStore(run, (store) => store.leaseHolder(key));
  return holder === undefined ? null : executorFrom(holder);
}

/**
 * One transaction on a run, made by its executor, or by anybody while there is none. The store looks at the fence under the lock
 * of the commit, so one that was paused and has lost its place can write nothing, however late it wakes up.
 */
export async function inRun<T>(run: Run, purpose: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const { fence } = run;
  const admission = fence === undefined ? { whileFree: key } : { fence: { key, token: fence } };
  return await named(
    run,
    async () => (await inStore(run, (store) => store.transaction(work, { purpose, ...admission }))).value,
  );
}

function executorFrom({ fence, pid, host, purpose, since, until, detached }: LeaseHolder): Executor {
  return { fence: fence.token, pid: detached ? null : pid, host, purpose: purpose ?? "", since, until };
}

/** What the store says of a lease, said of the run. */
async function named<T>(run: Run, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isUntornError(error) || error.path !== key) throw error;
    if (error.code !== "UNTORN_LOCKED" && error.code !== "UNTORN_FENCED") throw error;
    const { code, phase, outcome, problem, holders } = error;
    const fence = holders?.[0]?.fence ?? "";
    const what =
      code === "UNTORN_LOCKED"
        ? `the run has an executor: ${problem}`
        : `fence ${run.fence} is not the executor's: ${problem}`;
    const next =
      code === "UNTORN_LOCKED"
        ? `Wait until it is done or silent for its time (\`untorn run status\`); if you are it, give its fence (--fence ${fence}).`
        : "Stop; `untorn run status` says who runs and where the run is.";
    throw new UntornError({
      code,
      path: run.folder,
      phase,
      outcome,
      problem: what,
      next,
      ...(holders === undefined ? {} : { holders }),
      cause: error,
    });
  }
}
