import { applyEffect } from "../effects.ts";
import { Machine } from "../memory-machine.ts";
import { MemoryPort } from "../memory-port.ts";
import { virtualEpochMs } from "../virtual-clock.ts";
import type { Volume } from "../volume.ts";
import type { CrashTest } from "./crash-test.ts";
import { imageDigest } from "./image-digest.ts";
import type { Digest } from "./image-digest.ts";
import { Knowledge } from "./knowledge.ts";
import type { PersistenceModel } from "./model.ts";
import { Recorder } from "./recording.ts";
import type { Mark, RecordedEffect, Recording } from "./recording.ts";
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
    await this.#crash(recording, [], [], (marks) => recording.marks.slice(0, marks));
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
      for (const { volume, effects, marks } of killedStates(recording)) {
        if (!this.#budget()) return;
        const step: CrashStep = { model: processModel, effects, marks };
        await this.#visit(volume, imageDigest(volume), { steps: [...before, step], marks: marksAt(marks) }, all);
      }
      return;
    }
    const points = recording.effects.length + 1;
    const perPoint = before.length > 0 ? recoveryPerPoint : Math.max(16, Math.ceil((this.#limit * 2) / points));
    const space = new StateSpace(recording, this.#model, { seed: this.#seed, perPoint });
    for (const { choice, digest, volume } of space.states()) {
      if (!this.#budget()) return;
      const step: CrashStep = { model: this.#model.name, choice };
      await this.#visit(volume, digest, { steps: [...before, step], marks: marksAt(choice.point.marks) }, all);
    }
    if (!space.all) this.exhaustive = false;
  }

  #budget(): boolean {
    if (this.states < this.#limit) return true;
    this.exhaustive = false;
    return false;
  }

  async #visit(volume: Volume, digest: Digest, crashed: Crashed<V>, recordings: readonly Recording[]): Promise<void> {
    digest.add(crashed.marks.length);
    const key = digest.value;
    const left = this.#depth + 1 - crashed.steps.length;
    const seen = this.#seen.get(key);
    if (seen !== undefined && seen >= left) return;
    this.#seen.set(key, left);
    if (seen === undefined) this.states += 1;
    const deeper = left > 0;
    const before = deeper ? volume.fork() : undefined;
    const port = this.#reboot(volume, crashed.steps.length);
    const recorder = deeper ? new Recorder<never>(port) : undefined;
    let recovery: Recording | undefined;
    try {
      const recovering = this.#test.recover?.(port);
      if (recovering instanceof Promise) await recovering;
      recovery = recorder?.end();
      const checking = this.#test.check(port, new Knowledge(this.#modelName, crashed.marks));
      if (checking instanceof Promise) await checking;
    } catch (error) {
      this.failures += 1;
      this.#onFailure(crashed, recordings, error);
    }
    this.#test.onState?.(this.states);
    if (recovery === undefined || before === undefined || recovery.effects.length === 0) return;
    await this.#crash({ ...recovery, base: before }, crashed.steps, recordings, () => crashed.marks);
  }

  async #recoverAndCheck(port: MemoryPort, crashed: Crashed<V>): Promise<void> {
    await this.#test.recover?.(port);
    await this.#test.check(port, new Knowledge(this.#modelName, crashed.marks));
  }

  get #modelName(): string {
    return this.#model?.name ?? processModel;
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

/** The disk as a killed process leaves it: after each effect, before and after each thing that its caller was told. */
function* killedStates(recording: Recording): Generator<{ volume: Volume; effects: number; marks: number }> {
  const volume = recording.base.fork();
  let marks = 0;
  for (let at = 0; at <= recording.effects.length; at += 1) {
    yield { volume: volume.fork(), effects: at, marks };
    while (recording.marks[marks]?.at === at) {
      marks += 1;
      yield { volume: volume.fork(), effects: at, marks };
    }
    if (at === recording.effects.length) return;
    const { effect, atMs } = recording.effects[at] as RecordedEffect;
    applyEffect(volume, effect, atMs);
  }
}

/** The disk after a kill, once more. */
export function killedVolume(recording: Recording, effects: number): Volume {
  const volume = recording.base.fork();
  for (const { effect, atMs } of recording.effects.slice(0, effects)) applyEffect(volume, effect, atMs);
  return volume;
}
