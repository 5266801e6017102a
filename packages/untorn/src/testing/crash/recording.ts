import type { Effect } from "../effects.ts";
import type { MemoryPort } from "../memory-port.ts";
import type { Volume } from "../volume.ts";

export interface RecordedEffect {
  readonly effect: Effect;
  readonly atMs: number;
}

/** What the caller of the code under test knows from some moment on; `at` is how many effects had happened. */
export type Mark<V = unknown> =
  | { readonly at: number; readonly kind: "begin" | "returned"; readonly version: V }
  | { readonly at: number; readonly kind: "note"; readonly text: string };

/** A run of some code: what it did to a disk, and what its caller was told meanwhile. */
export interface Recording<V = unknown> {
  /** The disk before; all of it is taken to be synced. */
  readonly base: Volume;
  readonly effects: readonly RecordedEffect[];
  readonly marks: readonly Mark<V>[];
}

/** A moment at which the power may be cut: so many effects and marks have been. */
export interface CrashPoint {
  readonly effects: number;
  readonly marks: number;
}

/** Writes down what happens to a machine's disk from now on. */
export class Recorder<V> {
  readonly #base: Volume;
  readonly #effects: RecordedEffect[] = [];
  readonly #marks: Mark<V>[] = [];
  readonly #port: MemoryPort;

  constructor(port: MemoryPort) {
    this.#port = port;
    this.#base = port.machine.volume.fork();
    port.machine.observe = (effect, atMs) => void this.#effects.push({ effect, atMs });
  }

  mark(kind: "begin" | "returned", version: V): void {
    this.#marks.push({ at: this.#effects.length, kind, version });
  }

  note(text: string): void {
    this.#marks.push({ at: this.#effects.length, kind: "note", text });
  }

  end(): Recording<V> {
    this.#port.machine.observe = undefined;
    return { base: this.#base, effects: this.#effects, marks: this.#marks };
  }
}

/** Every moment there is: after each effect, and after each thing that the caller was told. */
export function allPoints({ effects, marks }: Recording): CrashPoint[] {
  const points: CrashPoint[] = [];
  let told = 0;
  for (let at = 0; at <= effects.length; at += 1) {
    points.push({ effects: at, marks: told });
    while (marks[told]?.at === at) points.push({ effects: at, marks: (told += 1) });
  }
  return points;
}

/**
 * The moments that have to be looked at. A power cut between two unsynced effects leaves nothing that a cut after both
 * may not leave as well (losing the later one is allowed), so only the moments right before a sync, before the caller
 * is told something, and at the end are different.
 */
export function crashPoints(recording: Recording): CrashPoint[] {
  const points: CrashPoint[] = [];
  let marks = 0;
  const { effects } = recording;
  for (let at = 0; at <= effects.length; at += 1) {
    while (recording.marks[marks]?.at === at) {
      points.push({ effects: at, marks });
      marks += 1;
    }
    const next = effects[at];
    if (next === undefined || next.effect.kind === "sync") points.push({ effects: at, marks });
  }
  return points;
}
