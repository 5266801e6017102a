// A filesystem that becomes read-only in the middle of a call, before each of the call's own calls of the system.
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { interceptPort } from "untorn/testing";
import { newPort } from "../untorn.ts";
import { attempt } from "./attempt.ts";
import { here } from "./attempts.ts";
import type { Attempter } from "./attempts.ts";
import type { Depth } from "./depth.ts";
import { operationNames, operations } from "./operations.ts";
import { Course, Row } from "./row.ts";
import { SmallDisk, smallFilesystems } from "./small-disk.ts";
import type { SmallFilesystem, SmallName } from "./small-disk.ts";

const most = 1000;

export async function readOnlyRows(
  name: SmallName,
  folder: string,
  depth: Depth,
  wanted: (row: Row) => boolean,
): Promise<Row[]> {
  const filesystem: SmallFilesystem = smallFilesystems[name];
  const rows = operationNames
    .filter((operation) => !("machineOnly" in operations[operation]))
    .map((operation) => new Row(filesystem.type, "read-only", operation))
    .filter(wanted);
  if (rows.length === 0) return [];
  const disk = await SmallDisk.open(filesystem, folder);
  try {
    for (const row of rows) {
      rmSync(disk.folder, { recursive: true });
      disk.newFolder();
      const course = new Course(row, disk.folder, ["UNTORN_READ_ONLY", "UNTORN_IO", "UNTORN_INCOMPLETE"]);
      await course.begin(here);
      // What is not on the disk when it turns read-only is not there afterwards.
      spawnSync("sync", ["-f", disk.mounted]);
      const step = depth === "long" ? 1 : 7;
      for (let at = 1; at < most; at += step) {
        const turning = new TurningReadOnly(disk, at);
        await course.try(turning, `read-only before call ${at}`, () => disk.again(), true);
        if (turning.calls < at) break;
      }
    }
  } finally {
    await disk.close();
  }
  return rows;
}

/** Makes one attempt, in which the disk turns read-only; what comes after it is as ever. */
class TurningReadOnly implements Attempter {
  /** How many calls of the system the attempt has made. */
  calls = 0;
  #done = false;
  readonly #disk: SmallDisk;
  readonly #at: number;

  constructor(disk: SmallDisk, at: number) {
    this.#disk = disk;
    this.#at = at;
  }

  async attempt(given: Parameters<Attempter["attempt"]>[0]): ReturnType<Attempter["attempt"]> {
    if (this.#done) return await attempt(given);
    this.#done = true;
    const port = interceptPort(newPort(), {
      before: ({ index }) => {
        this.calls = Math.max(this.calls, index);
        if (index === this.#at) turn(this.#disk);
        return undefined;
      },
    });
    return await attempt(given, port);
  }

  async end(): Promise<void> {}
}

/**
 * ext4 is made to find an error in itself, after which nothing can be written at all. The others are remounted, which the
 * kernel refuses while a file is open for writing, such as the record of a lock: then the call just succeeds.
 */
function turn(disk: SmallDisk): void {
  if (disk.type === "ext4") {
    writeFileSync(`/sys/fs/ext4/${disk.device.slice("/dev/".length)}/trigger_fs_error`, "a test");
  } else {
    spawnSync("mount", ["-o", "remount,ro", disk.mounted], { stdio: "ignore" });
  }
}
