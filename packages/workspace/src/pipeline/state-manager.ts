import { randomUUID } from "node:crypto";
import { appendSection } from "@untorn/markdown";
import { inputRefused, machine, refuseTorn, standsInTheWay } from "../ground/index.ts";
import { nextTask } from "./next-task.ts";
import type { NewTask, PipelineState, PipelineTask } from "./pipeline-state.ts";
import type { RecoveredState } from "./recover-state.ts";
import { checkName, findTask, noPipeline, phaseOf } from "./refusals.ts";
import { StateFile } from "./state-file.ts";
import type { StateManagerOptions } from "./state-file.ts";
import { summarize } from "./summary.ts";
import type { PipelineSummary } from "./summary.ts";

const notesName = "CODING_STATE.md";
/** So many runs of a phase are remembered. */
const historyLimit = 20;

/**
 * The state of a pipeline in a folder: `state.json`, `CODING_STATE.md` and `backups/`. Every call that changes it is durable
 * when it returns, so a pipeline that is killed starts again with every task that had been saved. Calls of several processes
 * follow each other: each reads what the one before it saved.
 */
export class StateManager {
  readonly path: string;
  readonly #folder: string;
  readonly #file: StateFile;

  constructor(folder: string, options: StateManagerOptions = {}) {
    this.#folder = folder;
    this.#file = new StateFile(folder, options);
    this.path = this.#file.path;
  }

  /** What the last `load` had to do because the file was corrupt or gone; `undefined`: nothing. */
  get recovered(): RecoveredState | undefined {
    return this.#file.recovered;
  }

  /**
   * The state as it was saved last. Where no state was ever saved, it is a new one, which is not written yet. A lost file, or one that
   * is not JSON, is put back from the newest whole generation, its bytes go to the quarantine, and `recovered` tells.
   *
   * @throws UntornError UNTORN_CORRUPT if no generation is whole, or the file is JSON, but no state: it is never taken for empty.
   * UNTORN_NEWER if a newer program wrote it. After any of them nothing is changed.
   */
  async load(): Promise<PipelineState> {
    return await this.#file.load();
  }

  /**
   * Replaces the state. It must be one that was loaded here, or made of the one that was loaded last, or new where there is none.
   * @throws UntornError UNTORN_CONFLICT (where there was no file, UNTORN_EXISTS) if there was a save since it was loaded, be it by this
   * manager; UNTORN_INVALID for what is no state.
   */
  async save(state: PipelineState): Promise<void> {
    await this.#file.save(state);
  }

  /**
   * Reads, changes and saves in one transaction: nobody's change is lost. `change` is run again, on what is there then, if a program
   * that takes no lock wrote meanwhile. Returns the state that was saved.
   */
  async update(change: (state: PipelineState) => void | PipelineState): Promise<PipelineState> {
    return await this.#file.update(change);
  }

  /** Adds a task, and puts it at the end of the queue. @throws UntornError UNTORN_EXISTS */
  async addTask(id: string, task: NewTask): Promise<PipelineTask> {
    checkName("task", id);
    const now = this.#now();
    const added: PipelineTask = {
      status: "pending",
      priority: 1,
      attempts: 0,
      dependencies: [],
      errors: [],
      created: now,
      ...task,
      updated: now,
    };
    await this.update((state) => {
      if (Object.hasOwn(state.tasks, id)) throw standsInTheWay(this.path, `there is a task ${id} already`, "");
      state.tasks[id] = added;
      state.queue.push(id);
    });
    return added;
  }

  /**
   * Changes members of a task, and adds `errors` to those it has. A start is counted as an attempt.
   * @throws UntornError UNTORN_NOT_FOUND
   */
  async updateTask(
    id: string,
    changes: Partial<Omit<PipelineTask, "errors">>,
    errors: readonly string[] = [],
  ): Promise<PipelineTask> {
    const state = await this.update((current) => {
      const task = findTask(current, id, this.path);
      this.#change(current, id, task, changes);
      task.errors.push(...errors);
    });
    return findTask(state, id, this.path);
  }

