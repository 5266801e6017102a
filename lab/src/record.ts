import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Disk } from "./disk.ts";
import { epochsOf } from "./epochs.ts";
import type { Epoch, Known } from "./epochs.ts";
import type { Filesystem } from "./filesystems.ts";
import { parseLog } from "./log.ts";
import type { Fault } from "./untorn.ts";
import type { WorkloadName } from "./workloads/index.ts";
import type { WorkloadOrder } from "./workload-process.ts";

const run = promisify(execFile);
const workloadProcess = fileURLToPath(new URL("workload-process.js", import.meta.url));
const timeoutMs = 120_000;

/** A disk as a power cut left it. */
export interface Wreck {
  readonly image: string;
  readonly known: Known;
}

export interface RecordOptions {
  readonly filesystem: Filesystem;
  readonly workload: WorkloadName;
  readonly fault: Fault;
  readonly versions: number;
  readonly seed: number;
  readonly delayUs: number;
  /** Empty, for this recording alone. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Record the recovery of this disk, from its mount on, and not the workload on a new one. */
  readonly wreck?: Wreck | undefined;
}

export interface Recording {
  /** The disk's log. */
  readonly log: string;
  readonly epochs: readonly Epoch[];
  /** What the disk held before; zeros otherwise. */
  readonly image?: string | undefined;
}

/** Makes a filesystem, and runs a workload on it, with every write of the disk taken down. */
export async function record(options: RecordOptions): Promise<Recording> {
  const { filesystem, folder, signal, workload, fault, versions, seed, delayUs, wreck } = options;
  const image = wreck?.image;
  const log = `${folder}/disk.log`;
  const disk = await Disk.start({ folder, bytes: filesystem.bytes, log, mode: "record", delayUs, image });
  try {
    const [program = "", ...args] = filesystem.make;
    if (wreck === undefined) await run(program, [...args, disk.device], { signal, timeout: timeoutMs });
    else writeFileSync(disk.marks, "start\n");
    await disk.mount(filesystem.type, filesystem.options);
    mkdirSync(workFolder(disk), { recursive: true });
    const task = wreck === undefined ? "work" : "recover";
    const place = { folder: workFolder(disk), marks: disk.marks };
    const order: WorkloadOrder = { ...place, task, workload, fault, versions, seed };
    await run(process.execPath, [workloadProcess, JSON.stringify(order)], { signal, timeout: timeoutMs });
    await disk.unmount();
  } finally {
    await disk.stop();
  }
  const epochs = epochsOf(parseLog(readFileSync(log)));
  // Recovery begins no version and returns none.
  if (wreck === undefined) return { log, epochs };
  return { log, epochs: epochs.map((epoch) => ({ ...epoch, known: wreck.known })), image };
}

/** Where the workload works; beside it is what the filesystem's own commits need. */
export function workFolder(disk: Disk): string {
  return `${disk.folder}/work`;
}
