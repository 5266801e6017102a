import { UntornError } from "untorn";
import { corruptState, isObject, textOf } from "../ground/index.ts";

export const taskStatuses = ["pending", "running", "completed", "failed", "blocked", "skipped"] as const;

/** Where a task stands. */
export type TaskStatus = (typeof taskStatuses)[number];

/** How soon a task is to be done: a number, higher is sooner, or a word: low is 1, critical 4. */
export type Priority = number | "low" | "medium" | "high" | "critical";

/** One task of a pipeline. Members that are not named here are kept. */
export interface PipelineTask {
  title: string;
  status: TaskStatus;
  priority: Priority;
  attempts: number;
  /** The ids of the tasks that must be completed before it. */
  dependencies: string[];
  errors: string[];
  created: string;
  updated: string;
  [member: string]: unknown;
}

/** A task to be added. */
export interface NewTask extends Partial<Omit<PipelineTask, "title">> {
  readonly title: string;
}

/** What is known of a file that a pipeline made. */
export interface PipelineFile {
  /** SHA-256 in hex. */
  hash: string;
  qa: "pending" | "passed" | "failed";
  [member: string]: unknown;
}

/** A phase of a pipeline, with its newest runs. */
export interface PipelinePhase {
  runs: number;
  history: { run: number; started: string; ended?: string; result?: string }[];
  [member: string]: unknown;
}

/** All that a pipeline has to know after a restart. Members that are not named here are kept. */
export interface PipelineState {
  version: number;
  updated: string;
  run_id: string;
  tasks: Record<string, PipelineTask>;
  files: Record<string, PipelineFile>;
  phases: Record<string, PipelinePhase>;
  /** Ids of tasks, to be done in this order among those of one priority. */
  queue: string[];
  metrics: Record<string, number>;
  patterns: Record<string, unknown>;
  fixes: unknown[];
  counters: Record<string, number>;
  [member: string]: unknown;
}

/** The version of the format that is written. One that is higher is read by nobody but its own program. */
export const stateVersion = 1;

/** A pipeline in which nothing has happened. */
export function emptyState(runId: string, now: string): PipelineState {
  const lists = { queue: [], metrics: {}, patterns: {}, fixes: [], counters: {} };
  return { version: stateVersion, updated: now, run_id: runId, tasks: {}, files: {}, phases: {}, ...lists };
}

/**
 * The value that the bytes of a state's file say, strictly.
 * @throws UntornError UNTORN_CORRUPT for what is not JSON: no program has finished writing it.
 */
export function jsonOfState(bytes: Uint8Array, path: string): unknown {
  const text = textOf(bytes, path, advice);
  try {
    // Not the parser of untorn/json: of a large state it would take most of the time, and only names the place more exactly.
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    throw corruptState(path, `it is not JSON (${(error as Error).message})`, advice, error);
  }
}

/**
 * A value as a state. Its version is judged first: of a newer one nobody here knows what its form must be.
 * @throws UntornError UNTORN_NEWER; UNTORN_CORRUPT for what is no state. Somebody meant what is there, so it is not for us to replace it.
 */
export function stateOf(value: unknown, path: string): PipelineState {
  const version = isObject(value) ? value["version"] : undefined;
  if (typeof version === "number" && version > stateVersion) throw newer(version, path);
  const problem = stateProblem(value);
  if (problem === undefined) return value as PipelineState;
  throw corruptState(path, `it is JSON, but not the state of a pipeline: ${problem}`, `Mend it; or, ${advice}`);
}

const advice =
  "`untorn history` lists the generations that are kept of it, and `untorn restore` puts one in its place.";

function newer(version: number, path: string): UntornError {
  const problem = `its version is ${version}, and this program knows ${stateVersion}`;
  return new UntornError({ code: "UNTORN_NEWER", path, phase: "read", outcome: "unchanged", problem });
}

/** The bytes of a state's file: two spaces and a final newline. Not joined as text first, which would copy a large state. */
export function contentOf(state: PipelineState): Uint8Array {
  const text = JSON.stringify(state, null, 2);
  const content = Buffer.allocUnsafe(Buffer.byteLength(text) + 1);
  content[content.write(text)] = 0x0a;
  return content;
}

/**
 * What keeps a value from being a state; by hand, because a schema library takes longer than all else together. `changed`: the ids of
 * the tasks that have not been looked at as they are now; not given, it is all of them.
 */
export function stateProblem(value: unknown, changed?: readonly string[]): string | undefined {
  if (!isObject(value)) return "it is not an object";
  if (!Number.isSafeInteger(value["version"])) return "version is not a whole number";
  for (const member of ["updated", "run_id"]) if (typeof value[member] !== "string") return `${member} is not text`;
  for (const member of ["tasks", "files", "phases", "metrics", "patterns", "counters"]) {
    if (!isObject(value[member])) return `${member} is not an object`;
  }
  for (const member of ["metrics", "counters"] as const) {
    const name = Object.entries(value[member] as object).find(([, number]) => isLost(number))?.[0];
    if (name !== undefined) return `${member}.${name} is a number that JSON cannot say`;
  }
  for (const member of ["queue", "fixes"]) if (!Array.isArray(value[member])) return `${member} is not a list`;
  const tasks = value["tasks"] as Record<string, unknown>;
  for (const id of changed ?? Object.keys(tasks)) {
    const problem = taskProblem(tasks[id]);
    if (problem !== undefined) return `task ${id} ${problem}`;
  }
  for (const [path, file] of Object.entries(value["files"] as object)) {
    if (!isObject(file) || typeof file["hash"] !== "string") return `file ${path} has no hash`;
  }
  for (const [name, phase] of Object.entries(value["phases"] as object)) {
    if (!isObject(phase) || !Array.isArray(phase["history"])) return `phase ${name} has no history`;
  }
  return undefined;
}

/** Asked for thousands of tasks, so without a list or a string being made. */
function taskProblem(task: unknown): string | undefined {
  if (!isObject(task)) return "is not an object";
  const { title, status, priority, dependencies, errors, attempts } = task as Partial<PipelineTask>;
  if (typeof title !== "string") return "has no title";
  if (!known.has(status)) return `has a status besides ${taskStatuses.join(", ")}`;
  if (Number.isNaN(weightOf(priority as Priority))) return "has a priority that is neither a number nor a word";
  if (!Array.isArray(dependencies) || !Array.isArray(errors)) return "has no dependencies or no errors";
  return Number.isSafeInteger(attempts) ? undefined : "has no count of attempts";
}

const known: ReadonlySet<unknown> = new Set(taskStatuses);

const weights: ReadonlyMap<string, number> = new Map([
  ["low", 1],
  ["medium", 2],
  ["high", 3],
  ["critical", 4],
]);

/** A priority as a number. */
export function weightOf(priority: Priority): number {
  return typeof priority === "number" ? priority : (weights.get(priority) ?? Number.NaN);
}

/** What JSON.stringify makes null of, in silence. */
function isLost(value: unknown): boolean {
  return typeof value === "number" && !Number.isFinite(value);
}
