import { execFile } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Disk } from "./disk.ts";
import { epochsOf } from "./epochs.ts";
import type { Epoch } from "./epochs.ts";
import type { Filesystem } from "./filesystems.ts";
import { parseLog } from "./log.ts";
import type { Fault } from "./untorn.ts";
import type { WorkloadName } from "./workloads/index.ts";
import type { WorkloadOrder } from "./workload-process.ts";

const run = promisify(execFile);
const workloadProcess = fileURLToPath(new URL("workload-process.js", import.meta.url));
const timeoutMs = 120_000;

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
}

export interface Recording {
  /** The disk's log. */
  readonly log: string;
  readonly epochs: readonly Epoch[];
}

/** Makes a filesystem, and runs a workload on it, with every write of the disk taken down. */
export async function record(options: RecordOptions): Promise<Recording> {
  const { filesystem, folder, signal, workload, fault, versions, seed, delayUs } = options;
  const log = `${folder}/disk.log`;
  const disk = await Disk.start({ folder, bytes: filesystem.bytes, log, mode: "record", delayUs });
  try {
    const [program = "", ...args] = filesystem.make;
    await run(program, [...args, disk.device], { signal, timeout: timeoutMs });
    await disk.mount(filesystem.type, filesystem.options);
    mkdirSync(workFolder(disk));
    const order: WorkloadOrder = { workload, folder: workFolder(disk), marks: disk.marks, fault, versions, seed };
    await run(process.execPath, [workloadProcess, JSON.stringify(order)], { signal, timeout: timeoutMs });
    await disk.unmount();
  } finally {
    await disk.stop();
  }
  return { log, epochs: epochsOf(parseLog(readFileSync(log))) };
}

/** Where the workload works; beside it is what the filesystem's own commits need. */
export function workFolder(disk: Disk): string {
  return `${disk.folder}/work`;
}
