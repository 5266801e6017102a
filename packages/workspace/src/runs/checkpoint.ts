import type { Transaction } from "untorn";
import { changeTyped, checkedBy, isObject, parseTyped, readTyped } from "../ground/index.ts";
import type { TypedDocument } from "../ground/index.ts";
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

/** `checkpoint.json` as a typed document. */
export const checkpointDocument: TypedDocument<Checkpoint> = {
  key: checkpointFile,
  schema: checkedBy("a checkpoint", checkpointProblem, withNames),
  initial: () => ({ version: "1.0", plan: "", phase: null, status: "in_progress", tasks_completed: [], updated: "" }),
  advice: "Mend it, or run `untorn rebuild` to make it anew from the summaries.",
};

function checkpointProblem(value: unknown): string | undefined {
  const { plan, status, tasks_completed: tasks } = (isObject(value) ? value : {}) as Partial<Checkpoint>;
  if (typeof plan !== "string" || !Array.isArray(tasks)) return "it has no plan or no tasks_completed";
  // Of what says neither nobody here knows whether its tasks are still to be done.
  if (status !== "in_progress" && status !== "completed") return "its status is neither in_progress nor completed";
  const odd = (tasks as unknown[]).find((task) => typeof task !== "string" && !Number.isSafeInteger(task));
  return odd === undefined
    ? undefined
    : `tasks_completed has ${JSON.stringify(odd)}; a task is text, or a whole number`;
}

/** Tasks are known by names, and `1` in another's hand means the task `"1"`. */
function withNames(checkpoint: Checkpoint): Checkpoint {
  return { ...checkpoint, tasks_completed: checkpoint.tasks_completed.map(String) };
}

/**
 * Reads the text of a checkpoint, strictly.
 * @throws UntornError UNTORN_CORRUPT for what is not JSON or not a checkpoint.
 */
export function parseCheckpoint(text: string | Uint8Array, path: string): Checkpoint {
  return parseTyped(checkpointDocument, text, path);
}

/** The checkpoint as a transaction sees it. */
export async function checkpointIn(tx: Transaction, run: Run): Promise<Checkpoint | undefined> {
  return await readTyped(tx, checkpointDocument, run.folder);
}

/** Writes a checkpoint; what did not change keeps its bytes. */
export async function putCheckpoint(tx: Transaction, run: Run, checkpoint: Checkpoint): Promise<void> {
  await changeTyped(tx, checkpointDocument, run.folder, (draft) => {
    for (const member of Object.keys(draft)) delete draft[member];
    Object.assign(draft, checkpoint);
  });
}