  #change(state: PipelineState, id: string, task: PipelineTask, changes: Partial<PipelineTask>): void {
    if (changes.status === "running" && task.status !== "running") task.attempts += 1;
    Object.assign(task, changes, { updated: this.#now() });
    if (task.status !== "pending") state.queue = state.queue.filter((each) => each !== id);
    else if (!state.queue.includes(id)) state.queue.push(id);
  }

  /** The task to do next; see `nextTask`. It is not taken: of several who ask, each is told of the same one; `startNext` takes it. */
  async nextTask(): Promise<{ id: string; task: PipelineTask } | undefined> {
    return nextTask(await this.load());
  }

  /**
   * Takes the task to do next: marks it as running in the transaction that found it, so of any number of workers one gets it.
   * `undefined`: there is none, and nothing was saved.
   */
  async startNext(): Promise<{ id: string; task: PipelineTask } | undefined> {
    let taken: string | undefined;
    const { tasks } = await this.#file.update((state) => {
      // Once more where somebody wrote meanwhile.
      const next = nextTask(state);
      taken = next?.id;
      if (next === undefined) return false;
      this.#change(state, next.id, next.task, { status: "running" });
      return undefined;
    });
    return taken === undefined ? undefined : { id: taken, task: tasks[taken] as PipelineTask };
  }

  /** Notes that a run of a phase begins; returns its number. @throws UntornError UNTORN_INVALID_ARGUMENT for what is no name */
  async startPhase(name: string): Promise<number> {
    checkName("phase", name);
    const state = await this.update(({ phases }) => {
      const phase = phaseOf(phases, name) ?? { runs: 0, history: [] };
      phases[name] = phase;
      phase.runs += 1;
      phase.history.push({ run: phase.runs, started: this.#now() });
      phase.history = phase.history.slice(-historyLimit);
    });
    return state.phases[name]?.runs ?? 0;
  }

  /** Notes how the newest run of a phase has ended, and adds `note` to `CODING_STATE.md`. */
  async endPhase(name: string, result: string, note?: string): Promise<void> {
    await this.update(({ phases }) => {
      const last = phaseOf(phases, name)?.history.at(-1);
      if (last === undefined) throw inputRefused(this.path, `phase ${name} was not started`);
      Object.assign(last, { ended: this.#now(), result });
    });
    if (note !== undefined) await this.notePhase(name, note);
  }

  /** Adds a note to the section of a phase in `CODING_STATE.md`. The text is data. */
  async notePhase(name: string, note: string): Promise<void> {
    await this.#file.transact(`note on phase ${name}`, async (tx) => {
      await tx.edit(notesName, (before) => {
        refuseTorn(before, `${this.#folder}/${notesName}`);
        const text = before ?? "# Coding State\n";
        const entry = `**${this.#now()}**\n\n${note}`;
        return appendSection(text, name, entry, { add: true, level: 2, path: notesName });
      });
    });
  }

  /**
   * Writes the state to `backups/`, where no save drops it, and returns the path.
   * @throws UntornError UNTORN_NOT_FOUND where no state was ever saved.
   */
  async backup(): Promise<string> {
    const bytes = this.#file.bytesOf(await this.load());
    if (bytes === undefined) throw noPipeline(this.#folder);
    const name = `backups/state-${this.#now().replace(/[^0-9TZ]/g, "")}-${randomUUID().slice(0, 8)}.json`;
    await this.#file.transact("back the state of the pipeline up", (tx) => tx.write(name, bytes, { ifAbsent: true }));
    return `${this.#folder}/${name}`;
  }

  async summary(): Promise<PipelineSummary> {
    return summarize(await this.load());
  }

  #now(): string {
    return machine.now().toISOString();
  }
}
