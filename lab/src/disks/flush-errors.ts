// A disk that answers one flush, or one write, with an error: EIO, and whatever the filesystem makes of it.
import { mkdirSync, writeFileSync } from "node:fs";
import { Disk } from "../disk.ts";
import { filesystems } from "../filesystems.ts";
import { run } from "../run.ts";
import { here } from "./attempts.ts";
import type { Depth } from "./depth.ts";
import { operationNames } from "./operations.ts";
import type { OperationName } from "./operations.ts";
import { Course, Row } from "./row.ts";

const most = 400;
const quick: readonly OperationName[] = ["write", "append", "transaction", "store"];

/** After it a filesystem may be read-only, or answer nothing but errors, until it is mounted again. */
const codes = ["UNTORN_IO", "UNTORN_READ_ONLY", "UNTORN_INCOMPLETE"];

export async function flushErrorRows(
  name: "ext4" | "xfs" | "btrfs",
  folder: string,
  depth: Depth,
  wanted: (row: Row) => boolean,
): Promise<Row[]> {
  const filesystem = filesystems[name];
  const names = depth === "long" ? operationNames : quick;
  const rows: Row[] = [];
  for (const kind of ["flush", "write"] as const) {
    for (const operation of names) {
      const row = new Row(name, `EIO on a ${kind}`, operation);
      if (!wanted(row)) continue;
      rows.push(row);
      const place = `${folder}/${rows.length}`;
      mkdirSync(place);
      writeFileSync(`${place}/log`, "");
      const disk = await Disk.start({ folder: place, bytes: filesystem.bytes, log: `${place}/log`, mode: "replay" });
      try {
        const [program = "", ...args] = filesystem.make;
        run(program, [...args, disk.device]);
        await disk.mount(filesystem.type, filesystem.options);
        await failEach(row, kind, disk, depth);
      } finally {
        await disk.stop();
      }
    }
  }
  return rows;

  async function failEach(row: Row, kind: "flush" | "write", disk: Disk, how: Depth): Promise<void> {
    const work = `${disk.folder}/work`;
    mkdirSync(work);
    // btrfs drops what it had not committed; until it is mounted again, a name and its folder's list may disagree.
    const course = new Course(row, work, codes, name === "btrfs");
    await course.begin(here);
    for (let at = 1; at < most; at += how === "long" ? 1 : 3) {
      await disk.unmount();
      await disk.mount(filesystem.type, filesystem.options);
      await disk.failAt(kind, at);
      let failed = false;
      const relieve = async (): Promise<void> => {
        failed = await disk.hasFailed();
        await disk.failAt(kind, 0);
        await disk.unmount();
        await disk.mount(filesystem.type, filesystem.options);
      };
      await course.try(here, `${kind} ${at} fails`, relieve, true);
      if (!failed) return;
    }
  }
}
