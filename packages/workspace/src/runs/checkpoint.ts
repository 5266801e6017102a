import type { Transaction } from "untorn";
import { isUntornError } from "untorn";
import { formatJson, openJson } from "untorn/json";
import { corruptState } from "../ground/index.ts";
import { textIn } from "./place.ts";
import type { Run } from "./place.ts";

/** What `checkpoint.json` holds: where in a plan the run is. Members that are not named here are kept. */
export interface Checkpoint {
  version: string;
  plan: string;
  phase: string | null;
  status: "in_progress" | "completed";
  /** The tasks of the plan that are finished, in the order in which they were. */
  tasks_completed: string[];
  updated: string;
  [member: string]: unknown;
}

export const checkpointFile = "checkpoint.json";

const advice = "Run `untorn rebuild` to make it anew from the summaries.";

/**
 * Reads the text of a checkpoint, strictly.
 * @throws UntornError UNTORN_CORRUPT for what is not JSON or not a checkpoint.
 */
export function parseCheckpoint(text: string, path: string): Checkpoint {
  const value = opened(text, path).value as Record<string, unknown> | null;
  const { plan, tasks_completed: tasks } = typeof value === "object" && value !== null ? value : {};
  if (typeof plan !== "string" || !Array.isArray(tasks)) {
    throw corruptState(path, "it is not a checkpoint: it has no plan or no tasks_completed", advice);
  }
  return value as Checkpoint;
}

function opened(text: string, path: string) {
  try {
    return openJson(text, { path });
  } catch (error) {
    if (!isUntornError(error)) throw error;
    throw corruptState(path, "it is not JSON", advice, error);
  }
}

/** The checkpoint as a transaction sees it. */
export async function checkpointIn(tx: Transaction, run: Run): Promise<Checkpoint | undefined> {
  const text = await textIn(tx, checkpointFile);
  return text === undefined ? undefined : parseCheckpoint(text, `${run.folder}/${checkpointFile}`);
}

/** Writes a checkpoint; what did not change keeps its bytes. */
export async function putCheckpoint(tx: Transaction, checkpoint: Checkpoint): Promise<void> {
  await tx.edit(checkpointFile, (text) =>
    text === undefined ? formatJson(checkpoint) : openJson(text, { path: checkpointFile }).edit(checkpoint),
  );
}
