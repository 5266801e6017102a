// npm run disks [-- OPTIONS]: full and failing disks.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { optionsOf } from "../options.ts";
import { kernelHas, obstacle } from "../requirements.ts";
import { aligned } from "../table.ts";
import type { Depth } from "./depth.ts";
import { flushErrorRows } from "./flush-errors.ts";
import { fullRows } from "./full.ts";
import { asked, interruption } from "./interruption.ts";
import { limitRows } from "./limits.ts";
import { readOnlyRows } from "./read-only.ts";
import type { Row } from "./row.ts";

const usage = `usage: npm run disks [-- [--quick] [--only TEXT]]
  --quick        some of every kind, in a minute
  --only TEXT    rows whose name (DISK/TROUBLE/OPERATION) contains TEXT`;

const values = optionsOf(usage, {
  quick: { type: "boolean", default: false },
  only: { type: "string", default: "" },
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interruption.abort(asked));
process.exitCode = await main(values.quick ? "quick" : "long");

async function main(depth: Depth): Promise<number> {
  const hindrance = obstacle();
  if (hindrance !== undefined) {
    const failed = hindrance.installable && process.env["CI"] === "true";
    console.log(`${failed ? "failed" : "skipped"}: no disk can be made here: ${hindrance.reason}.`);
    return failed ? 1 : 0;
  }
  const started = performance.now();
  // In memory, where there is such a place: what is slow about a disk shows nothing here.
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "untorn-disks-"));
  chmodSync(folder, 0o755);
  const rows: Row[] = [];
  try {
    for (const [index, [what, kind]] of kinds(depth).entries()) {
      const place = join(folder, String(index));
      mkdirSync(place);
      const begun = performance.now();
      const found = await kind(place);
      rows.push(...found);
      const tries = found.reduce((sum, row) => sum + row.tries, 0);
      if (found.length > 0)
        console.log(`${what}: ${tries} tries in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    }
  } catch (error) {
    if (error !== asked) throw error;
    console.error(asked.message);
    return 130;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return report(rows, (performance.now() - started) / 1000);
}

function kinds(depth: Depth): [string, (folder: string) => Promise<Row[]>][] {
  const wanted = (row: Row): boolean => row.name.includes(values.only);
  const all: [string, (folder: string) => Promise<Row[]>][] = [];
  for (const name of ["ext4", "xfs", "btrfs", "tmpfs"] as const) {
    if (!kernelHas(name)) {
      console.log(`skipped: ${name}: this kernel does not have it.`);
      continue;
    }
    all.push([`${name}, full`, (folder) => fullRows(name, folder, depth, wanted)]);
    // On the others it can only happen between two files that are open for writing.
    if (depth === "long" || name === "ext4") {
      all.push([`${name}, read-only`, (folder) => readOnlyRows(name, folder, depth, wanted)]);
    }
    if (name === "tmpfs") continue;
    all.push([`${name}, EIO`, (folder) => flushErrorRows(name, folder, depth, wanted)]);
  }
  if (kernelHas("btrfs")) all.push(["quota", (folder) => fullRows("btrfs, quota", folder, depth, wanted)]);
  all.push(["file-size limit", (folder) => limitRows(folder, depth, wanted)]);
  return all;
}

function report(rows: readonly Row[], seconds: number): number {
  if (rows.length === 0) return (console.error(`No row has '${values.only}' in its name.`), 2);
  const header = [
    "disk",
    "trouble",
    "operation",
    "tries",
    "done",
    "unchanged",
    "replaced",
    "unknown",
    "met",
    "verdict",
  ];
  const lines = rows.map(({ disk, trouble, operation, tries, counts, met, problems }) => [
    disk,
    trouble,
    operation,
    ...[tries, counts.done, counts.unchanged, counts.replaced, counts.unknown].map(String),
    [...met].toSorted().join(" ") || "nothing",
    // Where nothing was refused, nothing was shown.
    problems.length === 0 && met.size > 0 ? "good" : "WRONG",
  ]);
  console.log(`\n${aligned([header, ...lines], [3, 7])}\n`);
  const wrong = lines.filter((line) => line.at(-1) === "WRONG").length;
  for (const { name, problems } of rows) {
    for (const problem of problems.slice(0, 3)) console.log(`${name}: ${problem}`);
    if (problems.length > 3) console.log(`${name}: and ${problems.length - 3} more`);
  }
  const tries = rows.reduce((sum, row) => sum + row.tries, 0);
  const end = wrong === 0 ? "every row is as it must be" : `${wrong} ${wrong === 1 ? "row is" : "rows are"} WRONG`;
  console.log(`${tries} tries in ${rows.length} rows, in ${seconds.toFixed(0)} s: ${end}.`);
  return wrong === 0 ? 0 : 1;
}
