import type { MachineOptions } from "../memory-machine.ts";
import type { MemoryPort } from "../memory-port.ts";
import type { Knowledge } from "./knowledge.ts";
import type { PersistenceModel } from "./model.ts";

/** How a workload tells what its caller knows. */
export interface Workload<V> {
  /** Makes a call that is to bring `version` to the disk, and notes when it begins and when it has returned. */
  call<T>(version: V, action: () => T): T;
  /** The two halves of `call`. What has returned must survive; what has only begun may. */
  begin(version: V): void;
  returned(version: V): void;
  /** A line for the timeline. */
  note(text: string): void;
}

/** Code to be crashed, and how to tell whether it has come through. */
export interface CrashTest<V> {
  /** Makes what is there before; taken to be on the medium. */
  readonly setup?: (port: MemoryPort) => unknown;
  /** The code under test. It is run once; every crash is worked out from what it did. */
  readonly workload: (port: MemoryPort, run: Workload<V>) => unknown;
  /** What runs first after a crash, if anything does. It is crashed as well. */
  readonly recover?: (port: MemoryPort) => unknown;
  /** Looks at what is there after a crash (and its recovery) and throws if it is wrong. */
  readonly check: (port: MemoryPort, knowledge: Knowledge<V>) => unknown;
  /** Persistence models, or their names. Default: all. */
  readonly models?: readonly (PersistenceModel | string)[];
  /** Whether to kill the process after every effect as well. Default true. */
  readonly kills?: boolean;
  /** How often the recovery is crashed in turn: 2 is a crash of the recovery from a crash of the recovery. Default 2. */
  readonly recoveryCrashes?: number;
  /** States to check per model, at most. Default 20,000. */
  readonly states?: number;
  /** For what has to be left to chance. Default 1. */
  readonly seed?: number;
  readonly machine?: MachineOptions;
  /** Only the state with this token. */
  readonly replay?: string;
  /** Told after every state. */
  readonly onState?: (states: number) => void;
}
