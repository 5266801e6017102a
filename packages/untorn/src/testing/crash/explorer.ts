import { Machine } from "../memory-machine.ts";
import { MemoryPort } from "../memory-port.ts";
import { virtualEpochMs } from "../virtual-clock.ts";
import type { Volume } from "../volume.ts";
import type { CrashTest } from "./crash-test.ts";
import { imageDigest } from "./image-digest.ts";
import type { Digest } from "./image-digest.ts";
import { Knowledge } from "./knowledge.ts";
import type { PersistenceModel } from "./model.ts";
import { killedStates } from "./killed.ts";
import { Recorder } from "./recording.ts";
import type { Mark, Recording } from "./recording.ts";
import { StateSpace } from "./states.ts";
import type { CrashStep } from "./token.ts";

/** A state that is to be checked: how it came about, and what was known. */
export interface Crashed<V> {
  readonly steps: readonly CrashStep[];
  readonly marks: readonly Mark<V>[];
}

/** Told of every wrong state. */
export type OnFailure<V> = (crashed: Crashed<V>, recordings: readonly Recording[], error: unknown) => void;

/** A crash during a recovery is looked at in fewer states: there is one such space for every state of the first crash. */
const recoveryPerPoint = 32;
const rebootMs = 60_000;
const processModel = "process";

/** Goes through the states of one model, or of a process that is killed (`undefined`). */
export class Explorer<V> {
  readonly #test: CrashTest<V>;
  readonly #model: PersistenceModel | undefined;
  readonly #seed: number;
  readonly #limit: number;
  readonly #depth: number;
  readonly #onFailure: OnFailure<V>;
  /** How many crashes of the recovery were still to come when a state was seen. */
  readonly #seen = new Map<number, number>();
  readonly #knowledge = new WeakMap<readonly Mark<V>[], Knowledge<V>>();
  states = 0;
  failures = 0;
  exhaustive = true;

  constructor(test: CrashTest<V>, model: PersistenceModel | undefined, onFailure: OnFailure<V>) {
    this.#test = test;
    this.#model = model;
    this.#onFailure = onFailure;
    this.#seed = test.seed ?? 1;
    this.#limit = test.states ?? 20_000;
    this.#depth = test.recover === undefined ? 0 : (test.recoveryCrashes ?? 2);
  }

  /** Every state that a crash of the recorded workload may leave. */
  async explore(recording: Recording<V>): Promise<void> {
    const slices: (readonly Mark<V>[])[] = [];
    await this.#crash(recording, [], [], (marks) => (slices[marks] ??= recording.marks.slice(0, marks)));
  }

  /** One state, however often it has been seen. Resolves to what was wrong with it, if anything. */
  async verdict(volume: Volume, crashed: Crashed<V>, steps: number): Promise<unknown> {
    const port = this.#reboot(volume, steps);
    try {
      await this.#recoverAndCheck(port, crashed);
      return undefined;
    } catch (error) {
      return error ?? new Error("the check threw nothing in particular");
    }
  }

  /** Recovers once, and tells what the recovery did. */
  async record(volume: Volume, steps: number): Promise<Recording> {
    const port = this.#reboot(volume, steps);
    const recorder = new Recorder<never>(port);
    await this.#test.recover?.(port);
    return recorder.end();
  }

  async #crash(
    recording: Recording,
    before: readonly CrashStep[],
    recordings: readonly Recording[],
    marksAt: (marks: number) => readonly Mark<V>[],
  ): Promise<void> {
    const all = [...recordings, recording];
    if (this.#model === undefined) {
      for (const { volume, step } of killedStates(recording)) {
        if (!this.#budget()) return;
        const crashed = { steps: [...before, step], marks: marksAt(step.marks) };
        const visit = this.#visit(volume, imageDigest(volume), crashed, all);
        if (visit !== undefined) await visit;
      }
      return;
    }
    const points = recording.effects.length + 1;
    const perPoint = before.length > 0 ? recoveryPerPoint : Math.max(16, Math.ceil((this.#limit * 2) / points));
    const space = new StateSpace(recording, this.#model, { seed: this.#seed, perPoint });
    for (const { choice, digest, volume } of space.states()) {
      if (!this.#budget()) return;
      const step: CrashStep = { model: this.#model.name, choice };
      const crashed = { steps: [...before, step], marks: marksAt(choice.point.marks) };
      const visit = this.#visit(volume, digest, crashed, all);
      if (visit !== undefined) await visit;
    }
    if (!space.all) this.exhaustive = false;
  }

  #budget(): boolean {
    if (this.states < this.#limit) return true;
    this.exhaustive = false;
    return false;
  }

  /** Returns a promise only if something in it was asynchronous: most states cost less than an await. */
  #visit(
    volume: Volume,
    digest: Digest,
    crashed: Crashed<V>,
    recordings: readonly Recording[],
  ): Promise<void> | undefined {
    digest.add(crashed.marks.length);
    const key = digest.value;
    const left = this.#depth + 1 - crashed.steps.length;
    const seen = this.#seen.get(key);
    if (seen !== undefined && seen >= left) return undefined;
    this.#seen.set(key, left);
    if (seen === undefined) this.states += 1;
    const before = left > 0 ? volume.fork() : undefined;
    const port = this.#reboot(volume, crashed.steps.length);
    const recorder = left > 0 ? new Recorder<never>(port) : undefined;
    let recovery: Recording | undefined;
    const fail = (error: unknown): void => {
      this.failures += 1;
      this.#onFailure(crashed, recordings, error);
    };
    const check = (): unknown => {
      recovery = recorder?.end();
      return this.#test.check(port, this.#knowledgeOf(crashed.marks));
    };
    const deeper = (): Promise<void> | undefined => {
      this.#test.onState?.(this.states);
      if (recovery === undefined || before === undefined || recovery.effects.length === 0) return undefined;
      return this.#crash({ ...recovery, base: before }, crashed.steps, recordings, () => crashed.marks);
    };
    try {
      const recovering = this.#test.recover?.(port);
      const checking = recovering instanceof Promise ? recovering.then(check) : check();
      if (checking instanceof Promise) return checking.catch(fail).then(deeper);
    } catch (error) {
      fail(error);
    }
    return deeper();
  }

  async #recoverAndCheck(port: MemoryPort, crashed: Crashed<V>): Promise<void> {
    await this.#test.recover?.(port);
    await this.#test.check(port, this.#knowledgeOf(crashed.marks));
  }

  /** One for all states with the same marks: a check may keep what it has worked out by it. */
  #knowledgeOf(marks: readonly Mark<V>[]): Knowledge<V> {
    let knowledge = this.#knowledge.get(marks);
    if (knowledge === undefined) {
      knowledge = new Knowledge(this.#model?.name ?? processModel, marks);
      this.#knowledge.set(marks, knowledge);
    }
    return knowledge;
  }

  /** The machine after the crash: started again after a power cut, the same with other processes after a kill. */
  #reboot(volume: Volume, crashes: number): MemoryPort {
    const { machine: options = {} } = this.#test;
    const power = this.#model !== undefined;
    return new MemoryPort(
      new Machine(
        {
          ...options,
          boot: (options.boot ?? 1) + (power ? crashes : 0),
          firstPid: (options.firstPid ?? 100) + crashes * 1000,
          startMs: (options.startMs ?? virtualEpochMs) + crashes * rebootMs,
        },
        volume,
      ),
    );
  }
}
