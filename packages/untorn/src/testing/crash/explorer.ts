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
  /** Whether recoveries are crashed, too; whether each crash point gets its share of the states. */
  #deep = false;
  #fair = true;
  /** Looking goes on until there are so many states; how often it was ended by that. */
  #until: number;
  #cuts = 0;
  states = 0;
  failures = 0;
  exhaustive = true;

  constructor(test: CrashTest<V>, model: PersistenceModel | undefined, onFailure: OnFailure<V>) {
    this.#test = test;
    this.#model = model;
    this.#onFailure = onFailure;
    this.#seed = test.seed ?? 1;
    this.#limit = test.states ?? 20_000;
    this.#until = this.#limit;
    this.#depth = test.recover === undefined ? 0 : (test.recoveryCrashes ?? 2);
  }

  /**
   * Every state that a crash of the recorded workload may leave. Where they are too many, half of them is for the workload itself and
   * the rest for crashes of its recovery, and each crash point gets its share, of which what it does not need goes to those after
   * it: else the first points, before any commit, would take them all. What is left in the end is for what was cut short.
   */
  async explore(recording: Recording<V>): Promise<void> {
    const slices: (readonly Mark<V>[])[] = [];
    const marksAt = (marks: number): readonly Mark<V>[] => (slices[marks] ??= recording.marks.slice(0, marks));
    const pass = async (deep: boolean, fair: boolean, until: number): Promise<void> => {
      this.#deep = deep;
      this.#fair = fair;
      this.#until = until;
      this.#cuts = 0;
      await this.#crash(recording, [], [], marksAt);
    };
    if (this.#depth > 0) await pass(false, true, Math.ceil(this.#limit / 2));
    await pass(this.#depth > 0, true, this.#limit);
    if (this.#cuts > 0 && this.states < this.#limit) await pass(this.#depth > 0, false, this.#limit);
    if (this.#cuts > 0) this.exhaustive = false;
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
    const outer = this.#until;
    if (this.#model === undefined) {
      const count = recording.effects.length + recording.marks.length + 1;
      let index = 0;
      for (const { volume, step } of killedStates(recording)) {
        this.#share(outer, Math.max(1, count - index++));
        if (!this.#budget()) continue;
        const crashed = { steps: [...before, step], marks: marksAt(step.marks) };
        const visit = this.#visit(volume, imageDigest(volume), crashed, all);
        if (visit !== undefined) await visit;
      }
      this.#until = outer;
      return;
    }
    const count = recording.effects.length + 1;
    const perPoint = before.length > 0 ? recoveryPerPoint : Math.max(16, Math.ceil((this.#limit * 2) / count));
    const space = new StateSpace(recording, this.#model, { seed: this.#seed, perPoint });
    for (const [index, point] of space.points.entries()) {
      this.#share(outer, space.points.length - index);
      if (!this.#budget()) break;
      for (const { choice, digest, volume } of space.statesAt(point)) {
        if (!this.#budget()) break;
        const step: CrashStep = { model: this.#model.name, choice };
        const crashed = { steps: [...before, step], marks: marksAt(choice.point.marks) };
        const visit = this.#visit(volume, digest, crashed, all);
        if (visit !== undefined) await visit;
      }
    }
    this.#until = outer;
    if (!space.all) this.exhaustive = false;
  }

  /** What is left until `outer`, shared by so many crash points. */
  #share(outer: number, points: number): void {
    this.#until = this.#fair ? Math.min(outer, this.states + Math.ceil((outer - this.states) / points)) : outer;
  }

  #budget(): boolean {
    if (this.states < this.#until) return true;
    this.#cuts += 1;
    return false;
  }

  /** Crashes a recovery; one that was cut short may be looked at again. */
  async #deeper(key: number, left: number, work: () => Promise<void>): Promise<void> {
    const cuts = this.#cuts;
    await work();
    if (this.#cuts > cuts) this.#seen.set(key, left - 1);
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
    const left = this.#deep ? this.#depth + 1 - crashed.steps.length : 0;
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
      const recorded = { ...recovery, base: before };
      return this.#deeper(key, left, () => this.#crash(recorded, crashed.steps, recordings, () => crashed.marks));
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
