import { randomUUID } from "node:crypto";
import { history, isUntornError, UntornError } from "untorn";
import type { FileContent, Transaction } from "untorn";
import { machine } from "../ground/index.ts";
import { editedContent, hasInexactNumber } from "./exact-numbers.ts";
import { emptyState, jsonOfState, stateOf, stateProblem } from "./pipeline-state.ts";
import type { PipelineState } from "./pipeline-state.ts";
import { recoverState } from "./recover-state.ts";
import type { RecoveredState } from "./recover-state.ts";
import { noPipeline, savedByOthers } from "./refusals.ts";
import { StateText } from "./state-text.ts";

export interface StateManagerOptions {
  /** How many earlier states to keep. Default 10; 0: none. */
  readonly generations?: number;
  /**
   * How often a save keeps the state before it as a generation, in milliseconds; the first save of a manager always does. To keep
   * one, the old file is read and checked, which takes about as long as the save. Default 30,000; 0: every save.
   */
  readonly generationEveryMs?: number;
}

type Content = Pick<FileContent, "data" | "etag">;

/** What a state was made of, or saved as. */
interface Origin {
  /** `undefined`: there was no file. */
  readonly file: Content | undefined;
  /** It has numbers that JavaScript does not hold. */
  readonly inexact: boolean;
}

/** A state as it was read or is being saved, and what is to be known of it once that has happened. */
interface Step {
  readonly state: PipelineState;
  readonly origin: Origin;
  /** What had to be put back to read it. */
  readonly recovered?: RecoveredState | undefined;
  /** When a generation was kept. */
  readonly keptAtMs?: number | undefined;
}

const stateName = "state.json";

