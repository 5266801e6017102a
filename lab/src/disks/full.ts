// Disks that run full, block by block: ENOSPC, and EDQUOT for an ordinary user.
import { rmSync } from "node:fs";
import { AttemptProcess, here } from "./attempts.ts";
import type { Attempter } from "./attempts.ts";
import { operationNames } from "./operations.ts";
import { Course, Row } from "./row.ts";
import { ordinary, SmallDisk, smallFilesystems } from "./small-disk.ts";
import type { SmallName } from "./small-disk.ts";
import type { Depth } from "./depth.ts";

/** Room for the calls that must work. */
const enough = 2200;
const mostBlocks = 2000;

/**
 * How many blocks are left, from none upwards. The long run leaves out none, but on btrfs, which sets aside a few hundred
 * blocks for itself, all but each fourth: what it keeps its metadata in has four.
 */
export function* roomsOf(depth: Depth, type: string): Generator<number> {
  const step = (blocks: number): number =>
    depth === "long" ? (type === "btrfs" ? 4 : 1) : Math.max(1, Math.floor(blocks / 3));
  for (let blocks = 0; blocks < mostBlocks; blocks += step(blocks)) yield blocks;
}

export async function fullRows(
  name: SmallName,
  folder: string,
  depth: Depth,
  wanted: (row: Row) => boolean,
): Promise<Row[]> {
  const filesystem = smallFilesystems[name];
  const trouble = name === "btrfs, quota" ? "quota" : "full";
  const rows = operationNames.map((operation) => new Row(filesystem.type, trouble, operation)).filter(wanted);
  if (rows.length === 0) return [];
  const disk = await SmallDisk.open(filesystem, folder);
  let by: Attempter = here;
  try {
    if (trouble === "quota") by = await AttemptProcess.start(ordinary);
    for (const row of rows) {
      await fillUp(row, disk, by, depth);
    }
  } finally {
    await by.end();
    await disk.close();
  }
  return rows;
}

/** Until the call has succeeded so often in a row that more room changes nothing. */
const successes: Readonly<Record<Depth, number>> = { quick: 2, long: 8 };

async function fillUp(row: Row, disk: SmallDisk, by: Attempter, depth: Depth): Promise<void> {
  const course = new Course(row, disk.folder, ["UNTORN_DISK_FULL", "UNTORN_INCOMPLETE"]);
  let inRow = 0;
  for (const blocks of roomsOf(depth, disk.type)) {
    // What some of them write grows from call to call.
    if (row.tries % 40 === 0) {
      await disk.leave(enough);
      rmSync(disk.folder, { recursive: true });
      disk.newFolder();
      await course.begin(by);
    }
    await disk.leave(blocks);
    const failure = await course.try(by, `${blocks} blocks left`, () => disk.leave(enough));
    inRow = failure === undefined ? inRow + 1 : 0;
    if (inRow === successes[depth]) return;
  }
  row.problems.push(`still refused with ${mostBlocks} blocks left`);
}
