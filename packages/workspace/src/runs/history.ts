import type { Transaction } from "untorn";
import { changeTyped, checkedBy, isObject, parseTyped } from "../ground/index.ts";
import type { TypedDocument } from "../ground/index.ts";
import type { Run } from "./place.ts";

export const agentStatuses = ["spawned", "completed", "interrupted", "failed"] as const;

/** Where an agent stands: `spawned` until it ends in one of the other ways. */
export type AgentStatus = (typeof agentStatuses)[number];

/** One agent, as `agent-history.json` keeps it. Members that are not named here are kept. */
export interface AgentEntry {
  agent_id: string;
  task_description: string;
  phase: string | null;
  plan: string | null;
  segment: string | number | null;
  /** When it was spawned, ISO 8601. */
  timestamp: string | null;
  status: AgentStatus;
  completion_timestamp: string | null;
  [member: string]: unknown;
}

/** What `agent-history.json` holds. Members that are not named here are kept. */
export interface AgentHistory {
  version: string;
  max_entries: number;
  entries: AgentEntry[];
  [member: string]: unknown;
}

export const historyFile = "agent-history.json";
export const currentAgentFile = "current-agent-id.txt";

/** `agent-history.json` as a typed document. */
export const historyDocument: TypedDocument<AgentHistory> = {
  key: historyFile,
  schema: checkedBy("a history of agents", historyProblem),
  initial: newHistory,
  advice: "Run `untorn rebuild` to make it anew from the summaries; the entries that can be read are kept.",
};

/** A history in which there is nothing yet. */
export function newHistory(): AgentHistory {
  return { version: "1.0", max_entries: 50, entries: [] };
}

/**
 * Reads the text of a history, strictly; `undefined` is a file that is not there.
 * @throws UntornError UNTORN_CORRUPT for what is not JSON or not a history.
 */
export function parseHistory(text: string | Uint8Array | undefined, path: string): AgentHistory {
  return text === undefined ? newHistory() : parseTyped(historyDocument, text, path);
}

/** Changes the history in a transaction. What did not change keeps its bytes; finished entries that are too many are dropped. */
export async function changeHistory<T>(
  tx: Transaction,
  run: Run,
  change: (history: AgentHistory) => T | Promise<T>,
): Promise<T> {
  return await changeTyped(tx, historyDocument, run.folder, async (history) => {
    const result = await change(history);
    prune(history);
    return result;
  });
}

function historyProblem(value: unknown): string | undefined {
  if (!isObject(value)) return "it is not an object";
  if (!Array.isArray(value["entries"])) return "entries is not a list";
  const most = value["max_entries"];
  if (most !== undefined && !isCount(most)) return "max_entries is no count";
  const bad = (value["entries"] as unknown[]).findIndex((entry) => !isEntry(entry));
  return bad === -1 ? undefined : `entry ${bad} has no agent_id or no status`;
}

/** Whether a value can be the number of entries that are kept. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

/** Whether a value can stand in a history. A status that is not known is kept. */
export function isEntry(value: unknown): value is AgentEntry {
  return isObject(value) && typeof value["agent_id"] === "string" && typeof value["status"] === "string";
}

/**
 * Drops what is over `max_entries`: the oldest completed ones, then the oldest that failed or were interrupted; never one that
 * is spawned, and never one with a status that is not known.
 */
export function prune(history: AgentHistory): AgentHistory {
  let over = history.entries.length - (history.max_entries ?? 50);
  for (const statuses of [["completed"], ["failed", "interrupted"]]) {
    if (over <= 0) break;
    history.entries = history.entries.filter((entry) => {
      const drop = over > 0 && statuses.includes(entry.status);
      if (drop) over -= 1;
      return !drop;
    });
  }
  return history;
}

/** The ids in `current-agent-id.txt`: one, or one a line where several agents run side by side. */
export function currentAgents(text: string | undefined): string[] {
  return (text ?? "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
