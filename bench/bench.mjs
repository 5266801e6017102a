// npm run bench [-- --quick] [-- --save] [-- --disk DIRECTORY] [-- --only NAME]
// Side by side in one run: untorn, its peers, and the floor. `--save` keeps the tables in README.md.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { cpus, release } from "node:os";
import { fileURLToPath } from "node:url";
import { argumentsOf } from "../scripts/arguments.mjs";
import { writeFileSync } from "untorn";
import { compileFloor } from "./floor.mjs";
import { measureManyFiles, measureSaves } from "./many.mjs";
import { measureReplace } from "./replace.mjs";
import { section, targetTable } from "./report.mjs";
import { measureScan } from "./scan.mjs";
import { measureStartUp } from "./start-up.mjs";
import { measureStream } from "./stream.mjs";
import { measureTransactions } from "./transactions.mjs";
import { measureAppend, measureCommand, measureContention, measureLargeUpdate, measureSizes } from "./updates.mjs";

const { values: options } = argumentsOf("npm run bench -- [--quick] [--save] [--disk FOLDER] [--only NAME]", {
  options: {
    quick: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
    disk: { type: "string", default: fileURLToPath(new URL("build/", import.meta.url)) },
    only: { type: "string", multiple: true, default: [] },
  },
});

const started = performance.now();
const floor = compileFloor();
const filesystems = new Map([
  [0xef53, "ext4"],
  [0x01021994, "tmpfs"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x794c7630, "overlay"],
]);

// `judged`: which targets are for this place; true: those of durable writes, false: those of unsynced ones.
const places = [placeAt(options.disk, true), placeAt("/dev/shm", false)].filter((place) => place !== undefined);
const wanted = (name) => options.only.length === 0 || options.only.includes(name);
const sections = [];
const report = (result) => {
  if (result === undefined) return;
  sections.push(result);
  console.log(`\n${section(result)}`);
};

try {
  const few = options.quick ? 5 : 9;
  for (const place of places) {
    for (const sync of [true, false]) {
      if (!wanted("replace")) continue;
      const count = options.quick ? 30 : place.judged && sync ? 60 : 200;
      report(await measureReplace(place, { sync, rounds: few, count, floor }));
    }
  }
  for (const place of places) {
    if (wanted("many")) report(await measureManyFiles(place, { rounds: 5 }));
    if (wanted("saves")) report(await measureSaves(place, { rounds: 5 }));
  }
  const [place] = places;
  if (place !== undefined && wanted("updates")) {
    report(await measureLargeUpdate(place, { rounds: few }));
    report(await measureSizes(places.at(-1)));
    for (const each of places)
      report(await measureContention(each, { rounds: options.quick ? 5 : 3, times: options.quick ? 20 : 250 }));
    report(await measureAppend(place, { rounds: few, count: options.quick ? 50 : 200 }));
    report(await measureCommand(place, { rounds: few }));
  }
  for (const place of places) {
    if (wanted("transactions"))
      report(await measureTransactions(place, { rounds: few, count: options.quick ? 20 : 40 }));
  }
  const bytes = (options.quick ? 128 : 1024) * 1024 * 1024;
  if (places[0] !== undefined && wanted("stream")) report(await measureStream(places[0], { rounds: 5, bytes }));
  for (const each of places) if (wanted("scan")) report(await measureScan(each, { rounds: few }));
  if (wanted("start")) report(await measureStartUp({ rounds: options.quick ? 11 : 31 }));
} finally {
  for (const place of places) rmSync(place.directory, { recursive: true, force: true });
}

const targets = `### Targets\n\n${targetTable(sections.flatMap((result) => result.targets ?? []))}\n`;
console.log(`\n${targets}`);
console.log(`${((performance.now() - started) / 1000).toFixed(0)} s; ${machine()}.`);
if (options.save) save(`${machine()}.\n\n${targets}\n${sections.map(section).join("\n")}`);

function placeAt(parent, judged) {
  try {
    mkdirSync(parent, { recursive: true });
    const directory = mkdtempSync(`${parent.replace(/\/$/, "")}/untorn-bench-`);
    const { type } = statfsSync(directory);
    return { directory, name: filesystems.get(type) ?? `filesystem 0x${type.toString(16)}`, judged };
  } catch (error) {
    console.log(`${parent} is left out (${error.code}).`);
    return undefined;
  }
}

function machine() {
  const [cpu] = cpus();
  return `Node ${process.versions.node}, Linux ${release()}, ${cpus().length} x ${cpu?.model.trim()}`.replace(
    "Linux",
    process.platform === "linux" ? "Linux" : process.platform,
  );
}

/** The tables take the place of the last ones in README.md. */
function save(text) {
  const path = fileURLToPath(new URL("README.md", import.meta.url));
  const [before, rest] = readFileSync(path, "utf8").split("<!-- figures -->\n");
  const after = rest.split("<!-- end of figures -->")[1];
  writeFileSync(path, `${before}<!-- figures -->\n\n${text}\n<!-- end of figures -->${after}`);
}
