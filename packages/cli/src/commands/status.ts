import { gaugesText } from "untorn/monitor";
import type { Gauge } from "untorn/monitor";
import { parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { folderNamed } from "../folder-named.ts";
import { print, printJson } from "../output.ts";
import { count, shown, size } from "../quantities.ts";
import { earlier, record, statusOf } from "../status-facts.ts";
import type { Status } from "../status-facts.ts";
import { UsageError } from "../usage-error.ts";

export const summary = "how the state in a folder is: corrupt files, temps, locks, and what safe writing costs here";

export const usage = `
usage: untorn status [OPTIONS] [DIR]

Says how the state in DIR (default: the current folder) and below is: corrupt files, files that no recovery can bring back, temps
and their bytes by age, quarantine, generations, locks held and waited for; and measures what a replace of 1 KiB costs in that
very folder (plain, and each durability; medians), in a folder of its own that it removes again.

  --no-cost      do not measure
  --record       add the result to DIR/.untorn/status.jsonl; where there are earlier ones, a trend line is shown
  --json         print one object
  --prometheus   print gauges in Prometheus' text format, for node_exporter's textfile collector

Exit status: 0 nothing is corrupt; 1 something is, or cannot be read; 2 usage.
`;

const options = {
  "no-cost": { type: "boolean" },
  record: { type: "boolean" },
  prometheus: { type: "boolean" },
} as const;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, options, { names: ["DIR"], least: 0 });
  await (await import("../layouts.ts")).useLayouts();
  if (values.json === true && values.prometheus === true)
    throw new UsageError("--json and --prometheus exclude each other.");
  const path = folderNamed(operands[0] ?? ".");
  const before = await earlier(path);
  const status = await statusOf(path, values["no-cost"] !== true);
  if (values.record === true) await record(status);
  if (values.json === true) await printJson(status);
  else if (values.prometheus === true) await print(gaugesText(gauges(status)));
  else await print(text(status, before));
  const bad = status.corrupt + status.unrecoverable + status.unreadable;
  return bad === 0 ? exitStatus.done : exitStatus.refused;
}

function text(status: Status, before: readonly Status[]): string {
  const { temps, locks, quarantine, cost, costProblem } = status;
  const bytes = temps.reduce((sum, each) => sum + each.bytes, 0);
  const files = temps.reduce((sum, each) => sum + each.files, 0);
  const byAge = temps.flatMap((each) => (each.files === 0 ? [] : [`${each.files} ${each.age} (${size(each.bytes)})`]));
  const rows: [string, string][] = [
    ["files", String(status.files)],
    ["corrupt", String(status.corrupt)],
    ["no way back", String(status.unrecoverable)],
    ["unreadable", String(status.unreadable)],
    ["transactions", `${status.transactions} interrupted`],
    ["temps", files === 0 ? "0" : `${files} left behind, ${size(bytes)}: ${byAge.join(", ")}`],
    ["live temps", String(status.liveTemps)],
    ["quarantine", quarantine.files === 0 ? "empty" : `${count(quarantine.files, "file")}, ${size(quarantine.bytes)}`],
    ["generations", String(status.generations)],
    ["locks", `${locks.held} held, ${locks.waiting} waited for, ${locks.dead} of dead processes`],
  ];
  if (cost !== undefined) {
    rows.push([
      "cost",
      `plain ${ms(cost.plainMs)}, off ${ms(cost.offMs)}, normal ${ms(cost.normalMs)}, full ${ms(cost.fullMs)}`,
    ]);
    rows.push(["", `medians of ${cost.rounds} replaces of 1 KiB here`]);
  } else if (costProblem !== undefined) rows.push(["cost", `not measured: ${costProblem}`]);
  rows.push(...trend(status, before));
  const width = Math.max(...rows.map(([name]) => name.length));
  return `${shown(status.path)}\n${rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join("")}`;
}

function ms(value: number): string {
  return `${value.toFixed(value < 1 ? 3 : 2)} ms`;
}

/** So many records make the trend line. */
const longest = 40;

function trend(status: Status, before: readonly Status[]): [string, string][] {
  if (before.length === 0) return [];
  const all = [...before.slice(1 - longest), status];
  const since = all[0]?.at.slice(0, 16).replace("T", " ") ?? "";
  const costs = all.flatMap(({ cost }) => (cost === undefined ? [] : [cost.fullMs]));
  const temps = all.map((each) => (each.temps ?? []).reduce((sum, { bytes }) => sum + bytes, 0));
  const rows: [string, string][] = [
    ["trend", `${sparkline(temps)}  bytes in temps since ${since}, at most ${size(Math.max(...temps))}`],
  ];
  if (costs.length > 1) rows.push(["", `${sparkline(costs)}  cost of full, at most ${ms(Math.max(...costs))}`]);
  return rows;
}

const levels = "▁▂▃▄▅▆▇█";

function sparkline(values: readonly number[]): string {
  const most = Math.max(...values);
  return values.map((value) => levels[most === 0 ? 0 : Math.round((value / most) * (levels.length - 1))]).join("");
}

function gauges(status: Status): Gauge[] {
  const { locks, quarantine, cost, temps } = status;
  const one = (name: string, help: string, value: number): Gauge => ({
    name: `untorn_folder_${name}`,
    help,
    values: [{ labels: { folder: status.path }, value }],
  });
  const many = (name: string, help: string, label: string, values: Readonly<Record<string, number>>): Gauge => ({
    name: `untorn_folder_${name}`,
    help,
    values: Object.entries(values).map(([key, value]) => ({ labels: { folder: status.path, [label]: key }, value })),
  });
  const seconds = { plain: cost?.plainMs, off: cost?.offMs, normal: cost?.normalMs, full: cost?.fullMs };
  const costs = Object.entries(seconds).flatMap(([kind, value]) => (value === undefined ? [] : [[kind, value / 1000]]));
  return [
    one("files", "Regular files.", status.files),
    one("corrupt_files", "Files that are corrupt.", status.corrupt),
    one("unrecoverable_files", "Files and transactions that no recovery can bring back.", status.unrecoverable),
    one("unreadable_files", "Files and folders that could not be read.", status.unreadable),
    one("interrupted_transactions", "Transactions that were interrupted.", status.transactions),
    many(
      "temp_files",
      "Temps left behind, by age.",
      "age",
      Object.fromEntries(temps.map(({ age, files }) => [age, files])),
    ),
    many(
      "temp_bytes",
      "Bytes in temps left behind, by age.",
      "age",
      Object.fromEntries(temps.map(({ age, bytes }) => [age, bytes])),
    ),
    one("quarantine_files", "Files in quarantine.", quarantine.files),
    one("quarantine_bytes", "Bytes in quarantine.", quarantine.bytes),
    one("generations", "Generations kept.", status.generations),
    many("locks", "Locks, by state.", "state", { held: locks.held, waiting: locks.waiting, dead: locks.dead }),
    ...(costs.length === 0
      ? []
      : [
          many(
            "write_cost_seconds",
            "Median time of a replace of 1 KiB.",
            "kind",
            Object.fromEntries(costs) as Record<string, number>,
          ),
        ]),
  ];
}
