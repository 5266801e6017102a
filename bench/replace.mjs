// One file of 1 KiB replaced again and again: file and directory synced, and nothing synced.
import { writeFileSync } from "node:fs";
import { runFloor } from "./floor.mjs";
import { durable, durableSync, unsynced, unsyncedSync } from "./peers.mjs";
import { alternate, median, ratio, timeCalls, timeCallsSync } from "./rounds.mjs";

const size = 1024;

export async function measureReplace(place, { sync, rounds, count, floor }) {
  const data = "x".repeat(size);
  const contenders = {};
  const synced = {};
  const add = (name, what, measure) => {
    contenders[name] = measure;
    synced[name] = what;
  };
  if (floor) {
    add("C floor", sync ? "file, directory" : "nothing", () =>
      median(runFloor(place.directory, { sync, count, bytes: size })),
    );
  }
  for (const [name, peer] of Object.entries(sync ? durableSync : unsyncedSync)) {
    const path = fileFor(place, `${name}-sync`);
    add(`${name}, sync`, peer.synced, () => timeCallsSync(count, () => peer.write(path, data)));
  }
  for (const [name, peer] of Object.entries(sync ? durable : unsynced)) {
    const path = fileFor(place, name);
    add(name, peer.synced, () => timeCalls(count, () => peer.write(path, data)));
  }
  const figures = await alternate(contenders, rounds);
  return {
    title: `1 KiB replaced, ${sync ? "file and directory synced" : "nothing synced"}, ${place.name}`,
    columns: ["", "synced", "us a write", "to untorn, async", "to untorn, sync"],
    rows: Object.entries(figures).map(([name, values]) => [
      name,
      synced[name],
      median(values).toFixed(1),
      ratio(figures.untorn, values).toFixed(2),
      ratio(figures["untorn, sync"], values).toFixed(2),
    ]),
    targets: place.judged === sync ? (sync ? durableTargets(figures) : unsyncedTargets(figures)) : [],
  };
}

/** Every contender replaces a file of its own, which is there already. */
function fileFor(place, name) {
  const path = `${place.directory}/${name.replaceAll(/[^a-z]/g, "-")}.json`;
  writeFileSync(path, "{}");
  return path;
}

function durableTargets(figures) {
  const floor = figures["C floor"];
  return [
    atMost("durable 1 KiB, sync, to the C floor", 1.3, floor && ratio(floor, figures["untorn, sync"])),
    atMost("durable 1 KiB, async, to the C floor", 1.6, floor && ratio(floor, figures.untorn)),
    atLeast("durable 1 KiB, async, faster than write-file-atomic", 1.3, against(figures, "write-file-atomic")),
  ];
}

function unsyncedTargets(figures) {
  return [
    atLeast("unsynced 1 KiB, async, faster than write-file-atomic", 2.5, against(figures, "write-file-atomic")),
    atLeast("unsynced 1 KiB, async, faster than atomically", 1.5, against(figures, "atomically")),
    atLeast(
      "unsynced 1 KiB, sync, faster than write-file-atomic",
      1.4,
      against(figures, "write-file-atomic", ", sync"),
    ),
    atLeast("unsynced 1 KiB, sync, faster than atomically", 1.15, against(figures, "atomically", ", sync")),
  ];
}

function against(figures, peer, kind = "") {
  return ratio(figures[`untorn${kind}`], figures[`${peer}${kind}`]);
}

/** `unit` is what the figure is counted in; `x` for a ratio. */
export function atMost(name, target, measured, unit = "x") {
  return { name, target: `at most ${target} ${unit}`, measured, unit, met: measured <= target };
}

export function atLeast(name, target, measured, unit = "x") {
  return { name, target: `at least ${target} ${unit}`, measured, unit, met: measured >= target };
}
