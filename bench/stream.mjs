// A large stream: time against `cp` and `sync` of the same file, memory against an idle Node.
import { execFileSync } from "node:child_process";
import { createReadStream, createWriteStream, readFileSync, rmSync, statSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { atLeast, atMost } from "./replace.mjs";
import { alternate, median, ratio } from "./rounds.mjs";

const MiB = 1024 * 1024;
const self = fileURLToPath(import.meta.url);

export async function measureStream(place, { rounds, bytes }) {
  const source = `${place.directory}/stream-source`;
  const copy = `${place.directory}/stream-copy`;
  const own = `${place.directory}/stream-untorn`;
  await makeSource(source, bytes);
  const peaks = { idle: [], untorn: [] };
  const seconds = (run) => {
    const start = performance.now();
    run();
    return (performance.now() - start) / 1000;
  };
  const figures = await alternate(
    {
      // Only the copy is synced: what else the machine has to write is not its business.
      "cp, then sync of the copy": () => {
        const time = seconds(() => {
          execFileSync("cp", [source, copy]);
          execFileSync("sync", [copy]);
        });
        rmSync(copy);
        return time;
      },
      "untorn, file and directory synced": () => {
        peaks.idle.push(child("idle").peak);
        const { peak, time } = child("write", source, own);
        if (statSync(own).size !== bytes) throw new Error("the stream was not written whole");
        rmSync(own);
        peaks.untorn.push(peak);
        return time;
      },
    },
    rounds,
  );
  rmSync(source);
  const [cp, untorn] = Object.values(figures);
  const size = bytes >= 1024 * MiB ? `${bytes / MiB / 1024} GiB` : `${bytes / MiB} MiB`;
  const above = (median(peaks.untorn) - median(peaks.idle)) / MiB;
  return {
    title: `A stream of ${size}, ${place.name}`,
    columns: ["", "s", "MiB/s", "peak memory, MiB"],
    rows: Object.entries(figures).map(([name, values]) => [
      name,
      median(values).toFixed(2),
      (bytes / MiB / median(values)).toFixed(0),
      values === untorn
        ? `${(median(peaks.untorn) / MiB).toFixed(0)} (idle Node: ${(median(peaks.idle) / MiB).toFixed(0)})`
        : "",
    ]),
    targets: place.judged
      ? [
          atLeast(`${size} stream, throughput to cp and sync`, 0.9, ratio(untorn, cp)),
          atMost(`${size} stream, peak memory above an idle Node`, 64, above, "MiB"),
        ]
      : [],
  };
}

function makeSource(path, bytes) {
  const block = Buffer.alloc(MiB, "untorn ");
  const blocks = function* () {
    for (let left = bytes; left > 0; left -= MiB) yield block;
  };
  return pipeline(Readable.from(blocks()), createWriteStream(path, { flush: true }));
}

function child(...task) {
  return JSON.parse(execFileSync(process.execPath, [self, ...task], { encoding: "utf8" }));
}

/** The most memory this process has held, in bytes (VmHWM, proc(5)). The figure of getrusage(2) begins at the parent's. */
function peakMemory() {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "latin1"))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

if (process.argv[1] === self) {
  const [task, source, target] = process.argv.slice(2);
  if (task === "idle") {
    console.log(JSON.stringify({ peak: peakMemory() }));
  } else {
    const { writeFile } = await import("untorn");
    const start = performance.now();
    await writeFile(target, createReadStream(source));
    const time = (performance.now() - start) / 1000;
    console.log(JSON.stringify({ peak: peakMemory(), time }));
  }
}
