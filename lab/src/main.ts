// npm run lab [-- OPTIONS]: power cuts on real filesystems.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { amounts, cellsOf, nameOf } from "./cells.ts";
import type { Amount, Cell } from "./cells.ts";
import { DeviceError } from "./disk.ts";
import { filesystems } from "./filesystems.ts";
import { optionsOf } from "./options.ts";
import { kernelHas, obstacle } from "./requirements.ts";
import { isRight, tableOf } from "./table.ts";
import type { Result } from "./table.ts";
import { tryCell } from "./try-cell.ts";

const usage = `usage: npm run lab -- [--quick] [--only TEXT] [--seed N] [--rounds N] [--jobs N] [--keep FOLDER]
  --quick        a few states of everything, in minutes
  --only TEXT    cells whose name (FILESYSTEM/WORKLOAD/FAULT) contains TEXT
  --seed N       default 1; the same choice of states, as far as the recording is the same
  --rounds N     how many recordings of each sound cell
  --jobs N       cells at the same time (default 2)
  --keep FOLDER  write an image of the first failing state of each cell`;

const values = optionsOf(
  usage,
  {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    seed: { type: "string", default: "1" },
    rounds: { type: "string" },
    jobs: { type: "string", default: "2" },
    keep: { type: "string" },
  },
  { seed: 0, rounds: 1, jobs: 1 },
);
const interruption = new AbortController();
/** The reason of an abort that was asked for; any other is a failure of the laboratory. */
const asked = new Error("interrupted; everything is unmounted");
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interruption.abort(asked));
process.exitCode = await main();

async function main(): Promise<number> {
  const hindrance = obstacle();
  if (hindrance !== undefined) {
    const failed = hindrance.installable && process.env["CI"] === "true";
    console.log(`${failed ? "failed" : "skipped"}: the laboratory cannot run here: ${hindrance.reason}.`);
    return failed ? 1 : 0;
  }
  const amount = { ...amounts[values.quick ? "quick" : "long"] };
  const rounds = Number(values.rounds ?? amount.rounds);
  const all = cellsOf({ ...amount, rounds }, Number(values.seed)).filter((cell) => nameOf(cell).includes(values.only));
  const cells = all.filter(({ filesystem }) => kernelHas(filesystems[filesystem].type));
  const absent = new Set(all.filter((cell) => !cells.includes(cell)).map(({ filesystem }) => filesystem));
  for (const filesystem of absent) console.log(`skipped: ${filesystem}: this kernel does not have it.`);
  if (cells.length === 0) return absent.size > 0 ? 0 : (console.error(`No cell has '${values.only}' in its name.`), 2);
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "untorn-lab-"));
  try {
    const results = new Map<number, Result>();
    const failure = await tryAll(cells, amount, folder, results);
    if (failure instanceof DeviceError && ["EPERM", "EACCES"].includes(failure.code) && results.size === 0) {
      console.log(`skipped: this root may not mount filesystems or attach loop devices (${failure.message}).`);
      return 0;
    }
    const inOrder = cells.flatMap((_, index) => results.get(index) ?? []);
    const status = report(inOrder, (performance.now() - started) / 1000);
    if (failure === undefined) return status;
    if (failure !== asked) throw failure;
    console.error(asked.message);
    return 130;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Each cell is a filesystem of its own, so several can be worked on at the same time. Fills `results`; returns what has ended
 * it early, if something has.
 */
async function tryAll(
  cells: readonly Cell[],
  amount: Amount,
  folder: string,
  results: Map<number, Result>,
): Promise<unknown> {
  const queue = cells.entries();
  const work = async (): Promise<void> => {
    for (const [index, cell] of queue) {
      interruption.signal.throwIfAborted();
      const tryOnce = (again: number): Promise<Result> =>
        tryCell({ ...cell, seed: cell.seed + again }, amount, {
          folder: join(folder, `${index}-${again}`),
          keep: values.keep,
          signal: interruption.signal,
        });
      let result = await tryOnce(0);
      // What the kernel writes, and when, differs a little each time: damage that must be there may need another recording.
      for (let again = 1; again <= 3 && cell.expect === "damage" && !isRight(result); again += 1) {
        console.log(`${nameOf(cell)}: nothing was found, recorded again`);
        result = await tryOnce(again);
      }
      results.set(index, result);
      const { states, first } = result.exploration;
      const [recorded, explored] = result.seconds.map((each) => each.toFixed(1));
      console.log(`${nameOf(cell)}: ${states} states; recorded in ${recorded} s, explored in ${explored} s`);
      if (!isRight(result))
        console.log(first === undefined ? "  nothing was found" : `  ${first.kind}: ${first.detail}\n  ${first.state}`);
      if (result.kept !== undefined) console.log(`  kept: mount -o loop ${result.kept} FOLDER`);
    }
  };
  const jobs = Array.from({ length: Math.max(1, Number(values.jobs)) }, work);
  // The first failure stops the others; what they then fail with is not the cause.
  await Promise.all(jobs.map((job) => job.catch((error: unknown) => interruption.abort(error))));
  return interruption.signal.aborted ? interruption.signal.reason : undefined;
}

function report(results: readonly Result[], seconds: number): number {
  const states = results.reduce((sum, { exploration }) => sum + exploration.states, 0);
  const verified = results.reduce((sum, { exploration }) => sum + exploration.verified, 0);
  console.log(`\n${tableOf(results)}\n`);
  const checks = verified === 0 ? "" : `, ${verified} of them looked through by the filesystem's own checker`;
  const wrong = results.filter((result) => !isRight(result)).length;
  const end = wrong === 0 ? "every row is as it must be" : `${wrong} ${wrong === 1 ? "row is" : "rows are"} WRONG`;
  console.log(
    `${states} states of ${results.length} recordings${checks}, in ${seconds.toFixed(0)} s, seed ${values.seed}: ${end}.`,
  );
  return wrong === 0 ? 0 : 1;
}
