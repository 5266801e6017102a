import { isUntornError } from "untorn";
import { parseJson } from "untorn/json";
import { isObject } from "../ground/index.ts";
import { isCount, isEntry, newHistory, parseHistory } from "./history.ts";
import type { AgentEntry, AgentHistory } from "./history.ts";
import type { PlanFile } from "./plan-files.ts";
import { comparePlanIds, isPlanId, planOf } from "./plan-ids.ts";
import { salvageEntries } from "./salvage.ts";
import type { SummaryFacts } from "./summary-facts.ts";

/** A history that agrees with the summaries, and what was done and not known on the way. */
export interface RebuiltHistory {
  readonly history: AgentHistory;
  readonly changes: readonly string[];
  readonly notes: readonly string[];
  /** The text is no history: some of it is left out, so its bytes must be kept. */
  readonly corrupt: boolean;
}

/**
 * The history with what the summaries prove: an agent that is spawned and whose plan was completed after that, is completed; one
 * that is spawned otherwise, is interrupted, for nobody runs it; a completed plan without an agent gets an entry, as
 * far as there is room: where there is none it was dropped for being too old, and no entry that is valid goes for one that is made up.
 */
export function rebuildHistory(
  text: string | undefined,
  facts: ReadonlyMap<PlanFile, SummaryFacts>,
  now: string,
): RebuiltHistory {
  const changes: string[] = [];
  const notes: string[] = [];
  const { history, corrupt } = readHistory(text, changes, notes);
  const summaries = new Map([...facts].map(([plan, summary]) => [keyOf(plan.id), { plan, summary }]));
  const known = new Set<string>();
  for (const entry of history.entries) {
    const id = planOf(entry);
    const found = id !== undefined && isPlanId(id) ? summaries.get(keyOf(id)) : undefined;
    if (found !== undefined) known.add(keyOf(found.plan.id));
    if (entry.status === "spawned") settle(entry, found, now, changes, notes);
  }
  const missing = [...summaries].filter(([key]) => !known.has(key)).map(([, found]) => found);
  const room = Math.max(0, (history.max_entries ?? 50) - history.entries.length);
  const added = room === 0 ? [] : missing.slice(-room);
  for (const { plan, summary } of added) history.entries.push(entryFor(plan, summary, notes));
  if (added.length > 0) {
    changes.push(`${added.length} of ${missing.length} completed plans without an agent got an entry`);
    notes.push(`the ids of the agents that completed ${ids(added.map(({ plan }) => plan.id))}`);
  }
  return { history, changes, notes, corrupt };
}

function readHistory(
  text: string | undefined,
  changes: string[],
  notes: string[],
): { history: AgentHistory; corrupt: boolean } {
  try {
    return { history: parseHistory(text, "agent-history.json"), corrupt: false };
  } catch (error) {
    if (!isUntornError(error)) throw error;
    return { history: mendedHistory(text ?? "", changes, notes), corrupt: true };
  }
}

/** What can be made of a text that is no history: of one that is JSON at least, everything but the entries that are none. */
function mendedHistory(text: string, changes: string[], notes: string[]): AgentHistory {
  const value = objectIn(text);
  const listed: unknown = value?.["entries"];
  if (Array.isArray(listed)) {
    const entries = listed.filter(isEntry);
    const lost = listed.length - entries.length;
    changes.push(lost > 0 ? `corrupt; ${lost} of its entries have no agent_id or no status` : "corrupt");
    return membersWith(value, entries);
  }
  const entries = salvageEntries(text);
  changes.push(`corrupt; ${entries.length} entries of it could be read`);
  notes.push("how many entries the corrupt agent-history.json held");
  return membersWith(value, entries);
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (isUntornError(error)) return undefined;
    throw error;
  }
}

function membersWith(value: Record<string, unknown> | undefined, entries: AgentEntry[]): AgentHistory {
  const history: AgentHistory = { ...newHistory(), ...value, entries };
  if (!isCount(history.max_entries)) history.max_entries = newHistory().max_entries;
  return history;
}

function settle(
  entry: AgentEntry,
  found: { readonly plan: PlanFile; readonly summary: SummaryFacts } | undefined,
  now: string,
  changes: string[],
  notes: string[],
): void {
  const completed = found?.summary.completed;
  // A date without a time is its whole day.
  const end =
    completed === undefined ? undefined : Date.parse(completed.length > 10 ? completed : `${completed}T23:59:59Z`);
  const spawned = entry.timestamp === null ? Number.NaN : Date.parse(entry.timestamp);
  if (found !== undefined && (end === undefined || Number.isNaN(spawned) || end >= spawned)) {
    entry.status = "completed";
    entry.completion_timestamp = completed ?? null;
    changes.push(`agent ${entry.agent_id} is completed (${found.plan.summary})`);
    return;
  }
  entry.status = "interrupted";
  entry.completion_timestamp = now;
  changes.push(`agent ${entry.agent_id} is interrupted`);
  if (found !== undefined) {
    notes.push(`what agent ${entry.agent_id} did: it was spawned after ${found.plan.summary} was completed`);
  }
}

function entryFor(plan: PlanFile, summary: SummaryFacts, notes: string[]): AgentEntry {
  if (summary.title === undefined) notes.push(`what ${plan.summary} was about: it has no title`);
  return {
    agent_id: `unknown-${plan.id}`,
    task_description: summary.title ?? `Plan ${plan.id}`,
    phase: plan.phase,
    plan: plan.id,
    segment: null,
    timestamp: summary.started ?? null,
    status: "completed",
    completion_timestamp: summary.completed ?? null,
    rebuilt_from: plan.summary,
  };
}

/** `2-1` and `02-01` are one. */
function keyOf(id: string): string {
  return id.replace(/(^|[-.])0+(?=\d)/g, "$1");
}

function ids(all: readonly string[]): string {
  const sorted = all.toSorted(comparePlanIds);
  return sorted.length <= 5 ? sorted.join(", ") : `${sorted.slice(0, 5).join(", ")} and ${sorted.length - 5} more`;
}
