import { randomBytes } from "node:crypto";
import type { Transaction } from "untorn";
import { UntornError } from "untorn";
import { inputRefused, missingState, standsInTheWay } from "../ground/index.ts";
import { changeHistory, currentAgentFile, currentAgents, historyFile, parseHistory } from "./history.ts";
import type { AgentEntry, AgentStatus } from "./history.ts";
import { inRun } from "./executor.ts";
import { refuseOwnMembers, textIn, timestamp } from "./place.ts";
import type { Run } from "./place.ts";

export interface NewAgent {
  /** Default: seven hex digits. */
  readonly agentId?: string | undefined;
  readonly description: string;
  readonly phase?: string | null | undefined;
  readonly plan?: string | null | undefined;
  readonly segment?: string | number | null | undefined;
  /** Further members of its entry; its own are refused. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** What only the calls of this package say in an entry. */
const ownMembers = [
  "agent_id",
  "task_description",
  "phase",
  "plan",
  "segment",
  "timestamp",
  "status",
  "completion_timestamp",
];

/**
 * Notes that an agent runs, in the history and in `current-agent-id.txt`, together.
 * @throws UntornError UNTORN_EXISTS if the history has an agent of that id.
 */
export async function spawnAgent(run: Run, agent: NewAgent): Promise<AgentEntry> {
  const id = agent.agentId ?? randomBytes(4).toString("hex").slice(0, 7);
  if (!/^[\w.:@-]{1,100}$/.test(id)) throw inputRefused("agent id", `'${id}' is not a word`);
  refuseOwnMembers(run, agent.more ?? {}, ownMembers);
  return await inRun(run, `spawn agent ${id}`, async (tx) => {
    const entry: AgentEntry = {
      ...agent.more,
      agent_id: id,
      task_description: agent.description,
      phase: agent.phase ?? null,
      plan: agent.plan ?? null,
      segment: agent.segment ?? null,
      timestamp: timestamp(run),
      status: "spawned",
      completion_timestamp: null,
    };
    await changeHistory(tx, run, ({ entries }) => {
      if (entries.some((each) => each.agent_id === id)) {
        throw standsInTheWay(`${run.folder}/${historyFile}`, `there is an agent ${id} already`, "Give it another id.");
      }
      entries.push(entry);
    });
    await putCurrent(tx, [...currentAgents(await textIn(tx, currentAgentFile)), id]);
    return entry;
  });
}

/** Notes that an agent is done. Once more for one that is completed already, it changes nothing. */
export async function completeAgent(
  run: Run,
  id: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<AgentEntry> {
  return await inRun(run, `complete agent ${id}`, (tx) => endAgent(tx, run, id, "completed", more));
}

/** Notes that an agent has failed, and why. */
export async function failAgent(run: Run, id: string, reason: string): Promise<AgentEntry> {
  return await inRun(run, `fail agent ${id}`, (tx) => endAgent(tx, run, id, "failed", { error: reason }));
}

/** The end of an agent as part of a larger transaction. */
export async function endAgent(
  tx: Transaction,
  run: Run,
  id: string,
  status: Exclude<AgentStatus, "spawned">,
  more: Readonly<Record<string, unknown>> = {},
): Promise<AgentEntry> {
  const path = `${run.folder}/${historyFile}`;
  refuseOwnMembers(run, more, ownMembers);
  const ended = await changeHistory(tx, run, ({ entries }) => {
    const entry = entries.find((each) => each.agent_id === id);
    if (entry === undefined)
      throw missingState(path, `there is no agent ${id}`, "`untorn run status` lists those that run.");
    if (entry.status !== status) {
      if (entry.status !== "spawned") throw notSpawned(path, entry, status);
      end(entry, status, timestamp(run), more);
    }
    // A history that is full may drop the entry at once.
    return entry;
  });
  await putCurrent(
    tx,
    currentAgents(await textIn(tx, currentAgentFile)).filter((each) => each !== id),
  );
  return ended;
}

/** Marks all agents that are spawned as interrupted: whoever ran them is gone. */
export async function interruptAgents(tx: Transaction, run: Run): Promise<AgentEntry[]> {
  const interrupted: AgentEntry[] = [];
  const history = parseHistory(await textIn(tx, historyFile), `${run.folder}/${historyFile}`);
  if (history.entries.some(({ status }) => status === "spawned")) {
    await changeHistory(tx, run, ({ entries }) => {
      for (const entry of entries) {
        if (entry.status !== "spawned") continue;
        end(entry, "interrupted", timestamp(run), {});
        interrupted.push({ ...entry });
      }
    });
  }
  await putCurrent(tx, []);
  return interrupted;
}

function end(entry: AgentEntry, status: AgentStatus, now: string, more: Readonly<Record<string, unknown>>): void {
  Object.assign(entry, more, { status, completion_timestamp: now });
}

async function putCurrent(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.write(currentAgentFile, ids.map((id) => `${id}\n`).join(""));
  else if (await tx.exists(currentAgentFile)) await tx.remove(currentAgentFile);
}

function notSpawned(path: string, entry: AgentEntry, wanted: AgentStatus): UntornError {
  return new UntornError({
    code: "UNTORN_CONFLICT",
    path,
    phase: "read",
    outcome: "unchanged",
    problem: `agent ${entry.agent_id} is ${entry.status} and cannot become ${wanted}`,
    next: "Only an agent that is spawned can end; spawn a new one.",
  });
}
