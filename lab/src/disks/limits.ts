// The largest file that a process may write (setrlimit(2), RLIMIT_FSIZE), byte by byte: EFBIG. Node ignores the signal that
// the kernel sends with it (SIGXFSZ), so no write dies of it.
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { ask, Driven } from "../disk.ts";
import { programs } from "../programs.ts";
import { AttemptProcess } from "./attempts.ts";
import { operationNames, recordLength, textLength } from "./operations.ts";
import type { Depth } from "./depth.ts";
import { Course, Row } from "./row.ts";

/** A few bytes before and after every size that matters, and others in between. */
function limitsOf(folder: string, depth: Depth): number[] {
  const sizes = [0, 512, 4096, textLength];
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const status = statSync(join(folder, name));
    if (status.isFile()) sizes.push(status.size, status.size + recordLength);
  }
  const most = Math.max(...sizes) + 8;
  const near = new Set<number>();
  const reach = depth === "long" ? 8 : 1;
  for (const size of sizes) for (let by = -reach; by <= reach; by += 1) near.add(size + by);
  for (let size = 0; size < most; size += depth === "long" ? 7 : 401) near.add(size);
  return [...near].filter((size) => size >= 0).toSorted((a, b) => a - b);
}

export async function limitRows(folder: string, depth: Depth, wanted: (row: Row) => boolean): Promise<Row[]> {
  const rows = operationNames.map((operation) => new Row("any", "file-size limit", operation)).filter(wanted);
  if (rows.length === 0) return [];
  const device = new Driven(programs.device, ["drive"]);
  let started: AttemptProcess | undefined;
  try {
    const by = await AttemptProcess.start();
    started = by;
    for (const row of rows) {
      const place = join(folder, row.operation);
      mkdirSync(place);
      const course = new Course(row, place, ["UNTORN_DISK_FULL", "UNTORN_INCOMPLETE"]);
      await course.begin(by);
      for (const bytes of limitsOf(place, depth)) {
        // What some of them write grows from call to call.
        if (row.tries % 40 === 39) {
          rmSync(place, { recursive: true });
          mkdirSync(place);
          await course.begin(by);
        }
        await ask(device, `limit ${by.pid} ${bytes}`);
        await course.try(by, `files of ${bytes} bytes`, async () => {
          await ask(device, `limit ${by.pid} -`);
        });
      }
    }
  } finally {
    await started?.end();
    await device.end();
  }
  return rows;
}
