import type { Transaction } from "untorn";
import { changeTyped, checkedBy, parseTyped, readTyped } from "../ground/index.ts";
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
  schema: checkedBy("a checkpoint", checkpointProblem),
  initial: () => ({ version: "1.0", plan: "", phase: null, status: "in_progress", tasks_completed: [], updated: "" }),
  advice: "Run `untorn rebuild` to make it anew from the summaries.",
};

function checkpointProblem(value: unknown): string | undefined {
  const { plan, tasks_completed: tasks } = (
    typeof value === "object" && value !== null ? value : {}
  ) as Partial<Checkpoint>;
  return typeof plan === "string" && Array.isArray(tasks) ? undefined : "it has no plan or no tasks_completed";
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
