import { lstatSync, readFileSync } from "node:fs";
import type { Known } from "../epochs.ts";
import type { Calls } from "../untorn.ts";

/** What is wrong with a state. `stuck`: the library's next call, or its recovery, fails. */
export interface Damage {
  readonly kind: "torn" | "lost" | "stuck";
  readonly detail: string;
}

/** A folder on the filesystem, and the library's calls for it. */
export interface Place {
  readonly folder: string;
  readonly calls: Calls;
  /** Whether recovery is left out, to see that it is needed. */
  readonly unrecovered?: boolean;
}

export interface Workload {
  readonly name: string;
  /** Version 0; made, and on the disk, before the recording begins. */
  setup(place: Place): Promise<unknown>;
  /** One call of the library; `version` counts up from 1. */
  step(place: Place, version: number): Promise<unknown>;
  /** What is half done after a power cut, for those workloads that have such. */
  isHalfDone?(place: Place): boolean;
  /** Completes it, or takes it back. */
  recover?(place: Place): Promise<unknown>;
  /** After the power cut: recovery, where the workload has one, then what is on the disk, looked at without the library. */
  check(place: Place, known: Known): Promise<Damage | undefined>;
}

/** Text of a version that tells every sector of it from every other: 1 to 20 KiB, long and short in turn. */
export function contentOf(version: number, name = "state"): string {
  const lines = 20 + ((version * 131 + name.length * 17) % 300);
  return Array.from(
    { length: lines },
    (_, line) => `${name} version ${version} line ${line} ${"x".repeat(line % 60)}\n`,
  ).join("");
}

/** The bytes of a file, or nothing where there is none. */
export function contentAt(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined ? undefined : readFileSync(path, "latin1");
}

/** Which version a file holds whole; `undefined` if none. */
export function versionOf(text: string | undefined, known: Known, name?: string): number | undefined {
  for (let version = known.begun; version >= 0; version -= 1) if (text === contentOf(version, name)) return version;
  return undefined;
}

/** A few words about content that is no version. */
export function describe(text: string | undefined): string {
  if (text === undefined) return "missing";
  if (text === "") return "empty";
  if (/^\0+$/.test(text)) return `${text.length} bytes of zeros`;
  return `${text.length} bytes, ${text.includes("\0") ? "some zeros" : "cut short or mixed"}`;
}

/** Damage of one file that is replaced version by version. */
export function judge(text: string | undefined, known: Known, name?: string): Damage | undefined {
  const version = versionOf(text, known, name);
  if (version === undefined) return { kind: "torn", detail: describe(text) };
  if (version >= known.returned) return undefined;
  return { kind: "lost", detail: `version ${version}, after ${known.returned} had returned` };
}

/** A call of the library that must succeed after a power cut. */
export async function mustWork(what: string, call: () => Promise<unknown>): Promise<Damage | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return { kind: "stuck", detail: `${what}: ${error instanceof Error ? error.message : String(error)}` };
  }
}
