// Updates of documents: one member of a large file, a counter that many processes add to, a log, and a whole command.
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFile } from "untorn";
import { updateJson } from "untorn/json";
import { appendLine, appendLineSync } from "untorn/jsonl";
import { alternate, median, ratio, timeCalls } from "./rounds.mjs";

const counter = fileURLToPath(new URL("updates-counter.mjs", import.meta.url));
const command = fileURLToPath(new URL("../packages/cli/bin/untorn.js", import.meta.url));

export function history(bytes) {
  const items = [];
  for (let size = 0; size < bytes; size += 190) {
    const id = items.length;
    const by = { name: null, n: id };
    items.push({ id: `EP-${id}`, title: `work to do ${id}`, status: "open", tags: ["a", "b"], score: id * 1.5, by });
  }
  return `${JSON.stringify({ version: 1, items, updated: "2026-01-01" }, null, 2)}\n`;
}

const timed = async (work) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

/** `updateJson` of one member in 10 MB, against what everybody writes: parse, change, stringify, durable write. */
export async function measureLargeUpdate(place, { rounds }) {
  const path = join(place.directory, "large.json");
  writeFileSync(path, history(1e7));
  let number = 0;
  const figures = await alternate(
    {
      plain: () =>
        timed(async () => {
          const value = JSON.parse(readFileSync(path, "utf8"));
          value.items[7].status = `plain ${(number += 1)}`;
          await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
        }),
      untorn: () =>
        timed(() =>
          updateJson(path, (value) => {
            value.items[7].status = `untorn ${(number += 1)}`;
          }),
        ),
    },
    rounds,
  );
  const measured = ratio(figures.plain, figures.untorn);
  return {
    title: `One member of ${(statSync(path).size / 1e6).toFixed(1)} MB of JSON changed, file and directory synced, ${place.name}`,
    columns: ["", "ms", "to plain"],
    rows: [
      ["JSON.parse, JSON.stringify, writeFile of untorn", median(figures.plain).toFixed(0), "1.00"],
      ["updateJson (with lock, comparison, unchanged bytes)", median(figures.untorn).toFixed(0), measured.toFixed(2)],
    ],
    targets: [
      {
        name: "updateJson, 10 MB, to parse + stringify + durable write",
        target: "at most 1.5 x",
        measured,
        unit: "x",
        met: measured <= 1.5,
      },
    ],
  };
}

/** Cost from 10 KB to 50 MB, nothing synced. */
export async function measureSizes(place) {
  const rows = [];
  for (const size of [1e4, 1e5, 1e6, 1e7, 5e7]) {
    const path = join(place.directory, `size-${size}.json`);
    writeFileSync(path, history(size));
    const count = Math.max(3, Math.min(40, Math.round(3e7 / size)));
    let number = 0;
    const us = await timeCalls(count, () =>
      updateJson(path, (value) => void (value.items[7].status = `x${(number += 1)}`), { durability: "off" }),
    );
    const megabytes = statSync(path).size / 1e6;
    rows.push([`${megabytes.toFixed(2)} MB`, (us / 1000).toFixed(2), (us / 1000 / megabytes).toFixed(1)]);
    writeFileSync(path, "");
  }
  return {
    title: `updateJson of one member, by size, nothing synced, ${place.name}`,
    columns: ["", "ms", "ms a MB"],
    rows,
  };
}

/** 8 processes add to one counter. */
export async function measureContention(place, { rounds, times }) {
  const perSecond = async (how) => {
    const folder = join(place.directory, "contention");
    mkdirSync(folder, { recursive: true });
    const path = join(folder, "counter.json");
    writeFileSync(path, '{"count":0}');
    const children = Array.from({ length: 8 }, () => fork(counter, [how, path, String(times)]));
    await Promise.all(children.map((child) => once(child, "message")));
    const start = performance.now();
    const ended = children.map((child) => once(child, "exit"));
    for (const child of children) child.send("go");
    await Promise.all(ended);
    const seconds = (performance.now() - start) / 1000;
    const { count } = JSON.parse(readFileSync(path, "utf8"));
    if (count !== 8 * times) throw new Error(`${how}: ${count} instead of ${8 * times}`);
    return count / seconds;
  };
  const names = ["proper-lockfile + write-file-atomic", "untorn, normal", "untorn, full"];
  const figures = await alternate(Object.fromEntries(names.map((name) => [name, () => perSecond(name)])), rounds);
  const measured = ratio(figures[names[0]], figures[names[1]]);
  return {
    title: `8 processes add ${times} each to one counter, ${place.name}`,
    columns: ["", "synced", "updates a second", "to the first"],
    rows: names.map((name, index) => [
      name,
      ["file", "file", "file, directory"][index],
      median(figures[name]).toFixed(0),
      ratio(figures[names[0]], figures[name]).toFixed(2),
    ]),
    targets: [
      {
        name: `contended counter, ${place.name}, to proper-lockfile + write-file-atomic`,
        target: "at least 3 x",
        measured,
        unit: "x",
        met: measured >= 3,
      },
    ],
  };
}

