import type { Transaction } from "untorn";
import { UntornError } from "untorn";
import { formatJson, parseJson } from "untorn/json";
import { corruptState } from "../ground/index.ts";
import type { Run } from "./place.ts";
import { host as thisHost, isGone } from "./this-process.ts";

/** Who runs the plans. */
export interface Executor {
  /** `null` for a lease that no process lives as long as: one that was taken from a command line. */
  readonly pid: number | null;
  /** When that process started; see `ProcessFacts`. */
  readonly started: string | null;
  readonly host: string;
  readonly purpose: string;
  readonly since: string;
  /** When somebody else may take its place, ISO 8601; moved on as long as it works. */
  readonly until: string;
  readonly ttl_ms: number;
}

/** What `executor.json` holds. The fence only grows, also when there is no executor. */
export interface ExecutorRecord {
  readonly fence: number;
  readonly holder: Executor | null;
}

export const executorFile = "executor.json";

/** The record as a transaction sees it. */
export async function readExecutor(tx: Transaction): Promise<ExecutorRecord> {
  if (!(await tx.exists(executorFile))) return { fence: 0, holder: null };
  const { data, path } = await tx.readText(executorFile);
  return parseExecutor(data, path);
}

/** Reads the text of `executor.json`, strictly. */
export function parseExecutor(text: string, path: string): ExecutorRecord {
  const record = parseJson(text, { path }) as Partial<ExecutorRecord> | null;
  const { fence, holder } = record ?? {};
  const isHolder = (one: Executor): boolean => typeof one.until === "string" && !Number.isNaN(Date.parse(one.until));
  if (!Number.isSafeInteger(fence) || holder === undefined || (holder !== null && !isHolder(holder))) {
    const next = "Make sure that nothing runs here, then remove the file.";
    throw corruptState(path, "it does not say who the executor is", next);
  }
  return { fence: fence as number, holder };
}

export async function writeExecutor(tx: Transaction, record: ExecutorRecord): Promise<void> {
  await tx.write(executorFile, formatJson(record));
}

/**
 * Refuses a transaction that is not the executor's: the fence is looked at under the lock of the commit, so one that was paused
 * and has lost its place can write nothing, however late it wakes up. Moves the executor's time on.
 */
export async function checkExecutor(tx: Transaction, run: Run): Promise<void> {
  const record = await readExecutor(tx);
  const { holder } = record;
  if (run.fence === undefined) {
    if (holder !== null && !isOver(holder, run)) throw alreadyRun(run, record.fence, holder);
    return;
  }
  if (holder === null || record.fence !== run.fence) throw fencedOff(run, record);
  const left = Date.parse(holder.until) - run.ground.now().getTime();
  if (left < holder.ttl_ms / 2) await writeExecutor(tx, { ...record, holder: prolonged(holder, run) });
}

/** The same executor, for another `ttl_ms` from now. */
export function prolonged(holder: Executor, run: Run): Executor {
  return { ...holder, until: new Date(run.ground.now().getTime() + holder.ttl_ms).toISOString() };
}

/** Whether somebody else may take its place: its time is over, or it is gone. */
export function isOver(holder: Executor, run: Run): boolean {
  return Date.parse(holder.until) <= run.ground.now().getTime() || isProvenGone(holder);
}

/** Proven for this host only. Should the proof be wrong (another pid namespace), the fence keeps the files safe. */
function isProvenGone({ pid, started, host }: Executor): boolean {
  return pid !== null && host === thisHost && isGone({ pid, started });
}

export function alreadyRun(run: Run, fence: number, holder: Executor): UntornError {
  const { pid, host, purpose, since, until } = holder;
  const who = pid === null ? `a lease given on ${host}` : `process ${pid} on ${host}`;
  const state = pid === null || host !== thisHost ? "unknown" : "alive";
  return new UntornError({
    code: "UNTORN_LOCKED",
    path: run.folder,
    phase: "lock",
    outcome: "unchanged",
    problem: `the run has an executor: ${who}, for ${JSON.stringify(purpose)}, since ${since}, fence ${fence}`,
    next: `Wait until it is done or silent until ${until}; if you are it, give its fence (--fence ${fence}).`,
    holders: [{ pid: pid ?? 0, state, shared: false, host, command: undefined, since, purpose, fence: String(fence) }],
  });
}

function fencedOff(run: Run, { fence, holder }: ExecutorRecord): UntornError {
  const now = holder === null ? "it was given up" : `${describe(holder)} has taken its place with fence ${fence}`;
  return new UntornError({
    code: "UNTORN_LOCK_LOST",
    path: run.folder,
    phase: "lock",
    outcome: "unchanged",
    problem: `fence ${run.fence} is no longer the executor's: ${now}`,
    next: "Stop; `untorn run status` says where the run is.",
  });
}

function describe({ pid, host }: Executor): string {
  return pid === null ? `a lease given on ${host}` : `process ${pid} on ${host}`;
}
