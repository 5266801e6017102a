// The process that the recording is about: works on the mounted filesystem, and marks in the disk's log when each call
// begins and returns. An object in JSON as its argument says what to do.
import { spawnSync } from "node:child_process";
import { openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { interceptPort, SeededRandom } from "untorn/testing";
import type { Verb } from "../../packages/untorn/dist/src/platform/index.js";
import { programs } from "./programs.ts";
import { callsOn, newPort } from "./untorn.ts";
import type { Fault } from "./untorn.ts";
import { workloads } from "./workloads/index.ts";
import type { Workload, WorkloadName } from "./workloads/index.ts";

export interface WorkloadOrder {
  /** `recover`: only what the workload does after a power cut. */
  readonly task: "work" | "recover";
  readonly workload: WorkloadName;
  readonly folder: string;
  readonly marks: string;
  readonly fault: Fault;
  readonly versions: number;
  readonly seed: number;
}

/** Calls that change names or sizes. A filesystem may commit any of them by itself a moment later. */
const changing = new Set<Verb>(["open", "write", "rename", "link", "unlink", "mkdir", "rmdir", "truncate"]);

const order = JSON.parse(process.argv[2] ?? "") as WorkloadOrder;
const random = new SeededRandom(order.seed);
const marks = openSync(order.marks, "w");
/** How many of a hundred changing calls the filesystem's commit follows. */
let commitPercent = 0;

const port = interceptPort(newPort(order.fault), {
  before: () => undefined,
  after({ verb }) {
    if (changing.has(verb) && random.below(100) < commitPercent) commit();
  },
});
const place = { folder: order.folder, calls: callsOn(port) };
const workload: Workload = workloads[order.workload];

/** With none of the filesystem's own commits, with one after every call, with some. */
const percents = [0, 100, 40];

if (order.task === "recover") {
  commitPercent = percents[order.seed % 3] ?? 0;
  await workload.recover?.(place);
} else {
  await workload.setup(place);
  // The whole disk, so that what is asked of every state begins here.
  if (spawnSync("sync", ["-f", order.folder]).status !== 0) throw new Error("sync has failed");
  writeSync(marks, "start\n");
  for (let version = 1; version <= order.versions; version += 1) {
    commitPercent = percents[version % 3] ?? 0;
    writeSync(marks, `begin ${version}\n`);
    await workload.step(place, version);
    writeSync(marks, `returned ${version}\n`);
  }
}
writeSync(marks, "end\n");

/** What a filesystem does every few seconds: it commits its metadata, but not the data it still holds back. */
function commit(): void {
  const { status, stderr } = spawnSync(programs.device, ["commit", dirname(order.folder)], { encoding: "utf8" });
  if (status !== 0) throw new Error(`the commit has failed: ${stderr}`);
}