/** `appendLine` at `normal` against the bare system calls. */
export async function measureAppend(place, { rounds, count }) {
  const record = { event: "spawned", agent: 7, text: "x".repeat(100) };
  const line = `${JSON.stringify(record)}\n`;
  const raw = join(place.directory, "raw.jsonl");
  const log = join(place.directory, "log.jsonl");
  const figures = await alternate(
    {
      raw: () =>
        timeCalls(count, () => {
          const handle = openSync(raw, "a");
          writeSync(handle, line);
          fsyncSync(handle);
          closeSync(handle);
        }),
      promises: () =>
        timeCalls(count, async () => {
          const handle = await open(raw, "a");
          await handle.appendFile(line);
          await handle.sync();
          await handle.close();
        }),
      untorn: () => timeCalls(count, () => appendLine(log, record, { durability: "normal" })),
      sync: () => timeCalls(count, () => appendLineSync(log, record, { durability: "normal" })),
      together: async () => {
        const start = performance.now();
        await Promise.all(Array.from({ length: count }, () => appendLine(log, record, { durability: "normal" })));
        return ((performance.now() - start) * 1000) / count;
      },
    },
    rounds,
  );
  const against = (list) => [median(list).toFixed(0), (1 / ratio(figures.raw, list)).toFixed(2)];
  const measured = 1 / ratio(figures.raw, figures.untorn);
  const alike = 1 / ratio(figures.promises, figures.untorn);
  return {
    title: `A record of ${line.length} bytes appended, content synced, ${place.name}`,
    columns: ["", "us a record", "throughput to raw"],
    rows: [
      ["open, write, fsync, close", median(figures.raw).toFixed(0), "1.00"],
      ["the same with fs/promises", ...against(figures.promises)],
      ["appendLineSync, one after the other", ...against(figures.sync)],
      ["appendLine, one after the other", ...against(figures.untorn)],
      [`appendLine, ${count} at once`, ...against(figures.together)],
    ],
    targets: [
      {
        name: "appendLine at normal, throughput to raw append + fsync",
        target: "at least 0.8 x",
        measured,
        unit: "x",
        met: measured >= 0.8,
      },
      {
        name: "the same, both asynchronous",
        target: "at least 0.8 x",
        measured: alike,
        unit: "x",
        met: alike >= 0.8,
      },
    ],
  };
}

/** The command as a whole, against what is written in shell scripts. */
export async function measureCommand(place, { rounds }) {
  const path = join(place.directory, "state.json");
  writeFileSync(path, history(2e3));
  const run = (file, args, options = {}) =>
    timed(() => void execFileSync(file, args, { stdio: ["ignore", "ignore", "inherit"], ...options }));
  const filter = ".version += 1";
  const contenders = {
    node: () => run(process.execPath, ["-e", "0"]),
    help: () => run(process.execPath, [command, "read", path]),
    untorn: () => run(process.execPath, [command, "json", path, filter]),
  };
  try {
    execFileSync("jq", ["--version"]);
    contenders.shell = () => run("sh", ["-c", 'jq "$1" "$2" > "$2.t" && mv "$2.t" "$2"', "sh", filter, path]);
  } catch {
    console.log("jq is not installed: the command is not compared.");
  }
  const figures = await alternate(contenders, rounds);
  const measured = figures.shell && ratio(figures.shell, figures.untorn);
  const row = (name, list) => [
    name,
    median(list).toFixed(0),
    figures.shell ? ratio(figures.shell, list).toFixed(2) : "-",
  ];
  return {
    title: `A whole command: one member of ${statSync(path).size} bytes changed by a jq filter, ${place.name}`,
    columns: ["", "ms", "to the shell"],
    rows: [
      ...(figures.shell ? [row("jq F FILE > t && mv t FILE (nothing synced, no lock)", figures.shell)] : []),
      row("untorn json FILE F", figures.untorn),
      row("of that: node -e 0", figures.node),
      row("of that: untorn read FILE", figures.help),
    ],
    targets: [
      {
        name: "untorn json FILE F, to jq F FILE > t && mv t FILE",
        target: "at most 3 x",
        measured,
        unit: "x",
        met: measured <= 3,
      },
    ],
  };
}
