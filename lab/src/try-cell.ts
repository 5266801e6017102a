import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { nameOf } from "./cells.ts";
import type { Amount, Cell } from "./cells.ts";
import { explore } from "./explore.ts";
import type { Exploration } from "./explore.ts";
import { filesystems } from "./filesystems.ts";
import { record } from "./record.ts";
import type { Recording, Wreck } from "./record.ts";
import type { Result } from "./table.ts";
import { workloads } from "./workloads/index.ts";
import { wrecksOf } from "./wrecks.ts";

export interface Surroundings {
  /** Made for the cell, and removed after. */
  readonly folder: string;
  /** Where images of failing states go, if they are wanted. */
  readonly keep: string | undefined;
  readonly signal: AbortSignal;
}

/** Records a cell and explores it; for the recovery, of several of its wrecks once more. */
export async function tryCell(cell: Cell, amount: Amount, surroundings: Surroundings): Promise<Result> {
  const { signal } = surroundings;
  const { workload, fault, seed } = cell;
  const { versions, delayUs, effort, verifyEvery } = amount;
  const filesystem = filesystems[cell.filesystem];
  const keep = imagePath(cell, surroundings.keep);
  const started = performance.now();
  let exploring = 0;
  const newFolder = (name: string): string => {
    const folder = join(surroundings.folder, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  };
  const recordIn = (folder: string, more: { seed: number; wreck?: Wreck }): Promise<Recording> =>
    record({ filesystem, workload, fault, versions, delayUs, folder, signal, ...more });
  const exploreIn = async (folder: string, recording: Recording): Promise<Exploration> => {
    const before = performance.now();
    const what = { filesystem, workload: workloads[workload], fault, recording };
    const exploration = await explore({ ...what, effort, seed, folder, verifyEvery, keep, signal });
    exploring += performance.now() - before;
    return exploration;
  };
  const folder = newFolder("calls");
  const recording = await recordIn(folder, { seed });
  let exploration: Exploration;
  if (cell.during === "calls") {
    exploration = await exploreIn(folder, recording);
  } else {
    const what = { filesystem, workload: workloads[workload], fault, recording };
    const wrecks = await wrecksOf({ ...what, effort, seed, folder, signal }, amount.recoveries);
    const explorations: Exploration[] = [];
    for (const [index, wreck] of wrecks.entries()) {
      const own = newFolder(`recovery-${index}`);
      explorations.push(await exploreIn(own, await recordIn(own, { seed: seed + index, wreck })));
      rmSync(own, { recursive: true });
    }
    exploration = total(explorations);
  }
  rmSync(surroundings.folder, { recursive: true });
  const seconds = [(performance.now() - started - exploring) / 1000, exploring / 1000] as const;
  return { cell, exploration, seconds, kept: exploration.first === undefined ? undefined : keep };
}

function imagePath(cell: Cell, folder: string | undefined): string | undefined {
  if (folder === undefined) return undefined;
  mkdirSync(folder, { recursive: true });
  return join(resolve(folder), `${nameOf(cell).replaceAll("/", "-")}.img`);
}

function total(explorations: readonly Exploration[]): Exploration {
  const sum = (of: (each: Exploration) => number): number => explorations.reduce((count, each) => count + of(each), 0);
  return {
    epochs: sum(({ epochs }) => epochs),
    states: sum(({ states }) => states),
    verified: sum(({ verified }) => verified),
    counts: {
      torn: sum(({ counts }) => counts.torn),
      lost: sum(({ counts }) => counts.lost),
      stuck: sum(({ counts }) => counts.stuck),
      unmountable: sum(({ counts }) => counts.unmountable),
      inconsistent: sum(({ counts }) => counts.inconsistent),
    },
    first: explorations.find(({ first }) => first !== undefined)?.first,
  };
}
