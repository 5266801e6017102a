import { randomUUID } from "node:crypto";
import { appendSection } from "@untorn/markdown";
import { isUntornError, UntornError } from "untorn";
import { inputRefused, standsInTheWay, textOf } from "../ground/index.ts";
import { editedContent, hasInexactNumber } from "./exact-numbers.ts";
import { checkName, findTask, noPipeline, phaseOf, savedByOthers } from "./refusals.ts";
import { nextTask } from "./next-task.ts";
import { emptyState, parseState, stateProblem, stateVersion } from "./pipeline-state.ts";
import type { NewTask, PipelineState, PipelineTask } from "./pipeline-state.ts";
import { recoverState } from "./recover-state.ts";
import type { RecoveredState } from "./recover-state.ts";
import { thisMachine } from "./state-ground.ts";
import type { StateGround } from "./state-ground.ts";
import { StateText } from "./state-text.ts";
import { summarize } from "./summary.ts";
import type { PipelineSummary } from "./summary.ts";

export interface StateManagerOptions {
  /** How many earlier states to keep. Default 10; 0: none. */
  readonly generations?: number;
  /**
   * How often a save keeps the state before it as a generation, in milliseconds; the first save of a manager always does. To keep
   * one, the old file is read and checked, which takes about as long as the save. Default 30,000; 0: every save.
   */
  readonly generationEveryMs?: number;
  readonly ground?: StateGround;
}

/** What a state was made of, or saved as. */
interface Origin {
  /** The file's bytes; `undefined`: there was none. */
  readonly content: Uint8Array | undefined;
  /** They have numbers that JavaScript does not hold. */
  readonly inexact: boolean;
}

