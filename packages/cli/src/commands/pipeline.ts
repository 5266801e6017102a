import { printable } from "untorn";
import type { PipelineSummary, PipelineTask, StateManager, TaskStatus } from "@untorn/workspace/pipeline";
import { chooseAction } from "../actions.ts";
import type { Takes } from "../actions.ts";
import { given, oneOf, parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { assertMade } from "../folder-named.ts";
import { print, printJson, tell } from "../output.ts";
import { inStateFolder } from "../state-folder.ts";

export const summary = "keep the tasks of a pipeline, so that a restart finds every one that was saved";

export const usage = `
usage: untorn pipeline [OPTIONS] show                  how many tasks stand where, and what is next
       untorn pipeline [OPTIONS] task add ID TITLE
       untorn pipeline [OPTIONS] task set ID           change a task (--status, --priority, --error)
       untorn pipeline [OPTIONS] next [--start]        the task to do next; exit status 1 if there is none
       untorn pipeline [OPTIONS] backup                copy the state to backups/, and print where

The state is DIR/state.json. A lost one, or one that is not JSON, is put back from the newest whole generation, and said so, or
refused; it is never taken for empty. What is JSON, but no state, is refused and stays as it is.

  --after ID        task add: only when that task is completed (repeated)
  --dir DIR         the pipeline's folder (default: .pipeline)
  --error TEXT      task set: add an error to the task
  --priority P      a number, higher is sooner, or low, medium, high, critical
  --start           next: take the task, that is, mark it as running: of several workers one gets it
  --status STATUS   task set: pending, running, completed, failed, blocked, skipped
  --json            print what was found or done as JSON; errors as JSON too

Exit status: 0 done; 1 refused, nothing is changed, or next found nothing; 2 usage; 3 failed at or after the replace.
`;

const options = {
  after: { type: "string", multiple: true },
  dir: { type: "string" },
  error: { type: "string" },
  priority: { type: "string" },
  start: { type: "boolean" },
  status: { type: "string" },
} as const;

const statuses: readonly TaskStatus[] = ["pending", "running", "completed", "failed", "blocked", "skipped"];

interface Call {
  readonly manager: StateManager;
  readonly folder: string;
  readonly operands: readonly string[];
  readonly priority: PipelineTask["priority"] | undefined;
  readonly status: TaskStatus | undefined;
  readonly after: readonly string[] | undefined;
  readonly error: string | undefined;
  readonly start: boolean;
}

/** An action, and what it prints. */
interface Action extends Takes {
  /** Whether there is nothing for it to do where there is no pipeline yet: more likely DIR is misspelt. */
  readonly needsOne?: true;
  readonly act: (call: Call) => Promise<{ value: unknown; lines: readonly string[] }>;
}

const actions: Readonly<Record<string, Action>> = {
  show: {
    takes: [],
    needsOne: true,
    async act({ manager }) {
      const value = await manager.summary();
      const counts = Object.entries(value.tasks).filter(([, count]) => count > 0);
      const tasks = counts.map(([each, count]) => `${each} ${count}`).join(", ") || "no tasks";
      const stuck = stuckLines(value);
      return { value, lines: [`${tasks}; updated ${value.updated}`, ...stuck, `next: ${value.next ?? "nothing"}`] };
    },
  },
  "task add": {
    takes: ["ID", "TITLE"],
    options: ["after", "priority"],
    async act({ manager, folder, operands: [id = "", title = ""], priority, after }) {
      const dependencies = after === undefined ? undefined : [...after];
      const task = { title, ...given({ priority, dependencies }) };
      return { value: await inStateFolder(folder, () => manager.addTask(id, task)), lines: [] };
    },
  },
  "task set": {
    takes: ["ID"],
    options: ["error", "priority", "status"],
    async act({ manager, operands: [id = ""], priority, status, error }) {
      const errors = error === undefined ? undefined : [error];
      return { value: await manager.updateTask(id, given({ status, priority }), errors), lines: [] };
    },
  },
  next: {
    takes: [],
    options: ["start"],
    needsOne: true,
    async act({ manager, start }) {
      const next = start ? await manager.startNext() : await manager.nextTask();
      return { value: next ?? null, lines: next === undefined ? [] : [`${next.id}: ${next.task.title}`] };
    },
  },
  backup: {
    takes: [],
    needsOne: true,
    async act({ manager }) {
      const path = await manager.backup();
      return { value: { path }, lines: [path] };
    },
  },
};

export async function run(argv: string[]): Promise<number> {
  const form = { names: ["ACTION"], many: true, mayBeEmpty: true };
  const { values, operands: words } = await parseArguments(argv, options, form);
  const { action, operands } = chooseAction(actions, words, values, ["dir"]);
  const priority = priorityOf(values.priority);
  const status = oneOf("--status", values.status, statuses);
  const { StateManager: Manager } = await import("@untorn/workspace/pipeline");
  const folder = values.dir ?? ".pipeline";
  const manager = new Manager(folder);
  if (action.needsOne === true) assertMade(folder, "pipeline", "untorn pipeline task add");
  const { after, error, start = false } = values;
  const found = await action.act({ manager, folder, operands, priority, status, after, error, start });
  if (manager.recovered !== undefined) {
    const { problem, generation, written, kept } = manager.recovered;
    const rest = kept === undefined ? "what was saved after it is lost" : `the bytes that were there are in ${kept}`;
    tell(
      `${manager.path}: ${problem}. Generation ${generation}, written ${written}, was put in its place; ${printable(rest)}.`,
    );
  }
  if (values.json === true) await printJson(found.value);
  else await print(found.lines.map((line) => `${printable(line)}\n`).join(""));
  return found.value === null ? exitStatus.refused : exitStatus.done;
}

/** So many of each are named. */
const most = 20;

function stuckLines({ waitsFor }: PipelineSummary): string[] {
  const all = Object.entries(waitsFor);
  const lines = all.slice(0, most).map(([id, others]) => {
    const named = Object.entries(others).map(([each, status]) => `${each} (${status})`);
    const more = named.length > most ? ` and ${named.length - most} more` : "";
    return `stuck: ${id} waits for ${named.slice(0, most).join(", ")}${more}`;
  });
  return all.length > most ? [...lines, `stuck: ${all.length - most} more (--json has them)`] : lines;
}

function priorityOf(value: string | undefined): PipelineTask["priority"] | undefined {
  if (value === undefined) return undefined;
  if (/^-?\d{1,9}(?:\.\d{1,9})?$/.test(value)) return Number(value);
  const word = oneOf("--priority", value, ["low", "medium", "high", "critical"]);
  return word;
}
