import { printable } from "untorn";
import type { PipelineTask, StateManager, TaskStatus } from "@untorn/workspace/pipeline";
import { given, oneOf, parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { print, printJson, tell } from "../output.ts";
import { makeStateFolder } from "../state-folder.ts";
import { UsageError } from "../usage-error.ts";

export const summary = "keep the tasks of a pipeline, so that a restart finds every one that was saved";

export const usage = `
usage: untorn pipeline [OPTIONS] show                  how many tasks stand where, and what is next
       untorn pipeline [OPTIONS] task add ID TITLE
       untorn pipeline [OPTIONS] task set ID           change a task (--status, --priority, --error)
       untorn pipeline [OPTIONS] next                  the task to do next; exit status 1 if there is none
       untorn pipeline [OPTIONS] backup                copy the state to backups/, and print where

The state is DIR/state.json. A corrupt one is put back from the newest whole generation, and said so, or refused; it is never
taken for empty.

  --after ID        task add: only when that task is completed (repeated)
  --dir DIR         the pipeline's folder (default: .pipeline)
  --error TEXT      task set: add an error to the task
  --priority P      a number, higher is sooner, or low, medium, high, critical
  --status STATUS   task set: pending, running, completed, failed, blocked, skipped
  --json            print what was found or done as JSON; errors as JSON too

Exit status: 0 done; 1 refused, nothing is changed, or next found nothing; 2 usage; 3 failed at or after the replace.
`;

const options = {
  after: { type: "string", multiple: true },
  dir: { type: "string" },
  error: { type: "string" },
  priority: { type: "string" },
  status: { type: "string" },
} as const;

const statuses: readonly TaskStatus[] = ["pending", "running", "completed", "failed", "blocked", "skipped"];

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, options, { names: ["ACTION"], many: true, mayBeEmpty: true });
  const { StateManager: Manager } = await import("@untorn/workspace/pipeline");
  const folder = values.dir ?? ".pipeline";
  const manager = new Manager(folder);
  const [first = "", second = ""] = operands;
  const name = first === "task" ? `task ${second}` : first;
  if (name === "task add" && operands.length === 4) await makeStateFolder(folder);
  const [id, title] = operands.slice(name.split(" ").length) as [string?, string?];
  const priority = priorityOf(values.priority);
  const status = oneOf("--status", values.status, statuses);
  const found = await act(manager, { name, id, title, priority, status, after: values.after, error: values.error });
  if (manager.recovered !== undefined) {
    const { problem, generation, written } = manager.recovered;
    tell(`${problem} Generation ${generation}, written ${written}, was put in its place; later changes are lost.`);
  }
  if (values.json === true) await printJson(found.value);
  else await print(found.lines.map((line) => `${printable(line)}\n`).join(""));
  return found.value === null ? exitStatus.refused : exitStatus.done;
}

interface Wanted {
  readonly name: string;
  readonly id: string | undefined;
  readonly title: string | undefined;
  readonly priority: PipelineTask["priority"] | undefined;
  readonly status: TaskStatus | undefined;
  readonly after: readonly string[] | undefined;
  readonly error: string | undefined;
}

async function act(manager: StateManager, wanted: Wanted): Promise<{ value: unknown; lines: readonly string[] }> {
  const { name, id, title, priority, status, after, error } = wanted;
  switch (name) {
    case "show": {
      const value = await manager.summary();
      const counts = Object.entries(value.tasks).filter(([, count]) => count > 0);
      const tasks = counts.map(([each, count]) => `${each} ${count}`).join(", ") || "no tasks";
      const stuck = value.stuck.map((each) => `stuck: ${each} waits for a task that there is not`);
      return { value, lines: [`${tasks}; updated ${value.updated}`, ...stuck, `next: ${value.next ?? "nothing"}`] };
    }
    case "task add": {
      if (id === undefined || title === undefined) throw new UsageError("It takes task add ID TITLE.");
      const dependencies = after === undefined ? undefined : [...after];
      const value = await manager.addTask(id, { title, ...given({ priority, dependencies }) });
      return { value, lines: [] };
    }
    case "task set": {
      if (id === undefined) throw new UsageError("It takes task set ID.");
      const errors = error === undefined ? undefined : [error];
      const value = await manager.updateTask(id, given({ status, priority }), given({ errors }).errors);
      return { value, lines: [] };
    }
    case "next": {
      const next = await manager.nextTask();
      return { value: next ?? null, lines: next === undefined ? [] : [`${next.id}: ${next.task.title}`] };
    }
    case "backup": {
      const path = await manager.backup();
      return { value: { path }, lines: [path] };
    }
    default:
      throw new UsageError(`There is no action '${name}'. It takes show, task add, task set, next, backup.`);
  }
}

function priorityOf(value: string | undefined): PipelineTask["priority"] | undefined {
  if (value === undefined) return undefined;
  if (/^-?\d{1,9}(?:\.\d{1,9})?$/.test(value)) return Number(value);
  const word = oneOf("--priority", value, ["low", "medium", "high", "critical"]);
  return word;
}