/** The file of a pipeline's state, and what is known of it between two calls. Every change is a transaction of the folder's store. */
export class StateFile {
  readonly path: string;
  readonly #folder: string;
  readonly #generations: number;
  readonly #everyMs: number;
  /** Of what was loaded or saved last: a save compares it with what is there then (G6). */
  #last: Origin = { file: undefined, inexact: false };
  /** Of each state: one that was loaded before another is not a change of what the other was loaded from. */
  readonly #origins = new WeakMap<PipelineState, Origin>();
  readonly #text = new StateText();
  #keptAtMs = -Infinity;
  #recovered: RecoveredState | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string, options: StateManagerOptions) {
    this.path = `${folder}/${stateName}`;
    this.#folder = folder;
    this.#generations = options.generations ?? 10;
    this.#everyMs = options.generationEveryMs ?? 30_000;
  }

  get recovered(): RecoveredState | undefined {
    return this.#recovered;
  }

  /** The bytes that a state was loaded from or saved as; `undefined` where there is no file. */
  bytesOf(state: PipelineState): Uint8Array | undefined {
    return this.#origins.get(state)?.file?.data;
  }

  async load(): Promise<PipelineState> {
    this.#recovered = undefined;
    return await this.#inTurn(async () => {
      const found = await this.#understood(await this.#file());
      if ("origin" in found) return this.#done(found);
      // Looked at once more in a transaction: somebody else may have put it right meanwhile.
      return await this.#change("recover the state of the pipeline", async (tx) => await this.#loadIn(tx));
    });
  }

  async save(state: PipelineState): Promise<void> {
    await this.#inTurn(async () => {
      const { updated } = state;
      try {
        await this.#change("save the state of the pipeline", async (tx) => {
          return await this.#write(tx, state, this.#origins.get(state) ?? this.#last);
        });
      } catch (error) {
        if (isUntornError(error) && error.outcome === "unchanged") state.updated = updated;
        const changed = isUntornError(error) && error.code === "UNTORN_CONFLICT" && error.phase === "commit";
        throw changed ? savedByOthers(this.path) : error;
      }
    });
  }

  /** As of `StateManager`; where `change` returns `false`, nothing is saved. */
  async update(change: (state: PipelineState) => void | PipelineState | false): Promise<PipelineState> {
    this.#recovered = undefined;
    return await this.#inTurn(async () => {
      return await this.#change("update the state of the pipeline", async (tx) => {
        const loaded = await this.#loadIn(tx);
        const { state, origin, recovered } = loaded;
        const changed = change(state);
        if (changed === false) return loaded;
        return { ...(await this.#write(tx, changed ?? state, origin)), recovered };
      });
    });
  }

  /** After the calls before it have ended: each must know what they have loaded or saved. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return await turn;
  }

  /** A transaction that loads or saves the state. What it did is known from when it is over, and not before. */
  async #change(purpose: string, work: (tx: Transaction) => Promise<Step>): Promise<PipelineState> {
    const last: { step?: Step } = {};
    try {
      return this.#done(await this.transact(purpose, async (tx) => (last.step = await work(tx))));
    } catch (error) {
      // It is in place, and something after that failed: the next save is one of this very state.
      if (last.step !== undefined && isUntornError(error) && error.outcome === "replaced") this.#done(last.step);
      throw error;
    }
  }

  /** Any transaction in the folder of the pipeline; its errors speak of the pipeline. */
  async transact<T>(purpose: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    try {
      return (await machine.store(this.#folder).transaction(work, { purpose })).value;
    } catch (error) {
      if (!isUntornError(error)) throw error;
      throw error.code === "UNTORN_NOT_FOUND" && error.phase === "resolve" ? noPipeline(this.#folder) : error;
    }
  }

  #done({ state, origin, recovered, keptAtMs }: Step): PipelineState {
    this.#last = origin;
    this.#origins.set(state, origin);
    if (keptAtMs !== undefined) this.#keptAtMs = keptAtMs;
    if (recovered !== undefined) this.#recovered = recovered;
    return state;
  }

  /** The file as the last commit left it. */
  async #file(): Promise<Content | undefined> {
    try {
      return (await machine.store(this.#folder).readTogether([stateName]))[0];
    } catch (error) {
      // There is no folder either.
      if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND" && error.phase === "resolve") return undefined;
      throw error;
    }
  }

  /**
   * The state in a file, a new one where none was ever saved, or what is wrong: the file is torn, or it is gone. JSON that is no state
   * was not torn, and is an error: a newer program or a person wrote it, and a generation in its place would take that back.
   */
  async #understood(file: Content | undefined): Promise<Step | { readonly damage: UntornError | undefined }> {
    if (file === undefined) {
      if (await this.#hasGenerations()) return { damage: undefined };
      const state = emptyState(randomUUID(), machine.now().toISOString());
      return { state, origin: { file, inexact: false } };
    }
    let value: unknown;
    try {
      value = jsonOfState(file.data, this.path);
    } catch (error) {
      if (isUntornError(error)) return { damage: error };
      throw error;
    }
    return { state: stateOf(value, this.path), origin: { file, inexact: hasInexactNumber(file.data) } };
  }

  async #loadIn(tx: Transaction): Promise<Step> {
    const file = (await tx.exists(stateName)) ? await tx.read(stateName) : undefined;
    const found = await this.#understood(file);
    if ("origin" in found) return found;
    const { report, state, content, generations } = await recoverState(this.path, found.damage, file?.data);
    // A corrupt file that is replaced so goes to the quarantine, and no generation is dropped for it.
    const etag = await tx.write(stateName, content, { generations: generations + 1 });
    const origin = { file: { data: content, etag }, inexact: hasInexactNumber(content) };
    return { state, origin, recovered: report };
  }

  async #hasGenerations(): Promise<boolean> {
    try {
      return (await history(this.path)).generations.length > 0;
    } catch (error) {
      if (isUntornError(error) && error.code === "UNTORN_NOT_FOUND") return false;
      throw error;
    }
  }

  async #write(tx: Transaction, state: PipelineState, { file, inexact }: Origin): Promise<Step> {
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
    const now = machine.now();
    const keep = this.#generations > 0 && now.getTime() - this.#keptAtMs >= this.#everyMs;
    state.updated = now.toISOString();
    const data = inexact && file ? editedContent(file.data, state, this.path) : this.#text.content(state, changed);
    const etag = await tx.write(stateName, data, {
      copy: false,
      ...(keep ? { generations: this.#generations } : {}),
      // Never loaded: then there must be none.
      ...(file === undefined ? { ifAbsent: true } : { ifMatch: file }),
    });
    const keptAtMs = keep && file !== undefined ? now.getTime() : undefined;
    return { state, origin: { file: { data, etag }, inexact }, keptAtMs };
  }
}
