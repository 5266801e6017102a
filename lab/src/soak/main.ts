// npm run soak [-- OPTIONS]: processes that do everything at once on the same files, and are killed, stopped, left without room,
// and told wrong times; then somebody who knows nothing of the library looks whether all is there.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { optionsOf } from "../options.ts";
import { obstacle } from "../requirements.ts";
import { check, strayTemps } from "./check.ts";
import { Crowd } from "./crowd.ts";
import { lastingFiles } from "./files.ts";
import { prepare } from "./operations.ts";
import { place } from "./place.ts";
import type { SoakPlace } from "./place.ts";
import { recover } from "untorn";

const usage = `usage: npm run soak [-- [--seconds N] [--processes N] [--seed N] [--keep]]
  --seconds N    how long (default 300)
  --processes N  how many at the same time (default 16)
  --seed N       what every process does, and when which trouble comes; printed (default: by chance)
  --keep         leave the files where they are`;

const values = optionsOf(
  usage,
  {
    seconds: { type: "string", default: "300" },
    processes: { type: "string", default: "16" },
    seed: { type: "string" },
    keep: { type: "boolean", default: false },
  },
  { seconds: 1, processes: 1, seed: 0 },
);
process.exitCode = await main();

async function main(): Promise<number> {
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const [seconds, processes] = [Number(values.seconds), Number(values.processes)];
  console.log(`seed ${seed}: ${processes} processes, ${seconds} s`);
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "untorn-soak-"));
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interruption.abort());
  let disk: SoakPlace | undefined;
  let crowd: Crowd | undefined;
  try {
    disk = await place(folder, obstacle() === undefined);
    const witnesses = join(folder, "witnesses");
    mkdirSync(witnesses);
    await prepare(disk.root);
    crowd = new Crowd({ root: disk.root, witnesses, processes, seed, disk });
    await crowd.run(seconds, interruption.signal);
    const stuck = await crowd.stop();
    return await report(disk.root, witnesses, crowd, stuck);
  } finally {
    await crowd?.end();
    await disk?.close();
    if (values.keep) console.log(`kept: ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

async function report(root: string, witnesses: string, crowd: Crowd, stuck: readonly string[]): Promise<number> {
  const stray = strayTemps(root, crowd.killed);
  const recovered = await recover(root, { apply: true, quietMs: 0 });
  const found = check(root, witnesses, lastingFiles());
  const failed = recovered.actions
    .filter(({ outcome }) => outcome === "failed")
    .map((action) => JSON.stringify(action));
  const problems = [...stuck, ...stray.problems, ...failed, ...found.problems];
  const { kills, stops, fills } = crowd.counts;
  console.log(
    `${found.changes} changes: ${found.done} done, ${found.undone} refused, ${found.unknown} cut off or not known`,
  );
  console.log(`${kills} processes killed, ${stops} stopped for a while, ${fills} times without room`);
  console.log(`errors: ${[...found.codes].map(([code, count]) => `${code} ${count}`).join(", ") || "none"}`);
  console.log(
    `${stray.temps} temps and journals were left by killed processes; recovery did ${JSON.stringify(recovered.counts)}`,
  );
  for (const problem of problems.slice(0, 20)) console.log(`  ${problem}`);
  if (problems.length > 20) console.log(`  and ${problems.length - 20} more`);
  if (found.done === 0) problems.push("nothing was done");
  console.log(problems.length === 0 ? "Nothing is lost, torn, locked or left." : `WRONG: ${problems.length} problems.`);
  return problems.length === 0 ? 0 : 1;
}
