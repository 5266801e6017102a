// A thousand files at once, and a thousand saves of one file.
import { mkdirSync, writeFileSync } from "node:fs";
import { Writer } from "steno";
import { writeFile } from "untorn";
import writeFileAtomic from "write-file-atomic";
import { durable } from "./peers.mjs";
import { atLeast } from "./replace.mjs";
import { alternate, median, ratio } from "./rounds.mjs";

const count = 1000;

/** 1,000 files of 2 KiB, all calls made at once; the files are there already. */
export async function measureManyFiles(place, { rounds }) {
  const data = "x".repeat(2048);
  const contenders = {};
  for (const [name, peer] of Object.entries(durable)) {
    const directory = `${place.directory}/many-${name.replaceAll(/[^a-z]/g, "-")}`;
    mkdirSync(directory);
    const paths = Array.from({ length: count }, (_, index) => `${directory}/${index}.json`);
    for (const path of paths) writeFileSync(path, "{}");
    contenders[name] = () => milliseconds(() => Promise.all(paths.map((path) => peer.write(path, data))));
  }
  const figures = await alternate(contenders, rounds);
  const durablePeers = Object.keys(durable).filter((name) => name !== "untorn" && durable[name].synced === "file");
  const fastest = durablePeers.sort((a, b) => median(figures[a]) - median(figures[b]))[0];
  const name = `1,000 files of 2 KiB at once, durable, to the fastest that syncs (${fastest})`;
  return {
    title: `1,000 files of 2 KiB at once, ${place.name}`,
    columns: ["", "synced", "ms for all", "to untorn"],
    rows: Object.entries(figures).map(([each, values]) => [
      each,
      durable[each].synced,
      median(values).toFixed(0),
      ratio(figures.untorn, values).toFixed(2),
    ]),
    targets: place.judged ? [atLeast(name, 1, ratio(figures.untorn, figures[fastest]))] : [],
  };
}

/** 1,000 saves of one file, all awaited. */
export async function measureSaves(place, { rounds }) {
  const data = "x".repeat(1024);
  const path = (name) => `${place.directory}/saves-${name}.json`;
  const saves = (save) => () =>
    milliseconds(() => Promise.all(Array.from({ length: count }, (_, index) => save(`${data}${index}`))));
  const steno = new Writer(path("steno"));
  const figures = await alternate(
    {
      "untorn, coalesce": saves((text) => writeFile(path("untorn"), text, { coalesce: true })),
      "untorn, one by one": saves((text) => writeFile(path("untorn-each"), text)),
      "write-file-atomic": saves((text) => writeFileAtomic(path("wfa"), text)),
      steno: saves((text) => steno.write(text)),
    },
    rounds,
  );
  const own = figures["untorn, coalesce"];
  return {
    title: `1,000 saves of one file of 1 KiB, all awaited, ${place.name}`,
    columns: ["", "ms for all", "to untorn, coalesce"],
    rows: Object.entries(figures).map(([each, values]) => [
      each,
      median(values).toFixed(1),
      ratio(own, values).toFixed(1),
    ]),
    targets: place.judged
      ? [atLeast("1,000 saves, coalesced, faster than write-file-atomic", 20, ratio(own, figures["write-file-atomic"]))]
      : [],
  };
}

async function milliseconds(run) {
  const start = performance.now();
  await run();
  return performance.now() - start;
}
