import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { SeededRandom } from "untorn/testing";
import { DeviceError, Disk } from "./disk.ts";
import type { Epoch, Known } from "./epochs.ts";
import type { Filesystem } from "./filesystems.ts";
import type { Recording } from "./record.ts";
import { workFolder } from "./record.ts";
import { statesOf } from "./states.ts";
import type { DiskState, Effort } from "./states.ts";
import { callsOn, newPort } from "./untorn.ts";
import type { Fault } from "./untorn.ts";
import type { Damage, Workload } from "./workloads/index.ts";

const run = promisify(execFile);

export type DamageKind = Damage["kind"] | "unmountable" | "inconsistent";

export interface ExploreOptions {
  readonly filesystem: Filesystem;
  readonly workload: Workload;
  readonly fault: Fault;
  readonly recording: Recording;
  readonly effort: Effort;
  readonly seed: number;
  readonly folder: string;
  /** Every so many states, the filesystem's own checker looks at what its replay has made; 0: never. */
  readonly verifyEvery: number;
  /** Where an image of the first failing state goes, if it is wanted. */
  readonly keep: string | undefined;
  readonly signal: AbortSignal;
}

export interface Finding {
  readonly kind: DamageKind;
  readonly detail: string;
  /** Which state it was: epoch, and the records that had reached the disk. */
  readonly state: string;
}

export interface Exploration {
  readonly epochs: number;
  readonly states: number;
  readonly verified: number;
  readonly counts: Readonly<Record<DamageKind, number>>;
  readonly first: Finding | undefined;
}

/** Mounts every chosen state of a recorded disk, lets its journal be replayed, and checks what the workload left. */
export async function explore(options: ExploreOptions): Promise<Exploration> {
  const { filesystem, recording, effort, folder, signal } = options;
  const counts = { torn: 0, lost: 0, stuck: 0, unmountable: 0, inconsistent: 0 };
  let states = 0;
  let verified = 0;
  let first: Finding | undefined;
  const generator = new SeededRandom(options.seed);
  const random = (): number => generator.bits() / 2 ** 32;
  const { log, image } = recording;
  const disk = await Disk.start({ folder, bytes: filesystem.bytes, log, image, mode: "replay" });
  try {
    for (const [index, epoch] of recording.epochs.entries()) {
      disk.settle(epoch.settled);
      const last = index === recording.epochs.length - 1;
      for (const state of statesOf(epoch.pending, { effort, tearing: filesystem.tearing, random, last })) {
        signal.throwIfAborted();
        await disk.become(state);
        states += 1;
        const verify = options.verifyEvery > 0 && states % options.verifyEvery === 0;
        if (verify) verified += 1;
        const damage = await damageOf(disk, options, epoch.known, verify);
        if (damage === undefined) continue;
        counts[damage.kind] += 1;
        if (first !== undefined) continue;
        first = {
          ...damage,
          state: describeState(index, epoch, state),
        };
        if (options.keep === undefined) continue;
        await disk.become(state);
        await disk.save(options.keep);
      }
    }
  } finally {
    await disk.stop();
  }
  return { epochs: recording.epochs.length, states, verified, counts, first };
}

async function damageOf(
  disk: Disk,
  { filesystem, workload, fault }: ExploreOptions,
  known: Known,
  verify: boolean,
): Promise<{ kind: DamageKind; detail: string } | undefined> {
  try {
    await disk.mount(filesystem.type, filesystem.options);
  } catch (error) {
    if (error instanceof DeviceError) return { kind: "unmountable", detail: error.code };
    throw error;
  }
  let damage: Damage | undefined;
  try {
    const place = { folder: workFolder(disk), calls: callsOn(newPort()), unrecovered: fault === "no-recovery" };
    damage = await workload.check(place, known);
  } catch (error) {
    // The check reads without the library: a file that cannot be read is as good as torn.
    damage = { kind: "torn", detail: error instanceof Error ? error.message : String(error) };
  } finally {
    await disk.unmount();
  }
  if (damage !== undefined || !verify) return damage;
  const [program = "", ...args] = filesystem.verify;
  try {
    await run(program, [...args, disk.device]);
    return undefined;
  } catch (error) {
    return { kind: "inconsistent", detail: `${program}: ${(error as { stdout?: string }).stdout ?? String(error)}` };
  }
}

function describeState(index: number, { known, pending }: Epoch, state: DiskState): string {
  const parts = state.map(({ number, from, to }) => {
    const { offset = 0, length = 0 } = pending.find((write) => write.number === number) ?? {};
    const whole = `record ${number} (${length} bytes at ${offset})`;
    return to - from === length ? whole : `bytes ${from} to ${to} of ${whole}`;
  });
  const there = parts.length === 0 ? "none" : parts.join(", ");
  return `epoch ${index}, begun ${known.begun}, returned ${known.returned}, of ${pending.length} pending writes: ${there}`;
}
