import { readFile } from "node:fs/promises";
import { appendLine, rotateLog } from "untorn/jsonl";
import { listLocks, recover } from "untorn";
import type { Finding } from "untorn";
import { measureCost } from "untorn/monitor";
import type { WriteCost } from "untorn/monitor";
import { below } from "./below.ts";

/** Temps by how long they have not been written to. */
export const ages = ["under an hour", "under a day", "under a week", "older"] as const;
const bounds = [3_600_000, 86_400_000, 604_800_000, Infinity] as const;

export interface Status {
  readonly path: string;
  /** ISO 8601. */
  readonly at: string;
  readonly files: number;
  readonly corrupt: number;
  /** Files and transactions that no recovery can bring back. */
  readonly unrecoverable: number;
  readonly unreadable: number;
  readonly transactions: number;
  readonly temps: readonly { readonly age: (typeof ages)[number]; readonly files: number; readonly bytes: number }[];
  readonly liveTemps: number;
  readonly quarantine: { readonly files: number; readonly bytes: number };
  readonly generations: number;
  readonly locks: { readonly held: number; readonly waiting: number; readonly dead: number };
  /** `undefined` where it was not asked for or could not be measured; then `costProblem` may say why. */
  readonly cost: WriteCost | undefined;
  readonly costProblem?: string | undefined;
}

export async function statusOf(path: string, measure: boolean): Promise<Status> {
  const temps = ages.map((age) => ({ age, files: 0, bytes: 0 }));
  const onFinding = ({ kind, quietMs = 0, bytes = 0 }: Finding): void => {
    if (kind !== "orphan") return;
    const group = temps[bounds.findIndex((bound) => quietMs < bound)];
    if (group === undefined) return;
    group.files += 1;
    group.bytes += bytes;
  };
  const { scan, counts, actions } = await recover(path, { onFinding, limit: 1000 });
  const { locks } = await listLocks(path);
  const holders = locks.flatMap((lock) => lock.holders);
  const alive = holders.filter(({ state }) => state !== "dead");
  const held = alive.filter(({ since }) => since !== undefined).length;
  const stuck = actions.filter(({ kind, path: at }) => kind === "leave" && at.endsWith(".journal")).length;
  const cost = measure ? await costOf(path) : { cost: undefined };
  return {
    path,
    at: new Date().toISOString(),
    files: scan.files,
    corrupt: scan.counts.corrupt ?? 0,
    unrecoverable: (counts.lost ?? 0) + stuck,
    unreadable: scan.counts.unreadable ?? 0,
    transactions: scan.counts.transaction ?? 0,
    temps,
    liveTemps: scan.liveTemps,
    quarantine: { files: scan.quarantineFiles, bytes: scan.quarantineBytes },
    generations: scan.generations,
    locks: { held, waiting: alive.length - held, dead: holders.length - alive.length },
    ...cost,
  };
}

async function costOf(path: string): Promise<{ cost: WriteCost | undefined; costProblem?: string }> {
  try {
    return { cost: await measureCost(path) };
  } catch (error) {
    return { cost: undefined, costProblem: (error as Error).message };
  }
}

const recordName = ".untorn/status.jsonl";

/** Earlier records of a folder, oldest first; empty where none were made. */
export async function earlier(path: string): Promise<Status[]> {
  let text: string;
  try {
    text = await readFile(below(path, recordName), "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return isStatus(value) ? [value] : [];
    } catch {
      return [];
    }
  });
}

/** Whether a line has what a trend is drawn from. */
function isStatus(value: unknown): value is Status {
  const { at, temps = [], cost } = (value ?? {}) as Partial<Status>;
  if (typeof at !== "string" || !Array.isArray(temps)) return false;
  return temps.every((each) => typeof each?.bytes === "number") && typeof (cost?.fullMs ?? 0) === "number";
}

/** Older ones are dropped. */
const mostRecords = 1000;

/** Adds a record to the folder's history. */
export async function record(status: Status): Promise<void> {
  const file = below(status.path, recordName);
  await appendLine(file, status, { durability: "off", mkdir: true });
  await rotateLog(file, { maxEntries: mostRecords }, { durability: "off" });
}
