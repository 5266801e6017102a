// The files have grown and are saved where there is no room: a small disk in memory where one can be mounted, and
// otherwise a limit on the size of a file (ulimit -f), which stops a write in the same place.
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { mountSmallDisk } from "./place.mjs";
import { runChild } from "./run-child.mjs";
import { countTemps, emptyScore } from "./score.mjs";
import { ways } from "./subjects.mjs";
import { judge, version } from "./versions.mjs";

const program = fileURLToPath(new URL("save-once.mjs", import.meta.url));
const page = 4096;
/** What is left for the new content beyond the old, and by how much the new content is larger. */
const room = 2 * page;
const growth = 5 * page;
/** After this long no further file is begun, so that the tour stays short on a slow machine. */
const enoughMs = 8_000;

/**
 * @param {{ folder: string, originals: string, subjects: import("./subjects.mjs").Subject[],
 *   progress: (done: number) => void }} plan
 * @returns {Promise<(import("./score.mjs").Part & { temps: { temps: number, recognised: number } }) | undefined>}
 */
export async function fillTheDisk({ folder, originals, subjects, progress }) {
  if (process.platform === "win32") return undefined;
  const scores = { plain: emptyScore(), untorn: emptyScore() };
  const temps = { temps: 0, recognised: 0 };
  const codes = new Set();
  const largest = Math.max(...subjects.map(({ original }) => original.byteLength));
  let mounted = true;
  const started = Date.now();
  let done = 0;
  await Promise.all(
    ways.map(async (way) => {
      const disk = join(folder, `disk-${way}`);
      const unmount = mountSmallDisk(disk, largest + 16 * page);
      mounted &&= unmount !== undefined;
      for (const [index, subject] of subjects.entries()) {
        if (index > 0 && Date.now() - started > enoughMs) break;
        const { name, original } = subject;
        const path = join(disk, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, version(name, original, 0));
        const fill = join(disk, "fill");
        if (unmount !== undefined) fillUp(fill, disk);
        const { output, status } = await saveLarger(way, path, subject, originals, unmount !== undefined);
        rmSync(fill, { force: true });
        const { state, save } = judge(path, name, original, { reported: 0, growth });
        if (status === 0 && save !== 1) throw new Error(`${way} reported a save of ${name} that is not there`);
        codes.add(output);
        scores[way].crashes += 1;
        scores[way][state] += 1;
        if (way === "untorn") {
          const left = countTemps(disk, [name]);
          temps.temps += left.temps;
          temps.recognised += left.recognised;
        }
        rmSync(path, { force: true });
        progress((done += 1) / (subjects.length * ways.length));
      }
      unmount?.();
    }),
  );
  const means = mounted ? "a small disk in memory" : "a file-size limit, since nothing may be mounted here";
  return { title: "saved with no room", ...scores, temps, note: `${means}: ${[...codes].join(", ")}` };
}

/** Leaves `room` bytes on a disk. */
function fillUp(path, disk) {
  const { bavail, bsize } = statfsSync(disk);
  const bytes = bavail * bsize - room;
  if (bytes > 0) writeFileSync(path, Buffer.alloc(bytes));
}

function saveLarger(way, path, { name, original }, originals, mounted) {
  const args = [program, way, path, name, join(originals, name), "1", String(growth)];
  if (mounted) return runChild(process.execPath, args);
  const blocks = Math.ceil((original.byteLength + room) / 512);
  return runChild("sh", ["-c", `ulimit -f ${blocks}; exec "$0" "$@"`, process.execPath, ...args]);
}