const stateName = "state.json";
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
  readonly #ground: StateGround;
  readonly #generations: number;
  readonly #everyMs: number;
  /** Of what was loaded or saved last: a save compares it with what is there then (G6). */
  #last: Origin = { content: undefined, inexact: false };
  /** Of each state: one that was loaded before another is not a change of what the other was loaded from. */
  readonly #origins = new WeakMap<PipelineState, Origin>();
  readonly #text = new StateText();
  #keptAtMs = -Infinity;
  #recovered: RecoveredState | undefined;

  constructor(folder: string, options: StateManagerOptions = {}) {
    this.path = `${folder}/${stateName}`;
    this.#folder = folder;
    this.#ground = options.ground ?? thisMachine;
    this.#generations = options.generations ?? 10;
    this.#everyMs = options.generationEveryMs ?? 30_000;
  }

  /** What the last `load` had to do because the file was corrupt or gone; `undefined`: nothing. */
  get recovered(): RecoveredState | undefined {
    return this.#recovered;
  }

  /**
   * The state as it was saved last. Where no state was ever saved, it is a new one, which is not written yet. A corrupt or lost
   * file is put back from the newest whole generation, its bytes go to the quarantine, and `recovered` tells.
   *
   * @throws UntornError UNTORN_CORRUPT if no generation is whole: nothing is changed then. It is never taken for empty.
   * UNTORN_NEWER if a newer program wrote it.
   */
  async load(): Promise<PipelineState> {
    return await this.#load(false);
  }

  async #load(locked: boolean): Promise<PipelineState> {
    this.#recovered = undefined;
    const { state, content } = (await this.#read(locked)) ?? { state: this.#new(), content: undefined };
    this.#remember(state, { content, inexact: content !== undefined && hasInexactNumber(content) });
    return state;
  }

  /**
   * Replaces the state. It must be one that was loaded here, or made of the one that was loaded last, or new where there is none.
   * @throws UntornError UNTORN_CONFLICT (where there was no file, UNTORN_EXISTS) if there was a save since it was loaded, be it by this
   * manager; UNTORN_INVALID for what is no state.
   */
  async save(state: PipelineState): Promise<void> {
    await this.#locked("save the state of the pipeline", async () => await this.#write(state));
  }

  /** Reads, changes and saves under the lock: nobody's change is lost. Returns the state that was saved. */
  async update(change: (state: PipelineState) => void | PipelineState): Promise<PipelineState> {
    return await this.#locked("update the state of the pipeline", async () => {
      const state = await this.#load(true);
      const changed = change(state) ?? state;
      await this.#write(changed);
      return changed;
    });
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
      if (changes.status === "running" && task.status !== "running") task.attempts += 1;
      Object.assign(task, changes, { updated: this.#now() });
      task.errors.push(...errors);
      if (task.status !== "pending") current.queue = current.queue.filter((each) => each !== id);
      else if (!current.queue.includes(id)) current.queue.push(id);
    });
    return findTask(state, id, this.path);
  }

  /** The task to do next; see `nextTask`. */
  async nextTask(): Promise<{ id: string; task: PipelineTask } | undefined> {
    return nextTask(await this.load());
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
    await this.#ground.store(this.#folder).transaction(
      async (tx) =>
        await tx.edit(notesName, (text = "# Coding State\n") => {
          const entry = `**${this.#now()}**\n\n${note}`;
          return appendSection(text, name, entry, { add: true, level: 2, path: notesName });
        }),
      { purpose: `note on phase ${name}` },
    );
  }

  /**
   * Writes the state to `backups/`, where no save drops it, and returns the path.
   * @throws UntornError UNTORN_NOT_FOUND where no state was ever saved.
   */
  async backup(): Promise<string> {
    const content = this.#origins.get(await this.load())?.content;
    if (content === undefined) throw noPipeline(this.#folder);
    const name = `state-${this.#ground
      .now()
      .toISOString()
      .replace(/[^0-9TZ]/g, "")}-${randomUUID().slice(0, 8)}.json`;
    const path = `${this.#folder}/backups/${name}`;
    await this.#ground.write(path, content, { ifAbsent: true, mkdir: true });
    return path;
  }

  async summary(): Promise<PipelineSummary> {
    return summarize(await this.load());
  }

  async #locked<T>(purpose: string, work: () => Promise<T>): Promise<T> {
    return await this.#ground.withLock(this.path, { purpose }, work).catch((error: unknown) => {
      const gone = isUntornError(error) && error.code === "UNTORN_NOT_FOUND" && error.phase === "lock";
      throw gone ? noPipeline(this.#folder) : error;
    });
  }

  async #read(locked: boolean): Promise<(Pick<Origin, "content"> & { readonly state: PipelineState }) | undefined> {
    let damage: UntornError | undefined;
    try {
      const file = await this.#ground.read(this.path);
      if (file !== undefined) {
        return { state: this.#known(parseState(textOf(file.data, this.path), this.path)), content: file.data };
      }
      if (!(await this.#hasGenerations())) return undefined;
    } catch (error) {
      if (!isUntornError(error) || error.code !== "UNTORN_CORRUPT") throw error;
      damage = error;
    }
    // Looked at once more under the lock: somebody else may have put it right meanwhile.
    if (!locked) return await this.#locked("recover the state of the pipeline", async () => await this.#read(true));
    const { report, state, content } = await recoverState(this.#ground, this.path, damage);
    this.#recovered = report;
    return { state: this.#known(state), content };
  }

  async #hasGenerations(): Promise<boolean> {
    try {
      return (await this.#ground.history(this.path)).generations.length > 0;
    } catch (error) {
      if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND") return false;
      throw error;
    }
  }

  #known(state: PipelineState): PipelineState {
    if (state.version <= stateVersion) return state;
    throw new UntornError({
      code: "UNTORN_NEWER",
      path: this.path,
      phase: "read",
      outcome: "unchanged",
      problem: `its version is ${state.version}, and this program knows ${stateVersion}`,
    });
  }

  async #write(state: PipelineState): Promise<void> {
    const changed = this.#text.changed(state);
    const problem = stateProblem(state, changed);
    if (problem !== undefined) {
      throw new UntornError({
        code: "UNTORN_INVALID",
        path: this.path,
        phase: "arguments",
        outcome: "unchanged",
        problem: `it is not the state of a pipeline: ${problem}`,
      });
    }
    // Compared byte by byte: that is quicker than a digest, and whoever changes the file in place may leave no other sign.
    const { content: before, inexact } = this.#origins.get(state) ?? this.#last;
    if (before !== undefined && !this.#ground.holds(this.path, before)) throw savedByOthers(this.path);
    const now = this.#ground.now();
    state.updated = now.toISOString();
    const keep = this.#generations > 0 && now.getTime() - this.#keptAtMs >= this.#everyMs;
    const content = inexact && before ? editedContent(before, state, this.path) : this.#text.content(state, changed);
    await this.#ground.write(this.path, content, {
      ...(keep ? { generations: this.#generations } : {}),
      // Never loaded: then there must be none.
      ...(before === undefined ? { ifAbsent: true } : {}),
    });
    if (keep && before !== undefined) this.#keptAtMs = now.getTime();
    this.#remember(state, { content, inexact });
  }

  #remember(state: PipelineState, origin: Origin): void {
    this.#last = origin;
    this.#origins.set(state, origin);
  }

  #new(): PipelineState {
    return emptyState(randomUUID(), this.#now());
  }

  #now(): string {
    return this.#ground.now().toISOString();
  }
}
