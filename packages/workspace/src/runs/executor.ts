import type { Run } from "./place.ts";
import { inFolder } from "./place.ts";
import { alreadyRun, isOver, prolonged, readExecutor, writeExecutor } from "./executor-record.ts";
import { host, thisProcess } from "./this-process.ts";

export interface ExecutorOptions {
  /** Shown to whoever is refused. Default: `run`. */
  readonly purpose?: string;
  /** How long it may be silent before somebody else may take its place, in milliseconds. Default 60,000. */
  readonly ttlMs?: number;
  /** Whether it lives as long as this process, so that its death frees the place at once. Default true. */
  readonly ofThisProcess?: boolean;
}

const defaultTtlMs = 60_000;

/**
 * Makes the caller the run's executor, and returns the run with its fence. Every later call with that fence is refused once
 * somebody else has taken its place, and moves its time on until then.
 *
 * @throws UntornError UNTORN_LOCKED, naming the executor that there is. Nothing is changed then.
 */
export async function takeExecutor(run: Run, options: ExecutorOptions = {}): Promise<Run & { readonly fence: number }> {
  const { purpose = "run", ttlMs = defaultTtlMs, ofThisProcess = true } = options;
  const fence = await inFolder(run, "take the executor's place", async (tx) => {
    const record = await readExecutor(tx);
    if (record.holder !== null && !isOver(record.holder, run)) throw alreadyRun(run, record.fence, record.holder);
    const now = run.ground.now();
    const holder = {
      ...(ofThisProcess ? thisProcess() : { pid: null, started: null }),
      host,
      purpose,
      since: now.toISOString(),
      until: new Date(now.getTime() + ttlMs).toISOString(),
      ttl_ms: ttlMs,
    };
    await writeExecutor(tx, { fence: record.fence + 1, holder });
    return record.fence + 1;
  });
  return { ...run, fence };
}

/** Moves the executor's time on; `false` if it is the executor no longer. */
export async function renewExecutor(run: Run & { readonly fence: number }): Promise<boolean> {
  return await inFolder(run, "go on as the executor", async (tx) => {
    const record = await readExecutor(tx);
    if (record.holder === null || record.fence !== run.fence) return false;
    await writeExecutor(tx, { ...record, holder: prolonged(record.holder, run) });
    return true;
  });
}

/** Gives the place up; does nothing if somebody else has it. */
export async function releaseExecutor(run: Run & { readonly fence: number }): Promise<void> {
  await inFolder(run, "give the executor's place up", async (tx) => {
    const record = await readExecutor(tx);
    if (record.holder !== null && record.fence === run.fence) await writeExecutor(tx, { ...record, holder: null });
  });
}
