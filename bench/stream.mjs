// A large stream: time against `cp` and `sync` of the same file, memory against an idle Node.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, readFileSync, rmSync, statSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { atLeast, atMost } from "./replace.mjs";
import { alternate, median, ratio } from "./rounds.mjs";

const MiB = 1024 * 1024;
const cpAndSync = "cp, then sync of the copy";
const readOnly = "reading alone, chunks of 64 KiB";
const KiB64 = "untorn, chunks of 64 KiB";
const MiB1 = "untorn, chunks of 1 MiB";
const self = fileURLToPath(import.meta.url);

export async function measureStream(place, { rounds, bytes }) {
  const source = `${place.directory}/stream-source`;
  const copy = `${place.directory}/stream-copy`;
  const own = `${place.directory}/stream-untorn`;
  await makeSource(source, bytes);
  const peaks = { idle: [], [readOnly]: [], [KiB64]: [], [MiB1]: [] };
  const write = (chunkBytes, name) => () => {
    peaks.idle.push(child("idle").peak);
    const { peak, seconds } = child("write", source, own, String(chunkBytes));
    if (statSync(own).size !== bytes) throw new Error("the stream was not written whole");
    rmSync(own);
    peaks[name].push(peak);
    return seconds;
  };
  const figures = await alternate(
    {
      // Only the copy is synced: what else the machine has to write is not its business.
      [cpAndSync]: () => {
        const start = performance.now();
        execFileSync("cp", [source, copy]);
        execFileSync("sync", [copy]);
        const seconds = (performance.now() - start) / 1000;
        rmSync(copy);
        return seconds;
      },
      [KiB64]: write(64 * 1024, KiB64),
      [MiB1]: write(MiB, MiB1),
      [readOnly]: () => {
        const { peak, seconds } = child("read", source);
        peaks[readOnly].push(peak);
        return seconds;
      },
      "SHA-256 of as much in memory, one thread": () => child("digest", String(bytes)).seconds,
    },
    rounds,
  );
  rmSync(source);
  const size = bytes >= 1024 * MiB ? `${bytes / MiB / 1024} GiB` : `${bytes / MiB} MiB`;
  const mebibytes = (values) => (median(values) / MiB).toFixed(0);
  const targets = [KiB64, MiB1].flatMap((name) => [
    atLeast(`${size} stream, ${name}: throughput to cp and sync`, 0.9, ratio(figures[name], figures[cpAndSync])),
    atMost(
      `${size} stream, ${name}: peak memory above an idle Node`,
      64,
      (median(peaks[name]) - median(peaks.idle)) / MiB,
      "MiB",
    ),
  ]);
  return {
    title: `A stream of ${size}, ${place.name}`,
    columns: ["", "s", "MiB/s", "peak memory, MiB"],
    rows: Object.entries(figures).map(([name, values]) => [
      name,
      median(values).toFixed(2),
      (bytes / MiB / median(values)).toFixed(0),
      name in peaks ? `${mebibytes(peaks[name])} (idle Node: ${mebibytes(peaks.idle)})` : "",
    ]),
    targets: place.judged ? targets : [],
  };
}

function makeSource(path, bytes) {
  const block = Buffer.alloc(MiB, "untorn ");
  const blocks = function* () {
    for (let left = bytes; left > 0; left -= MiB) yield block;
  };
  return pipeline(Readable.from(blocks()), createWriteStream(path, { flush: true }));
}

const tasks = {
  idle: () => 0,
  async read(source) {
    const start = performance.now();
    for await (const chunk of createReadStream(source)) if (chunk.byteLength === 0) throw new Error("an empty chunk");
    return (performance.now() - start) / 1000;
  },
  async write(source, target, chunkBytes) {
    const { writeFile } = await import("untorn");
    const start = performance.now();
    await writeFile(target, createReadStream(source, { highWaterMark: Number(chunkBytes) }));
    return (performance.now() - start) / 1000;
  },
  digest(bytes) {
    const block = Buffer.alloc(MiB, "untorn ");
    const hash = createHash("sha256");
    const start = performance.now();
    for (let left = Number(bytes); left > 0; left -= MiB) hash.update(block);
    hash.digest();
    return (performance.now() - start) / 1000;
  },
};

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
  const [task, ...parameters] = process.argv.slice(2);
  const seconds = await tasks[task](...parameters);
  console.log(JSON.stringify({ peak: peakMemory(), seconds }));
}
